/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a process is among mounts: its mount namespace, its "/" and its working directory. A
 * process that goes to another mount namespace loses all three, and finds back by this. It must not
 * share them with another thread. Nothing here allocates or prints: rkt-init uses it. */

typedef struct MountPlace {
	int namespace, root, cwd;
} MountPlace;

#define MOUNT_PLACE_INIT                                                                           \
	{                                                                                          \
		.namespace = -1, .root = -1, .cwd = -1                                             \
	}

/* Notes the caller's place. 0 or a negative errno; to be freed with mount_place_done(). */
int mount_place_note(MountPlace *ret);
void mount_place_done(MountPlace *place);

/* Goes back there. 0 or a negative errno, after which nothing can be relied on. */
int mount_place_return(const MountPlace *place);
