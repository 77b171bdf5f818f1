/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process-table.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/fd.h"
#include "base/number.h"

#define STAT_MAX 4096

int process_read_file(pid_t pid, const char *name, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *text = malloc(max + 1);
	_cleanup_close_ int fd = -1;
	char path[64];
	ssize_t n;

	if (!text)
		return -ENOMEM;
	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = fd_read(fd, text, max);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	*ret = TAKE_PTR(text);
	if (ret_len)
		*ret_len = (size_t)n;
	return 0;
}

/* The line of /proc/PID/stat behind the command's name, which may hold anything. */
static bool parse_stat(const char *text, ProcessEntry *ret)
{
	uint64_t own_user, own_system, children_user, children_system, resident;
	const char *rest = strrchr(text, ')');
	uint64_t tick = NS_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
	long threads;
	int parent;

	/* state ppid pgrp session tty tpgid flags 4 faults, utime stime cutime cstime priority nice
	 * num_threads itrealvalue starttime vsize rss */
	if (!rest || sscanf(rest + 1,
			     " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
			     " %" SCNu64 " %" SCNu64 " %*d %*d %ld %*d %*u %*u %" SCNu64,
			     &parent, &own_user, &own_system, &children_user, &children_system,
			     &threads, &resident) != 7)
		return false;
	ret->parent = parent;
	ret->cpu_ns = tick * (own_user + own_system + children_user + children_system);
	ret->resident = resident * (uint64_t)sysconf(_SC_PAGESIZE);
	ret->threads = (unsigned)threads;
	return true;
}

static bool read_entry(pid_t pid, ProcessEntry *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[64];
	struct stat st;

	*ret = (ProcessEntry){.pid = pid};
	if (process_read_file(pid, "stat", STAT_MAX, &text, NULL) < 0 || !parse_stat(text, ret))
		return false;
	(void)snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
	if (stat(path, &st) == 0)
		ret->namespace = st.st_ino;
	return true;
}

static int compare_pids(const void *a, const void *b)
{
	const ProcessEntry *one = a, *other = b;

	return one->pid < other->pid ? -1 : one->pid > other->pid;
}

int process_table_read(ProcessTable *ret, Error *err)
{
	__attribute__((cleanup(process_table_done))) ProcessTable t = {0};
	_cleanup_closedir_ DIR *dir = opendir("/proc");
	const struct dirent *entry;

	if (!dir)
		return fail_errno(err, -errno, "open /proc");
	while ((entry = readdir(dir))) {
		uint64_t pid;

		if (number_parse_u64(entry->d_name, INT_MAX, &pid) < 0)
			continue;
		/* Grows at powers of two. */
		if ((t.n & (t.n - 1)) == 0) {
			ProcessEntry *bigger =
				reallocarray(t.items, t.n ? t.n * 2 : 1, sizeof *bigger);

			if (!bigger)
				return fail_oom(err);
			t.items = bigger;
		}
		if (read_entry((pid_t)pid, &t.items[t.n]))
			t.n++;
	}
	if (t.n > 0)
		qsort(t.items, t.n, sizeof *t.items, compare_pids);
	*ret = t;
	t = (ProcessTable){0};
	return 0;
}

void process_table_done(ProcessTable *t)
{
	free(t->items);
	*t = (ProcessTable){0};
}

const ProcessEntry *process_table_find(const ProcessTable *t, pid_t pid)
{
	const ProcessEntry key = {.pid = pid};

	return t->n > 0 ? bsearch(&key, t->items, t->n, sizeof key, compare_pids) : NULL;
}
