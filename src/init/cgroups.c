/* SPDX-License-Identifier: Apache-2.0 */
#include "init/cgroups.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
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

/* The pod's v2 cgroup with a name behind it; empty where the pod has none. */
static void put_app_path(Text *t, const Plan *plan, const char *app)
{
	for (const PlanOp *op = NULL; (op = next_cgroup(plan, op));)
		if (op->flags & PLAN_CGROUP_INTO) {
			text_puts(t, plan_string(plan, op->path));
			text_puts(t, "/");
			text_puts(t, app);
			return;
		}
}

int cgroups_enter_app(const Plan *plan, const char *app)
{
	Text path = {0};
	int r = cgroups_enter(plan, 0, true);

	put_app_path(&path, plan, app);
	if (r < 0 || path.len == 0)
		return r;
	if (mkdir(text_string(&path), 0755) < 0 && errno != EEXIST)
		return -errno;
	return write_in(text_string(&path), "/cgroup.procs", 0);
}

/* The last process may be gone but not yet out of the books, or somebody has entered from outside.
 */
static void remove_cgroup(const char *path, bool can_kill)
{
	struct timespec pause = {.tv_nsec = 1000000};

	if (rmdir(path) == 0 || errno != EBUSY)
		return;
	if (can_kill)
		(void)write_in(path, "/cgroup.kill", 1);
	for (unsigned i = 0; i < 50 && rmdir(path) < 0 && errno == EBUSY; i++)
		nanosleep(&pause, NULL);
}

void cgroups_remove_app(const Plan *plan, const char *app)
{
	Text path = {0};

	put_app_path(&path, plan, app);
	if (path.len > 0)
		remove_cgroup(text_string(&path), true);
}

/* Of a killed pod nobody knows which apps it had. */
static void remove_below(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static union {
		struct dirent entry;
		char space[4096];
	} buffer;
	ssize_t n;

	while (fd >= 0 && (n = getdents(fd, &buffer.entry, sizeof buffer)) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent *entry = (void *)(buffer.space + at);
			Text child = {0};

			at += entry->d_reclen;
			if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
				continue;
			text_puts(&child, path);
			text_puts(&child, "/");
			text_puts(&child, entry->d_name);
			remove_cgroup(text_string(&child), true);
		}
}

void cgroups_remove(const Plan *plan)
{
	for (const PlanOp *op = NULL; (op = next_cgroup(plan, op));) {
		const char *path = plan_string(plan, op->path);

		if (op->flags & PLAN_CGROUP_SHARED)
			continue;
		if (plan->header->mutable && (op->flags & PLAN_CGROUP_INTO))
			remove_below(path);
		remove_cgroup(path, op->flags & PLAN_CGROUP_INTO);
	}
}

const char *cgroups_name(const Plan *plan)
{
	for (const PlanOp *op = NULL; (op = next_cgroup(plan, op));)
		if (!(op->flags & PLAN_CGROUP_SHARED))
			return plan_string(plan, op->source);
	return "";
}
