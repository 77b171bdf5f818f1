/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Docker image references: "[HOST[:PORT]/]NAME[:TAG][@DIGEST]", with the defaults that people
 * expect. The first component is a host when it contains '.' or ':' or is "localhost". */

#include "base/arena.h"
#include "base/error.h"

#define DOCKER_DEFAULT_HOST "registry-1.docker.io"

typedef struct DockerRef {
	const char *host;       /* "registry-1.docker.io", "127.0.0.1:5000": in lower case, its
				   port as a plain number and not 443 */
	const char *repository; /* "library/busybox" */
	const char *tag;    /* "latest" when neither tag nor digest was given; NULL with a digest */
	const char *digest; /* "sha256:..."; NULL without */
} DockerRef;

/* Parses text (what stands behind "docker://"), with memory from arena. The names docker.io and
 * index.docker.io mean the default host. A reference with tag and digest is one by digest. 0,
 * -ENOMEM, or -EINVAL with "invalid reference format". */
int docker_ref_parse(const char *text, Arena *arena, DockerRef *ret, Error *err);

/* The host that a name of a registry means: the default host for docker.io and index.docker.io,
 * otherwise host itself. */
const char *docker_ref_host(const char *host);

/* Reads a name of a registry, "HOST[:PORT]", as it is written at the beginning of a reference, and
 * gives it the one spelling that it has in DockerRef; docker.io stays what it is. Memory is from
 * arena. 0, -ENOMEM, or -EINVAL for what is no host. */
int docker_ref_host_parse(const char *text, Arena *arena, const char **ret);
