/* SPDX-License-Identifier: Apache-2.0 */
#include "init/execute.h"

#include "init/say.h"

typedef int (*ExecuteFunction)(Execution *x, const PlanOp *op);

static const ExecuteFunction functions[PLAN_CODES] = {
	[PLAN_CGROUP] = execute_cgroup,
	[PLAN_WRITE] = execute_write,
	[PLAN_CONTROLLERS] = execute_controllers,
	[PLAN_DEVICE_FILTER] = execute_device_filter,
	[PLAN_OWNER] = execute_owner,
	[PLAN_VIEWS] = execute_views,
	[PLAN_IDMAP] = execute_idmap,
	[PLAN_HOSTNAME] = execute_hostname,
	[PLAN_NETWORK] = execute_network,
	[PLAN_OVERLAY] = execute_overlay,
	[PLAN_MOUNT] = execute_mount,
	[PLAN_BIND] = execute_bind,
	[PLAN_NODE] = execute_node,
	[PLAN_SYMLINK] = execute_symlink,
	[PLAN_MASK] = execute_mask,
	[PLAN_READONLY] = execute_readonly,
	[PLAN_READONLY_ROOT] = execute_readonly_root,
	[PLAN_BASE] = execute_base,
	[PLAN_PIVOT] = execute_pivot,
	[PLAN_USER] = execute_user,
	[PLAN_UNSHARE] = execute_unshare,
	[PLAN_WORKDIR] = execute_workdir,
	[PLAN_OOM_SCORE] = execute_oom_score,
	[PLAN_BOUNDING] = execute_bounding,
	[PLAN_GROUPS] = execute_groups,
	[PLAN_IDENTITY] = execute_identity,
	[PLAN_NO_NEW_PRIVS] = execute_no_new_privs,
	[PLAN_SECCOMP] = execute_seccomp,
	[PLAN_EXEC] = execute_exec,
	[PLAN_CONNECT] = execute_connect,
};

int execute(Execution *x, PlanRange range, uint32_t *ret_failed)
{
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		const PlanOp *op = &x->plan->ops[i];
		int r = functions[op->code](x, op);

		if (r < 0 && (op->flags & PLAN_OPTIONAL)) {
			say("warning: ", plan_code_name(op->code), " ",
				plan_string(x->plan, op->path), ": ", say_errno(r), NULL);
		} else if (r < 0) {
			*ret_failed = i;
			return r;
		}
	}
	return 0;
}
