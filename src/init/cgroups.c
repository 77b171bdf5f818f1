/* SPDX-License-Identifier: Apache-2.0 */
#include "init/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include "base/cleanup.h"
#include "init/say.h"

static int write_in(const char *cgroup, const char *file, uint64_t n)
{
	_cleanup_close_ int fd = -1;
	Text path = {0}, number = {0};

	text_puts(&path, cgroup);
	text_puts(&path, file);
	text_number(&number, n, 1, ' ');
	fd = open(text_string(&path), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, number.data, number.len) < 0 ? -errno : 0;
}

static const PlanOp *next_cgroup(const Plan *plan, const PlanOp *op)
{
	const PlanOp *end = plan->ops + plan->header->host.first + plan->header->host.n;

	for (op = op ? op + 1 : plan->ops + plan->header->host.first; op < end; op++)
		if (op->code == PLAN_CGROUP)
			return op;
	return NULL;
}

int cgroups_enter(const Plan *plan, pid_t pid, bool all)
{
	uint32_t wanted = PLAN_CGROUP_PROCS | (all ? PLAN_CGROUP_INTO : 0);

	for (const PlanOp *op = NULL; (op = next_cgroup(plan, op));) {
		int r;

		if (!(op->flags & wanted))
			continue;
		r = write_in(plan_string(plan, op->path), "/cgroup.procs", (uint64_t)pid);
		if (r < 0)
			return r;
	}
	return 0;
}

void cgroups_remove(const Plan *plan)
{
	for (const PlanOp *op = NULL; (op = next_cgroup(plan, op));) {
		const char *path = plan_string(plan, op->path);
		struct timespec pause = {.tv_nsec = 1000000};

		if ((op->flags & PLAN_CGROUP_SHARED) || rmdir(path) == 0 || errno != EBUSY)
			continue;
		/* The last process may be gone but not yet out of the books, or somebody has
		 * entered from outside. */
		if (op->flags & PLAN_CGROUP_INTO)
			(void)write_in(path, "/cgroup.kill", 1);
		for (unsigned i = 0; i < 50 && rmdir(path) < 0 && errno == EBUSY; i++)
			nanosleep(&pause, NULL);
	}
}

const char *cgroups_name(const Plan *plan)
{
	for (const PlanOp *op = NULL; (op = next_cgroup(plan, op));)
		if (!(op->flags & PLAN_CGROUP_SHARED))
			return plan_string(plan, op->source);
	return "";
}
