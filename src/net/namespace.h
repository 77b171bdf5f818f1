/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Network namespaces: those of pods have a name below NAMESPACE_DIRECTORY, so that they stay, with
 * all that is in them, until they are removed. */

#include "base/error.h"

#define NAMESPACE_DIRECTORY "/var/run/netns"

/* A routing socket in the namespace that fd is open on. The caller stays in its own. Returns a
 * descriptor or a negative errno. */
int namespace_open_routing(int fd);

/* Calls run inside the namespace. Its result, or a negative errno. */
int namespace_run(int fd, int (*run)(void *userdata, Error *err), void *userdata, Error *err);

/* Makes a namespace whose loopback is up. The caller stays in its own. Returns a descriptor of it
 * or a negative errno. */
int namespace_create(Error *err);

/* The namespace of this name: a descriptor, or -ENOENT when there is none, as after the machine was
 * started anew. */
int namespace_open(const char *path);

/* Gives the namespace the name path, which is in NAMESPACE_DIRECTORY. 0 or a negative errno. */
int namespace_keep(int fd, const char *path, Error *err);

/* Takes the name away: fine when it is not there. 0 or a negative errno. */
int namespace_drop(const char *path, Error *err);
