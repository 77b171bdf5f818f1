/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/mount-place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>
#include "base/cleanup.h"

int mount_place_note(MountPlace *ret)
{
	*ret = (MountPlace){
		.namespace = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC),
		.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
	if (ret->namespace >= 0 && ret->root >= 0 && ret->cwd >= 0)
		return 0;
	mount_place_done(ret);
	return -EIO;
}

void mount_place_done(MountPlace *place)
{
	place->namespace = fd_close(place->namespace);
	place->root = fd_close(place->root);
	place->cwd = fd_close(place->cwd);
}

int mount_place_return(const MountPlace *place)
{
	if (setns(place->namespace, CLONE_NEWNS) < 0 || fchdir(place->root) < 0 ||
		chroot(".") < 0 || fchdir(place->cwd) < 0)
		return -errno;
	return 0;
}
