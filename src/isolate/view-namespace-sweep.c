/* SPDX-License-Identifier: Apache-2.0 */

/* Dropping views of layers that no pod needs any more. */

#include "isolate/view-namespace.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include "base/cleanup.h"
#include "isolate/mount-place.h"

/* Of the working directory. */
static int drop(const char *name)
{
	if (umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL)
		return -errno;
	return rmdir(name) < 0 ? -errno : 0;
}

static bool is_needed(
	const char *name, bool (*unneeded)(void *userdata, const char *layer), void *userdata)
{
	char layer[NAME_MAX + 1];

	(void)snprintf(layer, sizeof layer, "%.*s",
		(int)(strchrnul(name, VIEW_NAME_SEPARATOR) - name), name);
	return !unneeded(userdata, layer);
}

static int sweep(bool (*unneeded)(void *userdata, const char *layer), void *userdata)
{
	_cleanup_closedir_ DIR *dir = opendir(".");
	const struct dirent *entry;
	int left = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
			(is_needed(entry->d_name, unneeded, userdata) || drop(entry->d_name) < 0))
			left++;
	return left;
}

int view_namespace_sweep(
	int namespace, bool (*unneeded)(void *userdata, const char *layer), void *userdata)
{
	MountPlace here = MOUNT_PLACE_INIT;
	int back, r = mount_place_note(&here);

	if (r < 0)
		return r;
	r = setns(namespace, CLONE_NEWNS) < 0 ? -errno : sweep(unneeded, userdata);
	back = mount_place_return(&here);
	mount_place_done(&here);
	return back < 0 ? back : r;
}
