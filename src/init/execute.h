/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Executing operations of a plan, one function an operation. Each returns 0 or a negative errno;
 * nothing decides anything that the plan could have decided. */

#include "init/join.h"
#include "init/say.h"
#include "plan/plan.h"

typedef struct Execution {
	const Plan *plan;
	int pod_root;       /* root directory of the pod, once it is mounted */
	int base;           /* what paths are beneath: pod_root or the root of an app */
	int cgroup;         /* v2 cgroup that the pod is cloned into, or -1 */
	int channel;        /* to the monitor, where the network namespace comes from, or -1 */
	int user_namespace; /* the pod's, or -1 */
	int views;          /* where views of layers are mounted already, or -1 */
	int dns;            /* whether MESSAGE_GO has come, and its a; -1: it has not */
	int32_t host;       /* its b */
	bool sockets;       /* the app that is about to be executed gets some */
	bool guarded;       /* dies with its parent, and nobody is to look into it */
	pid_t parent;       /* that one's number; 0: it is in another PID namespace */
	int mask_dir;       /* an empty read-only directory that is mounted already, or -1 */
	const Visit *visit; /* the pod runs already and this process is outside; else NULL */
} Execution;

#define EXECUTION_INIT(p)                                                                          \
	{                                                                                          \
		.plan = (p), .pod_root = -1, .base = -1, .cgroup = -1, .channel = -1,              \
		.user_namespace = -1, .views = -1, .dns = -1, .mask_dir = -1                       \
	}

/* Executes a range in order. On failure *ret_failed is the number of the operation that failed;
 * optional ones that fail are reported with say() and passed over. 0 or the negative errno. */
int execute(Execution *x, PlanRange range, uint32_t *ret_failed);

/* The functions behind the operations; see PLAN_OPS for what each is given. */
int execute_cgroup(Execution *x, const PlanOp *op);
int execute_write(Execution *x, const PlanOp *op);
int execute_controllers(Execution *x, const PlanOp *op);
int execute_device_filter(Execution *x, const PlanOp *op);

int execute_views(Execution *x, const PlanOp *op);
int execute_overlay(Execution *x, const PlanOp *op);
int execute_mount(Execution *x, const PlanOp *op);
int execute_bind(Execution *x, const PlanOp *op);
int execute_mask(Execution *x, const PlanOp *op);
int execute_readonly(Execution *x, const PlanOp *op);
int execute_readonly_root(Execution *x, const PlanOp *op);
int execute_base(Execution *x, const PlanOp *op);
int execute_pivot(Execution *x, const PlanOp *op);

int execute_node(Execution *x, const PlanOp *op);
int execute_symlink(Execution *x, const PlanOp *op);

int execute_hostname(Execution *x, const PlanOp *op);
int execute_network(Execution *x, const PlanOp *op);

/* Waits for MESSAGE_GO, if that has not come yet. 0 or a negative errno. */
int execute_wait_for_go(Execution *x);

int execute_owner(Execution *x, const PlanOp *op);
int execute_idmap(Execution *x, const PlanOp *op);
int execute_user(Execution *x, const PlanOp *op);

int execute_unshare(Execution *x, const PlanOp *op);
int execute_workdir(Execution *x, const PlanOp *op);
int execute_oom_score(Execution *x, const PlanOp *op);
int execute_bounding(Execution *x, const PlanOp *op);
int execute_groups(Execution *x, const PlanOp *op);
int execute_identity(Execution *x, const PlanOp *op);
int execute_no_new_privs(Execution *x, const PlanOp *op);
int execute_seccomp(Execution *x, const PlanOp *op);
int execute_exec(Execution *x, const PlanOp *op);
int execute_connect(Execution *x, const PlanOp *op);

/* Makes path, resolved beneath "/", the working directory, if wanted also when it is missing. 0 or
 * a negative errno. */
int execute_change_directory(const char *path, bool create);

/* An environment variable of the plan with the host's address, as text, in its place. */
void execute_put_host(const char *variable, const char *host, Text *ret);

/* Frees what execute_exec() left behind in a process that shares its memory (vfork()). */
void execute_free_vectors(void);

/* Makes the directory path beneath the base, with its parents (0755), if it is missing; mode is for
 * the last one. With path "" it is the base. Returns an O_PATH descriptor of it or a negative
 * errno. */
int execute_make_directory(Execution *x, const char *path, uint32_t mode);

/* Opens the directory that holds the last component of path, making missing ones, and tells the
 * component. Returns a descriptor or a negative errno (-EINVAL for a path without a last
 * component). */
int execute_open_parent(Execution *x, const char *path, const char **ret_name);
