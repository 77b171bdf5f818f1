/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The views of layers that pods on this machine share: each is mounted once, in a mount namespace
 * where there is nothing else, which a file of the store pins. So all pods have the same pages of a
 * file in memory, and the mount table of the host shows no view. No process has to live for that;
 * with a reboot it is gone.
 *
 * Pods get copies of these mounts. Nothing that is dropped here is taken from a pod: what it has
 * mounted stays as long as it does. */

#include "base/error.h"

/* Between the name of a layer and what tells its views apart. */
#define VIEW_NAME_SEPARATOR ':'

/* Opens the namespace that the file at path pins. Returns its descriptor; -ENOENT when there is
 * none. Of a namespace of its own, even a copy of this one, a process cannot see it: the kernel
 * leaves out files of mount namespaces. */
int view_namespace_open(int dirfd, const char *path);

/* Makes one, if there is none, pinned by the file name in dirfd, for this mount namespace and those
 * that its mounts propagate to. 0 or a negative errno. */
int view_namespace_pin(int dirfd, const char *name);

/* A layer whose view is wanted. */
typedef struct ViewRequest {
	int dir;           /* its directory, -1 for a layer that has no view; the caller's */
	const char *layer; /* its name */
	int fd; /* what came of it, which the caller closes; or a negative errno, -ENOENT for a view
		   that is not mounted there */
} ViewRequest;

/* Opens the roots of n views. 0, or what is the same for all of them: -EINVAL where the caller has
 * more than one thread. */
int view_namespace_look(int namespace, ViewRequest *requests, size_t n);

/* So many layers can be mounted in one call. */
#define VIEWS_AT_ONCE 16

/* Mounts the views of the n layers whose directories are at paths, where their trees would be, in
 * the caller's mount namespace. Those that the namespace does not have are mounted there first; -1:
 * there is none. 0, or as mount_create_view(). The caller has one thread. */
int view_namespace_mount(int namespace, const char *const *paths, size_t n);

/* Drops the views of layers, by their names, that are not needed. Returns how many there are still,
 * or a negative errno. */
int view_namespace_sweep(
	int namespace, bool (*unneeded)(void *userdata, const char *layer), void *userdata);
