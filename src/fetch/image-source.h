/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the parts of an OCI or Docker image come from: a registry, an image layout, an archive.
 * What a source delivers is checked by its user; a source only has to find it. */

#include "fetch/sink.h"
#include "spec/oci.h"

typedef struct ImageSource {
	const char *what; /* names the image in messages, as typed */
	bool remote;      /* what comes from it is worth a progress display */
	/* The bytes of a blob, in order. Called from several threads at once. */
	int (*blob)(void *userdata, const OciDescriptor *blob, Sink sink, Error *err);
	/* The same for a manifest or index that is known by digest. NULL: as blobs. */
	int (*manifest)(void *userdata, const OciDescriptor *manifest, Sink sink, Error *err);
	/* The archive of a layer by its diff id, however it is compressed: that is the proof then.
	 * NULL: layers are blobs. */
	int (*layer)(void *userdata, const char *diff_id, Sink sink, Error *err);
	void *userdata;
} ImageSource;

/* Reads a manifest (or, with is_manifest false, a small blob) whole, and checks size and digest
 * against the descriptor. Fresh, NUL-terminated memory. -EINVAL when they do not match, -EFBIG for
 * more than max bytes. */
int image_source_read(const ImageSource *source, const OciDescriptor *d, bool is_manifest,
	size_t max, char **ret_text, size_t *ret_len, Error *err);

/* A sink that collects into a StrBuf (its userdata). -EFBIG past the ceiling. */
int sink_collect(void *strbuf, const void *data, size_t len, Error *err);
