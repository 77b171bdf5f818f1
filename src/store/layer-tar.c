/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer-tar.h"

#include "base/fd.h"
#include "store/key.h"
#include "store/unpack.h"

#define BUFFER_SIZE (1u << 17)

typedef struct Reading {
	const LayerTar *tar;
	uint64_t left; /* bytes that have not been read */
	Digest *digest;
	StrBuf *implicit;
	char *buffer;
} Reading;

/* An UnpackRead. */
static ssize_t read_some(void *source, const void **ret, Error *err)
{
	Reading *x = source;
	ssize_t n = fd_read(x->tar->fd, x->buffer, (size_t)MIN(x->left, (uint64_t)BUFFER_SIZE));
	int r = n < 0 ? fail_errno(err, (int)n, "read the tar of layer %s", x->tar->layer)
		      : digest_update(x->digest, x->buffer, (size_t)n, err);

	*ret = x->buffer;
	x->left -= n > 0 ? (uint64_t)n : 0;
	return r < 0 ? r : n;
}

/* An UnpackOptions.file. */
static int pass_over(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	return 0;
}

/* An UnpackOptions.implicit. */
static int note_implicit(void *userdata, const char *path, Error *err)
{
	Reading *x = userdata;

	strbuf_add(x->implicit, path, strlen(path) + 1);
	return x->implicit->error ? fail_errno(err, x->implicit->error, "note directory") : 0;
}

static int read_all(Reading *x, LayerIndex *index, Error *err)
{
	bool is_aci = key_valid(x->tar->layer);
	const UnpackOptions options = {
		.what = x->tar->layer,
		.strip = is_aci ? "rootfs" : NULL,
		.whiteouts = !is_aci,
		.limits = {.max_bytes = UINT64_MAX, .max_entries = UINT64_MAX},
		.index = index,
		.file = is_aci ? pass_over : NULL,
		.file_max = SIZE_MAX,
		.implicit = is_aci || !x->implicit ? NULL : note_implicit,
		.userdata = x,
	};
	UnpackResult result;

	return unpack_tar(-1, read_some, x, &options, &result, err);
}

int layer_tar_read(const LayerTar *tar, LayerIndex **ret_index,
	char ret_hex[static DIGEST_HEX_MAX + 1], StrBuf *implicit, Error *err)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	_cleanup_digest_ Digest *digest = NULL;
	_cleanup_free_ char *buffer = malloc(BUFFER_SIZE);
	Reading x = {.tar = tar, .left = tar->size, .implicit = implicit, .buffer = buffer};
	int r = buffer ? layer_index_new(&index, err) : fail_oom(err);

	if (r == 0)
		r = digest_new(tar->kind, &digest, err);
	if (r < 0)
		return r;
	x.digest = digest;
	r = read_all(&x, index, err);
	if (r == 0)
		r = digest_finish(digest, ret_hex, err);
	if (r == 0)
		*ret_index = TAKE_PTR(index);
	return r;
}
