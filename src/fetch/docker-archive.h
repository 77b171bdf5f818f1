/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images from a file as "docker save", "podman save" and "skopeo copy docker-archive:" write it: a
 * tar with manifest.json, configs and layers; the whole file may be compressed. */

#include "fetch/fetch.h"

/* Imports the image one of whose RepoTags matches ref->tag (fetch/image-tag.h), or the only one,
 * from the file ref->path. */
int docker_archive_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
