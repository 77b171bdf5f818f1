/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The names of images in policies and signatures: Docker references in their whole form, where
 * Docker's own registry is called docker.io and nothing is left out but the tag. */

#include "spec/docker-ref.h"

typedef struct DockerName {
	const char *repository; /* "docker.io/library/busybox", "127.0.0.1:5000/team/app" */
	const char *tag;        /* NULL: none was given, or a digest was */
	const char *digest;     /* "sha256:...", or NULL */
} DockerName;

/* The name of an image that a user named. Memory is from arena. 0 or -ENOMEM. */
int docker_name_of(const DockerRef *ref, Arena *arena, DockerName *ret);

/* Reads a reference; one without a tag gets none. 0, -EINVAL or -ENOMEM. */
int docker_name_parse(const char *text, Arena *arena, DockerName *ret, Error *err);
