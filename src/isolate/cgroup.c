/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "isolate/cgroup-internal.h"

#define ROOT           CGROUP_ROOT
#define MEMBERSHIP_MAX (64u << 10)

static bool is_type(const char *path, unsigned magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned)fs.f_type == magic;
}

static CgroupMode find_mode(void)
{
	if (is_type(ROOT, CGROUP2_SUPER_MAGIC))
		return CGROUP_V2;
	if (is_type(ROOT "/unified", CGROUP2_SUPER_MAGIC))
		return CGROUP_HYBRID;
	return is_type(ROOT "/devices", CGROUP_SUPER_MAGIC) ? CGROUP_V1 : CGROUP_NONE;
}

int cgroup_host_read(CgroupHost *ret, Error *err)
{
	char *membership;
	int r = fd_read_file(AT_FDCWD, "/proc/self/cgroup", MEMBERSHIP_MAX, &membership, NULL, err);

	if (r < 0)
		return r;
	*ret = (CgroupHost){.mode = find_mode(), .membership = membership};
	if (ret->mode == CGROUP_V2)
		cgroup_controllers_read(ret, 1);
	return 0;
}

void cgroup_host_read_levels(CgroupHost *h)
{
	if (h->mode == CGROUP_V2)
		cgroup_controllers_read(h, CGROUP_LEVELS_MAX);
}

void cgroup_host_done(CgroupHost *h)
{
	free(h->membership);
	h->membership = NULL;
}

/* Whether a comma-separated list of len bytes has an element. */
static bool list_has(const char *list, size_t len, const char *element)
{
	size_t n = strlen(element);

	if (n == 0)
		return len == 0;
	while (len > 0) {
		const char *comma = memchr(list, ',', len);
		size_t part = comma ? (size_t)(comma - list) : len;

		if (part == n && memcmp(list, element, n) == 0)
			return true;
		list += MIN(part + 1, len);
		len -= MIN(part + 1, len);
	}
	return false;
}

const char *cgroup_host_path(const CgroupHost *h, const char *controller, size_t *ret_len)
{
	/* Lines are "5:cpu,cpuacct:/path", v2's is "0::/path". */
	for (const char *line = h->membership; *line;) {
		size_t n = strcspn(line, "\n");
		const char *list = memchr(line, ':', n), *path = NULL;

		if (list)
			path = memchr(list + 1, ':', n - (size_t)(list + 1 - line));
		if (path && list_has(list + 1, (size_t)(path - list - 1), controller)) {
			*ret_len = n - (size_t)(path + 1 - line);
			return path + 1;
		}
		line += n + (line[n] == '\n');
	}
	return NULL;
}

const char *cgroup_host_mount(const CgroupHost *h, const char *controller, char *buf, size_t size)
{
	const char *name = startswith(controller, "name=");

	if (controller[0] == '\0') {
		(void)snprintf(buf, size, "%s", h->mode == CGROUP_V2 ? ROOT : ROOT "/unified");
		return access(buf, F_OK) == 0 ? buf : NULL;
	}
	/* Its directory stays when it is unmounted. */
	(void)snprintf(buf, size, ROOT "/%s", name ? name : controller);
	return is_type(buf, CGROUP_SUPER_MAGIC) ? buf : NULL;
}
