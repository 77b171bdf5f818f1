/* SPDX-License-Identifier: Apache-2.0 */

/* The pod's cgroups and the devices that it may use. */

#include "plan/compile-cgroups.h"

#include <inttypes.h>
#include <stdio.h>
#include "isolate/devices.h"
#include "plan/limits.h"

#define DEVICE_PROGRAM_MAX 1024

/* Where the pod's first process and apps without limits are when other apps have cgroups of their
 * own: a cgroup whose children have controllers may hold no process. No app can have this name. */
#define FIRST_PROCESS "init.scope"

/* v2: the devices that pods may use, as a program, and the name of the cgroup that has it. The name
 * tells the program, so that another version's is never taken for it. */
typedef struct DeviceFilter {
	BpfInsn program[DEVICE_PROGRAM_MAX];
	size_t size; /* bytes of it */
	char cgroup[32];
} DeviceFilter;

static void device_filter_make(const PlanInput *in, DeviceFilter *f)
{
	PodDevices devices;

	/* That there are too many of them is told once, in compile_cgroups(). */
	(void)compile_devices(in, &devices, NULL);
	f->size = sizeof f->program[0] *
		  device_rules_program(devices.rules, devices.n, f->program, ARRAY_LEN(f->program));
	(void)snprintf(f->cgroup, sizeof f->cgroup, "rkt-pods-%08x",
		(unsigned)plan_checksum(f->program, f->size));
}

/* Length of the path of the cgroup that is some levels above another, whose path has this one. */
static size_t go_up(const char *path, size_t len, unsigned levels)
{
	for (; levels > 0; levels--) {
		while (len > 0 && path[len - 1] != '/')
			len--;
		len -= len > 0;
	}
	return len;
}

bool cgroup_dir_open(const PlanInput *in, const char *controller, unsigned level, CgroupDir *ret)
{
	size_t len, mount_len;
	const char *own = cgroup_host_path(in->cgroups, controller, &len);

	if (!own || !cgroup_host_mount(in->cgroups, controller, ret->path, sizeof ret->path))
		return false;
	mount_len = strlen(ret->path);
	len = go_up(own, len > 1 ? len : 0, level);
	(void)snprintf(ret->path + mount_len, sizeof ret->path - mount_len, "%.*s", (int)len, own);
	ret->below = mount_len + 1;
	return true;
}

void cgroup_dir_enter(CgroupDir *dir, const char *child)
{
	size_t len = strlen(dir->path);

	(void)snprintf(dir->path + len, sizeof dir->path - len, "/%s", child);
}

void cgroup_dir_of(const Plan *plan, const PlanOp *op, CgroupDir *ret)
{
	const char *path = plan_string(plan, op->path);

	(void)snprintf(ret->path, sizeof ret->path, "%s", path);
	ret->below = strlen(path) - strlen(plan_string(plan, op->source));
}

void cgroup_dir_add_room(PlanBuilder *b, const CgroupDir *dir, uint32_t flags, unsigned controllers)
{
	plan_add(b, (PlanOp){
			    .code = PLAN_CGROUP,
			    .flags = flags | PLAN_CGROUP_ROOM |
				     (controllers & CGROUP_MEMORY ? PLAN_CGROUP_MEMORY : 0),
			    .path = plan_put_string(b, dir->path),
			    .source = plan_put_string(b, dir->path + dir->below),
			    .num = {controllers},
		    });
}

void cgroup_dir_add(PlanBuilder *b, const CgroupDir *dir, uint32_t flags)
{
	plan_add(b, (PlanOp){
			    .code = PLAN_CGROUP,
			    .flags = flags,
			    .path = plan_put_string(b, dir->path),
			    .source = plan_put_string(b, dir->path + dir->below),
		    });
}

void cgroup_dir_write(
	PlanBuilder *b, const CgroupDir *dir, const char *file, const char *text, uint32_t flags)
{
	CgroupDir path = *dir;

	cgroup_dir_enter(&path, file);
	plan_add(b, (PlanOp){
			    .code = PLAN_WRITE,
			    .flags = flags,
			    .path = plan_put_string(b, path.path),
			    .data = plan_put_blob(b, text, strlen(text)),
			    .data_len = (uint32_t)strlen(text),
		    });
}

/* v1: everything is denied, then the rules are allowed one by one. */
static void add_device_writes(const PlanInput *in, PlanBuilder *b, const CgroupDir *dir)
{
	PodDevices devices;
	char text[64];

	(void)compile_devices(in, &devices, NULL);

	cgroup_dir_write(b, dir, "devices.deny", "a", 0);
	for (unsigned i = 0; i < devices.n; i++)
		cgroup_dir_write(b, dir, "devices.allow",
			device_rule_text(&devices.rules[i], text, sizeof text), 0);
}

/* v2: has a cgroup's children get controllers, unless they do already. */
static void add_controllers(PlanBuilder *b, const CgroupDir *dir, unsigned controllers)
{
	char text[64] = "";
	size_t len = 0;

	for (unsigned bit = 1; bit < CGROUP_ALL_CONTROLLERS; bit <<= 1)
		if (controllers & bit)
			len += (size_t)snprintf(text + len, sizeof text - len, "%s+%s",
				len > 0 ? " " : "", cgroup_controller_name(bit));
	if (len == 0)
		return;
	plan_add(b, (PlanOp){
			    .code = PLAN_CONTROLLERS,
			    .path = plan_put_string(b, dir->path),
			    .data = plan_put_blob(b, text, len),
			    .data_len = (uint32_t)len,
		    });
}

