/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/cgroup-usage.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"

#define MEMBERSHIP_MAX (64u << 10)
#define FILE_MAX       (64u << 10)

/* Where a figure stands. */
typedef struct Place {
	CgroupFigure figure;
	const char *controller; /* of v1; "": v2 */
	const char *file;
	const char *word; /* in front of the number; NULL: it is all of the file */
	uint64_t unit;
	bool minus; /* is taken from what the figure is already */
} Place;

static const Place places[] = {
	{CGROUP_CPU_NS, "", "cpu.stat", "usage_usec ", 1000},
	{CGROUP_CPU_NS, "cpuacct", "cpuacct.usage", NULL, 1},
	{CGROUP_MEMORY_USED, "", "memory.current", NULL, 1},
	{CGROUP_MEMORY_USED, "", "memory.stat", "inactive_file ", 1, .minus = true},
	{CGROUP_MEMORY_USED, "memory", "memory.usage_in_bytes", NULL, 1},
	{CGROUP_MEMORY_USED, "memory", "memory.stat", "total_inactive_file ", 1, .minus = true},
	{CGROUP_MEMORY_LIMIT, "", "memory.max", NULL, 1},
	{CGROUP_MEMORY_LIMIT, "memory", "memory.limit_in_bytes", NULL, 1},
	{CGROUP_PIDS_NOW, "", "pids.current", NULL, 1},
	{CGROUP_PIDS_NOW, "pids", "pids.current", NULL, 1},
	{CGROUP_IO_READ, "", "io.stat", "rbytes=", 1},
	{CGROUP_IO_WRITTEN, "", "io.stat", "wbytes=", 1},
};

/* The end of a component of this name in a path of len bytes, or NULL. */
static const char *behind(const char *path, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n < len; i++)
		if (path[i] == '/' && memcmp(path + i + 1, name, n) == 0 &&
			(i + 1 + n == len || path[i + 1 + n] == '/'))
			return path + i + 1 + n;
	return NULL;
}

/* The directory of a process's cgroup for a place. False when it is none that is meant. */
static bool find_directory(const CgroupHost *h, const char *controller, const char *outer,
	const char *inner, char ret[static PATH_MAX])
{
	char mount[PATH_MAX];
	size_t len;
	const char *path = cgroup_host_path(h, controller, &len), *end;

	if (!path || !cgroup_host_mount(h, controller, mount, sizeof mount))
		return false;
	end = behind(path, len, outer);
	if (end && inner) {
		size_t rest = len - (size_t)(end - path), n = strlen(inner);

		if (rest < n + 1 || memcmp(end + 1, inner, n) != 0 ||
			(rest > n + 1 && end[n + 1] != '/'))
			return false;
		end += n + 1;
	}
	if (!end)
		return false;
	return snprintf(ret, PATH_MAX, "%s%.*s", mount, (int)(end - path), path) < PATH_MAX;
}

/* The sum of the numbers behind a word; -ENOENT when there is none. */
static int add_up(const char *text, const char *word, uint64_t *ret)
{
	uint64_t sum = 0;
	bool any = false;

	for (const char *at = text; (at = strstr(at, word)); at += strlen(word)) {
		char number[32];
		uint64_t n;

		/* "file 1" is none of "inactive_file 1". */
		if (at > text && at[-1] != '\n' && at[-1] != ' ')
			continue;
		(void)snprintf(number, sizeof number, "%.*s",
			(int)strspn(at + strlen(word), "0123456789"), at + strlen(word));
		if (number_parse_u64(number, UINT64_MAX, &n) < 0)
			continue;
		sum += n;
		any = true;
	}
	*ret = sum;
	return any ? 0 : -ENOENT;
}

static int read_place(const char *directory, const Place *place, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/%s", directory, place->file) >= PATH_MAX ||
		fd_read_file(AT_FDCWD, path, FILE_MAX, &text, NULL, NULL) < 0)
		return -ENOENT;
	if (place->word)
		return add_up(text, place->word, ret);
	text[strcspn(text, "\n")] = '\0';
	/* "max" is no number. */
	return number_parse_u64(text, UINT64_MAX, ret);
}

void cgroup_usage_read(
	const CgroupHost *host, pid_t pid, const char *outer, const char *inner, CgroupUsage *ret)
{
	_cleanup_free_ char *membership = NULL;
	CgroupHost there = {.mode = host->mode};
	char path[PATH_MAX];

	*ret = (CgroupUsage){0};
	(void)snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	if (fd_read_file(AT_FDCWD, path, MEMBERSHIP_MAX, &membership, NULL, NULL) < 0)
		return;
	there.membership = membership;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const Place *place = &places[i];
		unsigned bit = 1u << place->figure;
		uint64_t n;

		if ((!place->minus && (ret->known & bit)) ||
			(place->minus && !(ret->known & bit)) ||
			!find_directory(&there, place->controller, outer, inner, path) ||
			read_place(path, place, &n) < 0)
			continue;
		n *= place->unit;
		if (place->minus)
			ret->figures[place->figure] -= MIN(n, ret->figures[place->figure]);
		else
			ret->figures[place->figure] = n;
		ret->known |= bit;
	}
}
