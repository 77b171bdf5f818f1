/* SPDX-License-Identifier: Apache-2.0 */

/* The pod's cgroups and the devices that it may use. */

#include "plan/compile-internal.h"

#include <limits.h>
#include <stdio.h>
#include "isolate/devices.h"

#define DEVICE_PROGRAM_MAX 256

/* "/sys/fs/cgroup/devices/caller/NAME"; *ret_below starts at "caller". False when the host has no
 * such hierarchy. */
static bool cgroup_path(const PlanInput *in, const char *controller, const char *name,
	char ret[static PATH_MAX], const char **ret_below)
{
	size_t len, mount_len;
	const char *own = cgroup_host_path(in->cgroups, controller, &len);

	if (!own || !cgroup_host_mount(in->cgroups, controller, ret, PATH_MAX))
		return false;
	mount_len = strlen(ret);
	(void)snprintf(ret + mount_len, PATH_MAX - mount_len, "%.*s/%s", len > 1 ? (int)len : 0,
		own, name);
	*ret_below = ret + mount_len + 1;
	return true;
}

static void add_cgroup(PlanBuilder *b, const char *path, const char *name, uint32_t flags)
{
	plan_add(b, (PlanOp){
			    .code = PLAN_CGROUP,
			    .flags = flags,
			    .path = plan_put_string(b, path),
			    .source = plan_put_string(b, name),
		    });
}

static void add_write(PlanBuilder *b, const char *dir, const char *file, const char *text)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", dir, file);
	plan_add(b, (PlanOp){
			    .code = PLAN_WRITE,
			    .path = plan_put_string(b, path),
			    .data = plan_put_blob(b, text, strlen(text)),
			    .data_len = (uint32_t)strlen(text),
		    });
}

/* v1: everything is denied, then the rules are allowed one by one. */
static void add_device_writes(PlanBuilder *b, const char *dir)
{
	char text[64];

	add_write(b, dir, "devices.deny", "a");
	for (unsigned i = 0; i < n_device_rules; i++)
		add_write(b, dir, "devices.allow",
			device_rule_text(&device_rules[i], text, sizeof text));
}

/* v2, with or without controllers: entered at birth, killed in one go. Loading a filter costs as
 * much as a good part of a pod's start, so it stands in a cgroup that all pods of the caller share,
 * and that stays; its name tells the filter, so that another version's is never taken for it. */
static int compile_v2(const PlanInput *in, PlanBuilder *b, Error *err)
{
	BpfInsn program[DEVICE_PROGRAM_MAX];
	unsigned n =
		device_rules_program(device_rules, n_device_rules, program, ARRAY_LEN(program));
	char path[PATH_MAX], name[96];
	const char *below;

	(void)snprintf(name, sizeof name, "rkt-pods-%08x",
		(unsigned)plan_checksum(program, n * sizeof program[0]));
	if (!(in->options.open & PLAN_OPEN_PATHS)) {
		if (!cgroup_path(in, "", name, path, &below))
			return fail(err, -EOPNOTSUPP, "the cgroup v2 hierarchy is not mounted");
		add_cgroup(b, path, below, PLAN_CGROUP_SHARED);
		plan_add(b, (PlanOp){
				    .code = PLAN_DEVICE_FILTER,
				    .path = plan_put_string(b, path),
				    .data = plan_put_blob(b, program, n * sizeof program[0]),
				    .data_len = (uint32_t)(n * sizeof program[0]),
			    });
		(void)snprintf(
			name + strlen(name), sizeof name - strlen(name), "/rkt-%s", in->uuid);
	} else {
		(void)snprintf(name, sizeof name, "rkt-%s", in->uuid);
	}
	if (!cgroup_path(in, "", name, path, &below))
		return fail(err, -EOPNOTSUPP, "the cgroup v2 hierarchy is not mounted");
	add_cgroup(b, path, below, PLAN_CGROUP_INTO);
	return 0;
}

/* Entering a hierarchy of v1 makes the kernel wait for all processors: only the one that is needed
 * is entered. */
static int compile_v1(const PlanInput *in, PlanBuilder *b, Error *err)
{
	char path[PATH_MAX], name[64];
	const char *below;

	(void)snprintf(name, sizeof name, "rkt-%s", in->uuid);
	if (!cgroup_path(in, "devices", name, path, &below))
		return fail(err, -EOPNOTSUPP, "the cgroup hierarchy \"devices\" is not mounted");
	add_cgroup(b, path, below, PLAN_CGROUP_PROCS);
	if (!(in->options.open & PLAN_OPEN_PATHS))
		add_device_writes(b, path);
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
