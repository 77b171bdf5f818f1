/* SPDX-License-Identifier: Apache-2.0 */
#include "base/directory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/macro.h"

static int make(int dirfd, const char *path, mode_t mode)
{
	return mkdirat(dirfd, path, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int path_mkdir_parents(int dirfd, const char *path, mode_t mode)
{
	/* The parent is there nearly always. */
	int r = path[0] ? make(dirfd, path, mode) : 0;
	char copy[PATH_MAX];
	size_t len;

	if (r != -ENOENT)
		return r;
	len = strlen(path);
	if (len >= sizeof copy)
		return -ENAMETOOLONG;
	memcpy(copy, path, len + 1);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = make(dirfd, copy, mode);
		if (r < 0)
			return r;
		*slash = '/';
	}
	return make(dirfd, path, mode);
}
