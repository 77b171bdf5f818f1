/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile-internal.h"

#include <limits.h>
#include <stdio.h>
#include "isolate/devices.h"

#define DEVICE_PROGRAM_MAX 256

/* "/sys/fs/cgroup/devices/caller/rkt-UUID"; *ret_name starts at "caller". False when the host has
 * no such hierarchy. */
static bool cgroup_path(const PlanInput *in, const char *controller, char ret[static PATH_MAX],
	const char **ret_name)
{
	size_t len, mount_len;
	const char *own = cgroup_host_path(in->cgroups, controller, &len);

	if (!own || !cgroup_host_mount(in->cgroups, controller, ret, PATH_MAX))
		return false;
	mount_len = strlen(ret);
	(void)snprintf(ret + mount_len, PATH_MAX - mount_len, "%.*s/rkt-%s", len > 1 ? (int)len : 0,
		own, in->uuid);
	*ret_name = ret + mount_len + 1;
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

static void add_device_filter(PlanBuilder *b, const char *dir)
{
	BpfInsn program[DEVICE_PROGRAM_MAX];
	unsigned n =
		device_rules_program(device_rules, n_device_rules, program, ARRAY_LEN(program));

	plan_add(b, (PlanOp){
			    .code = PLAN_DEVICE_FILTER,
			    .path = plan_put_string(b, dir),
			    .data = plan_put_blob(b, program, n * sizeof program[0]),
			    .data_len = (uint32_t)(n * sizeof program[0]),
		    });
}

int compile_cgroups(const PlanInput *in, PlanBuilder *b, Error *err)
{
	bool restrict_devices = !(in->options.open & PLAN_OPEN_PATHS);
	char path[PATH_MAX];
	const char *name;

	if (in->cgroups->mode == CGROUP_NONE)
		return fail(err, -EOPNOTSUPP,
			"no control groups are mounted at /sys/fs/cgroup: a pod needs them");
	/* v2, with or without controllers, holds the pod together: entered at birth, killed in one
	 * go. */
	if (in->cgroups->mode != CGROUP_V1 && cgroup_path(in, "", path, &name)) {
		add_cgroup(b, path, name, PLAN_CGROUP_INTO);
		if (in->cgroups->mode == CGROUP_V2 && restrict_devices)
			add_device_filter(b, path);
	}
	/* Of v1's hierarchies only those are used that something is to be limited in. */
	if (in->cgroups->mode != CGROUP_V2 && restrict_devices) {
		if (!cgroup_path(in, "devices", path, &name))
			return fail(err, -EOPNOTSUPP,
				"the control group hierarchy \"devices\" is not mounted: access to "
				"devices "
				"could not be limited (--insecure-options=paths goes without)");
		add_cgroup(b, path, name, PLAN_CGROUP_PROCS);
		add_device_writes(b, path);
	}
	return 0;
}
