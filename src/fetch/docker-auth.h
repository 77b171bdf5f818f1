/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files in which docker (config.json) and podman (auth.json, containers-auth.json(5)) keep
 * logins at registries, and the credential helpers that such a file names. */

#include "fetch/credentials.h"

/* Looks for the login in the file at path: by its helper for the registry, if it has one, then by
 * what it holds itself. 1 found, 0 not found (also when there is no such file), or a negative errno
 * as credentials_for_registry(). */
int docker_auth_find(
	const char *path, const char *registry, const char *repository, Login *ret, Error *err);

/* The same of a text: the contents of the file, which path names in messages. */
int docker_auth_find_in(const char *text, size_t len, const char *path, const char *registry,
	const char *repository, Login *ret, Error *err);
