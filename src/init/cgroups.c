/* SPDX-License-Identifier: Apache-2.0 */
#include "init/cgroups.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/transfer.h"
#include "init/execute.h"
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

/* Enters those cgroups of a range that have any of some flags. */
static int enter(const Plan *plan, PlanRange range, pid_t pid, uint32_t flags)
{
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		const PlanOp *op = &plan->ops[i];
		int r = 0;

		if (op->code == PLAN_CGROUP && (op->flags & flags))
			r = write_in(plan_string(plan, op->path), "/cgroup.procs", (uint64_t)pid);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroups_make(const Plan *plan, uint32_t *ret_failed)
{
	for (uint32_t i = 0; i < plan->header->n_apps; i++) {
		Execution x = EXECUTION_INIT(plan);
		int r = execute(&x, plan->apps[i].host, ret_failed);

		(void)fd_close(x.cgroup);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroups_enter(const Plan *plan, pid_t first)
{
	return enter(plan, plan->header->host, first, PLAN_CGROUP_PROCS);
}

static const PlanOp *find_v2(const Plan *plan, PlanRange range)
{
	for (uint32_t i = range.first; i < range.first + range.n; i++)
		if (plan->ops[i].code == PLAN_CGROUP && (plan->ops[i].flags & PLAN_CGROUP_INTO))
			return &plan->ops[i];
	return NULL;
}

int cgroups_join(const Plan *plan, const PlanApp *app)
{
	uint32_t both = PLAN_CGROUP_PROCS | PLAN_CGROUP_INTO;
	int r = enter(
		plan, plan->header->host, 0, find_v2(plan, app->host) ? PLAN_CGROUP_PROCS : both);

	return r < 0 ? r : enter(plan, app->host, 0, both);
}

/* The v2 cgroup of an app that was added; empty where the pod has none. */
static void put_added(Text *t, const Plan *plan, const char *app)
{
	const PlanOp *op = find_v2(plan, plan->header->host);

	if (!op)
		return;
	text_puts(t, plan_string(plan, op->path));
	text_puts(t, "/" PLAN_APP_CGROUP);
	text_puts(t, app);
}

int cgroups_open_procs(const char *cgroup)
{
	Text path = {0};
	int fd;

	text_puts(&path, cgroup);
	text_puts(&path, "/cgroup.procs");
	fd = open(text_string(&path), O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroups_open_added(const Plan *plan, const char *app, int ret_fds[static CGROUPS_MAX])
{
	PlanRange range = plan->header->host;
	Text path = {0};

	ret_fds[0] = ret_fds[1] = -1;
	/* A mutable pod has at most one in v1. */
	for (uint32_t i = range.first; i < range.first + range.n; i++)
		if (plan->ops[i].code == PLAN_CGROUP && (plan->ops[i].flags & PLAN_CGROUP_PROCS)) {
			ret_fds[0] = cgroups_open_procs(plan_string(plan, plan->ops[i].path));
			if (ret_fds[0] < 0)
				return ret_fds[0];
		}
	put_added(&path, plan, app);
	if (path.len == 0)
		return 0;
	if (mkdir(text_string(&path), 0755) < 0 && errno != EEXIST)
		return -errno;
	ret_fds[1] = cgroups_open_procs(text_string(&path));
	return ret_fds[1] < 0 ? ret_fds[1] : 0;
}

int cgroups_join_added(const Plan *plan, const char *app)
{
	int fds[CGROUPS_MAX], r = cgroups_open_added(plan, app, fds);

	for (unsigned i = 0; i < CGROUPS_MAX; i++) {
		if (r == 0 && fds[i] >= 0 && write(fds[i], "0", 1) < 0)
			r = -errno;
		(void)fd_close(fds[i]);
	}
	return r;
}

/* The last process may be gone but not yet out of the books, or somebody has entered from outside.
 * v1 cannot kill. */
static void kill_and_remove(const char *path)
{
	struct timespec pause = {.tv_nsec = 1000000};

	if (rmdir(path) == 0 || errno != EBUSY)
		return;
	(void)write_in(path, "/cgroup.kill", 1);
	for (unsigned i = 0; i < 50 && rmdir(path) < 0 && errno == EBUSY; i++)
		nanosleep(&pause, NULL);
}

void cgroups_remove_added(const Plan *plan, const char *app)
{
	Text path = {0};

	put_added(&path, plan, app);
	if (path.len > 0)
		kill_and_remove(text_string(&path));
}

/* Of a killed pod nobody knows which apps were added to it. */
static void remove_below(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	union {
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
			kill_and_remove(text_string(&child));
		}
}

static void remove_one(const Plan *plan, const PlanOp *op)
{
	const char *path = plan_string(plan, op->path);

	if (op->flags & PLAN_CGROUP_SHARED)
		return;
	if (plan->header->mutable && (op->flags & PLAN_CGROUP_INTO))
		remove_below(path);
	if (op->flags & PLAN_CGROUP_PARENT)
		(void)rmdir(path);
	else
		kill_and_remove(path);
}

/* Children before their parents. */
static void remove_range(const Plan *plan, PlanRange range)
{
	for (uint32_t i = range.n; i > 0; i--)
		if (plan->ops[range.first + i - 1].code == PLAN_CGROUP)
			remove_one(plan, &plan->ops[range.first + i - 1]);
}

void cgroups_remove(const Plan *plan)
{
	for (uint32_t i = plan->header->n_apps; i > 0; i--)
		remove_range(plan, plan->apps[i - 1].host);
	remove_range(plan, plan->header->host);
}

const char *cgroups_name(const Plan *plan)
{
	PlanRange range = plan->header->host;

	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		const PlanOp *op = &plan->ops[i];

		if (op->code == PLAN_CGROUP && !(op->flags & PLAN_CGROUP_SHARED))
			return plan_string(plan, op->source);
	}
	return "";
}

/* The number behind a word at the start of a line of a cgroup's file, 0 without one. */
static int count_in(const char *cgroup, const char *file, const char *word)
{
	_cleanup_close_ int fd = -1;
	char text[1024], *line = text;
	Text path = {0};
	ssize_t n;

	text_puts(&path, cgroup);
	text_puts(&path, file);
	fd = open(text_string(&path), O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : fd_read(fd, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	for (; line && *line; line = strchr(line, '\n')) {
		const char *number;

		line += *line == '\n';
		number = startswith(line, word);
		if (number)
			return text_to_number(number);
	}
	return 0;
}

bool cgroups_memory_killed(const Plan *plan, const PlanApp *app)
{
	for (uint32_t i = app->host.first; i < app->host.first + app->host.n; i++) {
		const PlanOp *op = &plan->ops[i];
		bool v2 = op->flags & PLAN_CGROUP_INTO;

		if (op->code == PLAN_CGROUP && (op->flags & PLAN_CGROUP_MEMORY))
			return count_in(plan_string(plan, op->path),
				       v2 ? "/memory.events" : "/memory.oom_control",
				       "oom_kill ") > 0;
	}
	return false;
}
