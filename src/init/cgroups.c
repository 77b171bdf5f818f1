/* SPDX-License-Identifier: Apache-2.0 */
#include "init/cgroups.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/transfer.h"
#include "init/execute.h"
#include "init/say.h"

#define REMOVE_TRIES 1000 /* to remove a cgroup, a millisecond between them */

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

static bool has_room(const PlanOp *op)
{
	return op->code == PLAN_CGROUP && (op->flags & PLAN_CGROUP_ROOM);
}

/* The cgroup of an app that was added below one of its pod's. */
static void put_added(Text *t, const Plan *plan, const PlanOp *above, const char *app)
{
	text_puts(t, plan_string(plan, above->path));
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

/* Whether an app's own part of the plan makes a cgroup. */
static bool is_named(const Plan *plan, const PlanApp *app, const char *path)
{
	for (uint32_t i = app->host.first; i < app->host.first + app->host.n; i++)
		if (plan->ops[i].code == PLAN_CGROUP &&
			streq(plan_string(plan, plan->ops[i].path), path))
			return true;
	return false;
}

/* The way into what one operation of the pod's has for the app. A descriptor, -1 where that is
 * nothing, or a negative errno below it. */
static int open_added(
	const Plan *pod, const PlanOp *op, const Plan *plan, const PlanApp *app, bool make)
{
	bool v2 = !(op->flags & PLAN_CGROUP_PARENT);
	Text path = {0};
	int fd;

	if (op->code == PLAN_CGROUP && (op->flags & PLAN_CGROUP_PROCS))
		return cgroups_open_procs(plan_string(pod, op->path));
	if (!has_room(op))
		return -1;
	put_added(&path, pod, op, plan_string(plan, app->name));
	if (make && v2 && mkdir(text_string(&path), 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = cgroups_open_procs(text_string(&path));
	if (fd != -ENOENT)
		return fd;
	/* In v1 it may be that no limit needs it. */
	return !make && (v2 || is_named(plan, app, text_string(&path))) ? -ESRCH : -1;
}

int cgroups_open_added(const Plan *pod, const Plan *plan, const PlanApp *app, bool make,
	int ret_fds[static CGROUPS_MAX])
{
	PlanRange range = pod->header->host;
	unsigned n = 0;

	for (unsigned i = 0; i < CGROUPS_MAX; i++)
		ret_fds[i] = -1;
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		int fd = open_added(pod, &pod->ops[i], plan, app, make);

		if (fd < -1 || n == CGROUPS_MAX)
			return fd < -1 ? fd : -E2BIG;
		if (fd >= 0)
			ret_fds[n++] = fd;
	}
	return 0;
}

int cgroups_join_added(const Plan *pod, const Plan *plan, const PlanApp *app, bool make)
{
	int fds[CGROUPS_MAX], r = cgroups_open_added(pod, plan, app, make, fds);

	for (unsigned i = 0; i < CGROUPS_MAX; i++) {
		/* One that was removed since then is no device, as the kernel has it. */
		if (r == 0 && fds[i] >= 0 && write(fds[i], "0", 1) < 0)
			r = errno == ENODEV ? -ESRCH : -errno;
		(void)fd_close(fds[i]);
	}
	return r;
}

/* v1 has no file for that. A fork that is missed is met the next time. */
static void kill_listed(const char *cgroup)
{
	_cleanup_close_ int fd = -1;
	Text path = {0};
	char text[4096];
	ssize_t n;

	text_puts(&path, cgroup);
	text_puts(&path, "/cgroup.procs");
	fd = open(text_string(&path), O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : fd_read(fd, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		pid_t pid = text_to_number(line);

		/* The last line may be cut off. */
		if (!strchr(line, '\n'))
			return;
		if (pid > 1)
			(void)kill(pid, SIGKILL);
	}
}

/* The last process may be gone but not yet out of the books, which takes its time where the machine
 * is busy, or somebody has entered from outside. */
static void kill_and_remove(const char *path)
{
	struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < REMOVE_TRIES && rmdir(path) < 0 && errno == EBUSY; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		if (write_in(path, "/cgroup.kill", 1) < 0)
			kill_listed(path);
	}
}

void cgroups_remove_added(const Plan *plan, const char *app)
{
	PlanRange range = plan->header->host;

	/* That of v2, which can kill, comes first. */
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		Text path = {0};

		if (!has_room(&plan->ops[i]))
			continue;
		put_added(&path, plan, &plan->ops[i], app);
		kill_and_remove(text_string(&path));
	}
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
	if (has_room(op))
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

/* In the cgroups of a range, or, with added, in those of that app below them. */
static bool killed_in(const Plan *plan, PlanRange range, const char *added)
{
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		const PlanOp *op = &plan->ops[i];
		bool v1 = op->flags & (PLAN_CGROUP_PROCS | PLAN_CGROUP_PARENT);
		Text path = {0};

		if (op->code != PLAN_CGROUP || !(op->flags & PLAN_CGROUP_MEMORY))
			continue;
		if (added)
			put_added(&path, plan, op, added);
		else
			text_puts(&path, plan_string(plan, op->path));
		return count_in(text_string(&path), v1 ? "/memory.oom_control" : "/memory.events",
			       "oom_kill ") > 0;
	}
	return false;
}

bool cgroups_memory_killed(const Plan *plan, const PlanApp *app)
{
	return killed_in(plan, app->host, NULL);
}

bool cgroups_memory_killed_added(const Plan *plan, const char *app)
{
	return killed_in(plan, plan->header->host, app);
}
