/* SPDX-License-Identifier: Apache-2.0 */

/* The pod's cgroups and the devices that it may use. */

#include "plan/compile-cgroups.h"

#include <inttypes.h>
#include <stdio.h>
#include "isolate/devices.h"
#include "plan/limits.h"

#define DEVICE_PROGRAM_MAX 256

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

static void device_filter_make(DeviceFilter *f)
{
	f->size = sizeof f->program[0] * device_rules_program(device_rules, n_device_rules,
						 f->program, ARRAY_LEN(f->program));
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
static void add_device_writes(PlanBuilder *b, const CgroupDir *dir)
{
	char text[64];

	cgroup_dir_write(b, dir, "devices.deny", "a", 0);
	for (unsigned i = 0; i < n_device_rules; i++)
		cgroup_dir_write(b, dir, "devices.allow",
			device_rule_text(&device_rules[i], text, sizeof text), 0);
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
static void add_device_filter(PlanBuilder *b, CgroupDir *dir, unsigned controllers)
{
	DeviceFilter filter;

	device_filter_make(&filter);
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
		device_filter_make(&filter);
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
	char text[32];

	compile_find_cgroups(in, &pod);
	controllers = (pod.split ? pod.enforced : 0) | (pod.pids ? CGROUP_PIDS : 0);
	if (!cgroup_dir_open(in, "", pod.level, &dir))
		return fail(err, -EOPNOTSUPP, "the cgroup v2 hierarchy is not mounted");
	add_controllers(b, &dir, controllers & ~in->cgroups->enabled[pod.level]);
	if (uses_device_filter(in))
		add_device_filter(b, &dir, controllers);
	enter_pod(in, &dir);
	cgroup_dir_add(b, &dir, pod.split ? 0 : PLAN_CGROUP_INTO);
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
		add_device_writes(b, &dir);
	return 0;
}

int compile_cgroups(const PlanInput *in, PlanBuilder *b, Error *err)
{
	switch (in->cgroups->mode) {
	case CGROUP_V1: return compile_v1(in, b, err);
	case CGROUP_HYBRID:
	case CGROUP_V2: return compile_v2(in, b, err);
	case CGROUP_NONE: break;
	}
	return fail(err, -EOPNOTSUPP,
		"no control groups are mounted at /sys/fs/cgroup: a pod needs them");
}
