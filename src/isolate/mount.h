/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Mounts through descriptors (the mount API of Linux 5.2 and later): a filesystem is made detached,
 * given its attributes, and only then attached, to a directory that was opened safely before.
 * Nothing here allocates or prints: rkt-init uses it. All functions return a negative errno on
 * failure. */

#include <stdint.h>
#include "base/macro.h"

/* A new, detached instance of a filesystem. options is a list of NUL-terminated "key=value" or
 * "key" strings of len bytes in all; attrs are MOUNT_ATTR_* flags. Returns its descriptor. */
int mount_create(const char *fstype, const char *options, uint32_t len, uint64_t attrs);

/* A new, detached overlay. lowers is a list like options above, uppermost first; upper and work may
 * be "" for a read-only one. All relative to the working directory. Returns its descriptor. */
int mount_create_overlay(
	const char *lowers, uint32_t len, const char *upper, const char *work, bool is_volatile);

/* Whether the layer with this directory has a view, and not a tree. */
bool mount_has_view(const char *layer);

/* Whether the kernel with this release ("6.18.44-1-amd64") can be asked for a view at all: those
 * before 6.12.2 have none, or such whose blocks are too small for them, and fall over it. */
bool mount_release_knows_views(const char *release);

/* The same for the kernel that runs. */
bool mount_knows_views(void);

/* A new, detached, read-only view of the layer with this directory, of 240 bytes at most
 * (docs/formats/layer-view.md). Returns its descriptor; -EINVAL, -ENODEV, -ENOTBLK, -EOPNOTSUPP or
 * -EPERM where the kernel, the filesystem or the user namespace does not have such mounts. */
int mount_create_view(const char *layer);

/* Attaches it where the layer's tree would be. */
int mount_attach_view(int fd, const char *layer);

/* A detached copy of what is mounted at path below dirfd (an empty path: at dirfd itself), with
 * everything below it if recursive. Returns its descriptor. */
int mount_clone(int dirfd, const char *path, bool recursive);

/* Sets MOUNT_ATTR_* flags on a mount, or on all below it too. */
int mount_set_attrs(int fd, uint64_t attrs, bool recursive);

/* Makes files below a detached mount seem to belong to others: the owner with number N on disk is
 * the N of the user namespace. */
int mount_set_idmap(int fd, int user_namespace);

/* Makes everything that is mounted in this namespace a slave of where it came from: what the host
 * mounts later still shows up, nothing that is mounted here goes back. */
int mount_make_slave(void);

/* Attaches a detached mount on top of target_fd (a directory or file opened with O_PATH or for
 * reading). */
int mount_attach(int fd, int target_fd);

/* Makes the directory root_fd "/" of this mount namespace and drops what was "/" before. The
 * working directory becomes the new root. */
int mount_pivot(int root_fd);
