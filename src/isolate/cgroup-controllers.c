/* SPDX-License-Identifier: Apache-2.0 */

/* Which controllers the children of v2 cgroups can have. */

#include "isolate/cgroup-internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"

#define LIST_MAX 4096

/* What systemd leaves a service by default (TasksMax=15%). */
#define PIDS_PERCENT 15

static const char *const names[] = {"cpu", "memory", "pids"};

const char *cgroup_controller_name(unsigned controller)
{
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (controller == 1u << i)
			return names[i];
	return NULL;
}

unsigned cgroup_controllers_parse(const char *list)
{
	unsigned found = 0;

	for (const char *word = list; *word; word += strspn(word, " \n")) {
		size_t n = strcspn(word, " \n");

		for (unsigned i = 0; i < ARRAY_LEN(names); i++)
			if (strlen(names[i]) == n && memcmp(names[i], word, n) == 0)
				found |= 1u << i;
		word += n;
	}
	return found;
}

/* A small file of the cgroup whose path below the root is the first len bytes of own. */
static char *read_in(const char *own, size_t len, const char *file)
{
	char path[PATH_MAX], *text = NULL;

	(void)snprintf(path, sizeof path, CGROUP_ROOT "%.*s/%s", (int)len, own, file);
	return fd_read_file(AT_FDCWD, path, LIST_MAX, &text, NULL, NULL) < 0 ? NULL : text;
}

static unsigned controllers_in(const char *own, size_t len, const char *file)
{
	_cleanup_free_ char *text = read_in(own, len, file);

	return text ? cgroup_controllers_parse(text) : 0;
}

/* Whether controllers can be enabled in the topmost cgroup that is seen: in the hierarchy's true
 * root always; where a namespace or a mount makes another one look like it, only without processes.
 */
static bool root_is_open(void)
{
	_cleanup_free_ char *type = read_in("", 0, "cgroup.type"), *procs = NULL;

	if (!type)
		return true;
	procs = read_in("", 0, "cgroup.procs");
	return procs && procs[0] == '\0';
}

static uint64_t number_in(const char *path)
{
	_cleanup_free_ char *text = NULL;
	uint64_t n;

	if (fd_read_file(AT_FDCWD, path, 64, &text, NULL, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return number_parse_u64(text, INT_MAX, &n) < 0 ? 0 : n;
}

static uint64_t pids_by_default(void)
{
	uint64_t pids = number_in("/proc/sys/kernel/pid_max");
	uint64_t threads = number_in("/proc/sys/kernel/threads-max");

	return MIN(pids, threads) * PIDS_PERCENT / 100;
}

/* Length of the path of the parent. */
static size_t up(const char *own, size_t len)
{
	while (len > 0 && own[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

void cgroup_controllers_read(CgroupHost *h, unsigned n)
{
	size_t len;
	const char *own = cgroup_host_path(h, "", &len);
	unsigned can = 0;

	if (!own)
		return;
	if (len == 1)
		len = 0;
	for (h->n_levels = 0; h->n_levels < n; len = up(own, len)) {
		unsigned level = h->n_levels++;

		h->enabled[level] = controllers_in(own, len, "cgroup.subtree_control");
		h->possible[level] = h->enabled[level];
		if (len == 0 && root_is_open())
			h->possible[level] |= controllers_in(own, len, "cgroup.controllers");
		can |= h->possible[level];
		if (len == 0)
			break;
	}
	if (can & CGROUP_PIDS)
		h->pids = pids_by_default();
}
