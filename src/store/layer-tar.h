/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reading the stored tar of a layer, for its index and its digest. Internal to the store. */

#include "base/strbuf.h"
#include "store/digest.h"
#include "store/layer-index.h"

typedef struct LayerTar {
	const char *layer; /* whose it is, which says how it is read */
	int fd;            /* at its beginning */
	uint64_t size;     /* bytes, of which the file may have more */
	DigestKind kind;
} LayerTar;

/* Reads it once. The caller frees *ret_index; implicit, unless it is NULL, gets the directories
 * that no entry names: paths, each with its NUL. 0, -EINVAL for a tar that cannot be a layer, -EIO,
 * -ENOMEM. */
int layer_tar_read(const LayerTar *tar, LayerIndex **ret_index,
	char ret_hex[static DIGEST_HEX_MAX + 1], StrBuf *implicit, Error *err);