/* Loading a filter costs as much as a good part of a pod's start, so it stands in a cgroup that all
 * pods of the caller share, and that stays. */
static void add_device_filter(
	const PlanInput *in, PlanBuilder *b, CgroupDir *dir, unsigned controllers)
{
	DeviceFilter filter;

	device_filter_make(in, &filter);
	cgroup_dir_enter(dir, filter.cgroup);
	cgroup_dir_add(b, dir, PLAN_CGROUP_SHARED);
	plan_add(b, (PlanOp){
			    .code = PLAN_DEVICE_FILTER,
			    .path = plan_put_string(b, dir->path),
			    .data = plan_put_blob(b, filter.program, filter.size),
			    .data_len = (uint32_t)filter.size,
		    });
	add_controllers(b, dir, controllers);
}

static bool uses_device_filter(const PlanInput *in)
{
	return !(in->options.open & PLAN_OPEN_PATHS);
}

static void enter_pod(const PlanInput *in, CgroupDir *dir)
{
	char name[64];

	(void)snprintf(name, sizeof name, "rkt-%s", in->uuid);
	cgroup_dir_enter(dir, name);
}

bool cgroup_dir_pod(const PlanInput *in, const PodCgroups *pod, CgroupDir *ret)
{
	DeviceFilter filter;

	if (!cgroup_dir_open(in, "", pod->level, ret))
		return false;
	if (uses_device_filter(in)) {
		device_filter_make(in, &filter);
		cgroup_dir_enter(ret, filter.cgroup);
	}
	enter_pod(in, ret);
	return true;
}

/* v2, with or without controllers: entered at birth, killed in one go. */
static int compile_v2(const PlanInput *in, PlanBuilder *b, Error *err)
{
	unsigned controllers;
	PodCgroups pod;
	CgroupDir dir;
	uint32_t flags;
	char text[32];

	compile_find_cgroups(in, &pod);
	controllers = (pod.split ? pod.enforced : 0) | (pod.pids ? CGROUP_PIDS : 0);
	if (!cgroup_dir_open(in, "", pod.level, &dir))
		return fail(err, -EOPNOTSUPP, "the cgroup v2 hierarchy is not mounted");
	add_controllers(b, &dir, controllers & ~in->cgroups->enabled[pod.level]);
	if (uses_device_filter(in))
		add_device_filter(in, b, &dir, controllers);
	enter_pod(in, &dir);
	flags = pod.split ? 0 : PLAN_CGROUP_INTO;
	if (compile_has_room(in))
		cgroup_dir_add_room(b, &dir, flags, pod.split ? pod.enforced : 0);
	else
		cgroup_dir_add(b, &dir, flags);
	if (pod.pids) {
		(void)snprintf(text, sizeof text, "%" PRIu64, pod.pids);
		cgroup_dir_write(b, &dir, "pids.max", text, 0);
	}
	if (pod.split) {
		add_controllers(b, &dir, pod.enforced);
		cgroup_dir_enter(&dir, FIRST_PROCESS);
		cgroup_dir_add(b, &dir, PLAN_CGROUP_INTO);
	}
	return 0;
}

/* Entering a hierarchy of v1 makes the kernel wait for all processors: only the one that is needed
 * is entered. */
static int compile_v1(const PlanInput *in, PlanBuilder *b, Error *err)
{
	CgroupDir dir;

	if (!cgroup_dir_open(in, "devices", 0, &dir))
		return fail(err, -EOPNOTSUPP, "the cgroup hierarchy \"devices\" is not mounted");
	enter_pod(in, &dir);
	cgroup_dir_add(b, &dir, PLAN_CGROUP_PROCS);
	if (uses_device_filter(in))
		add_device_writes(in, b, &dir);
	return 0;
}

/* In v1, where apps that are added later find what their limits need: only who starts the pod knows
 * below which cgroups that is. */
static void add_room_in_v1(const PlanInput *in, PlanBuilder *b)
{
	PodCgroups pod;
	CgroupDir dir;

	compile_find_cgroups(in, &pod);
	for (unsigned bit = 1; bit < CGROUP_ALL_CONTROLLERS; bit <<= 1)
		if ((pod.enforced & bit) &&
			cgroup_dir_open(in, cgroup_controller_name(bit), 0, &dir)) {
			enter_pod(in, &dir);
			cgroup_dir_add_room(b, &dir, PLAN_CGROUP_PARENT, bit);
		}
}

int compile_cgroups(const PlanInput *in, PlanBuilder *b, Error *err)
{
	PodDevices devices;
	int r = compile_devices(in, &devices, err);

	if (r < 0)
		return r;
	switch (in->cgroups->mode) {
	case CGROUP_V1: r = compile_v1(in, b, err); break;
	case CGROUP_HYBRID:
	case CGROUP_V2: r = compile_v2(in, b, err); break;
	case CGROUP_NONE:
		return fail(err, -EOPNOTSUPP,
			"no control groups are mounted at /sys/fs/cgroup: a pod needs them");
	}
	if (r == 0 && compile_has_room(in) && in->cgroups->mode != CGROUP_V2)
		add_room_in_v1(in, b);
	return r;
}
