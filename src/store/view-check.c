/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/digest.h"
#include "store/import.h"
#include "store/key.h"
#include "store/layer-index.h"
#include "store/unpack.h"

#define BUFFER_SIZE (1u << 17)

typedef struct Check {
	const char *layer;
	int dir, tar;
	bool is_aci;
	uint64_t left; /* bytes of the tar that have not been read */
	Digest *digest;
	StrBuf implicit; /* paths, each with its NUL */
	char *buffer;
} Check;

static void check_done(Check *c)
{
	(void)fd_close(c->dir);
	(void)fd_close(c->tar);
	(void)digest_free(c->digest);
	strbuf_done(&c->implicit);
	free(c->buffer);
}

/* An UnpackRead. */
static ssize_t read_tar(void *source, const void **ret, Error *err)
{
	Check *c = source;
	ssize_t n = fd_read(c->tar, c->buffer, (size_t)MIN(c->left, (uint64_t)BUFFER_SIZE));
	int r = n < 0 ? fail_errno(err, (int)n, "read the tar")
		      : digest_update(c->digest, c->buffer, (size_t)n, err);

	*ret = c->buffer;
	c->left -= n > 0 ? (uint64_t)n : 0;
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
	Check *c = userdata;

	strbuf_add(&c->implicit, path, strlen(path) + 1);
	return c->implicit.error ? fail_errno(err, c->implicit.error, "note directory") : 0;
}

static int open_all(Check *c, const Store *s, Error *err)
{
	_cleanup_free_ char *path = NULL;
	int64_t bytes, size;
	int r = store_layer_size(s, c->layer, &bytes, &size, err);

	if (r < 0)
		return r;
	if (str_format(&path, "tree/%s", c->layer) < 0)
		return fail_oom(err);
	c->left = (uint64_t)size;
	c->dir = fd_open_dir(s->cas_fd, path);
	c->tar = c->dir < 0 ? c->dir : openat(c->dir, "tar", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	c->buffer = malloc(BUFFER_SIZE);
	if (!c->buffer)
		return fail_oom(err);
	if (c->tar < 0)
		return fail(err, -EBADMSG, "layer %s is damaged (it has no tar)", c->layer);
	return digest_new(
		startswith(c->layer, "sha512-") ? DIGEST_SHA512 : DIGEST_SHA256, &c->digest, err);
}

/* The digest of the tar, against the layer's name: of ACIs that is a part of it. */
static int check_digest(const Check *c, char hex[static DIGEST_HEX_MAX + 1], Error *err)
{
	const char *wanted = strchr(c->layer, '-') + 1;
	size_t n = c->is_aci ? strlen(wanted) : DIGEST_HEX_MAX + 1;
	int r = digest_finish(c->digest, hex, err);

	if (r == 0 && strncmp(hex, wanted, n) != 0)
		r = fail(err, -EBADMSG, "layer %s is damaged (its tar has the digest %s)", c->layer,
			hex);
	return r;
}

/* A file of the layer that should have this content. */
static int check_file(const Check *c, const char *name, const char *data, size_t len, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t n = 0;
	int r = fd_read_file(c->dir, name, len, &text, &n, err);

	if (r == -ENOMEM)
		return r;
	if (r < 0 || n != len || memcmp(text, data, len) != 0) {
		error_clear(err);
		return fail(err, -EBADMSG, "layer %s is damaged (its %s is not that of its tar)",
			c->layer, name);
	}
	return 0;
}

static int check_index(
	const Check *c, LayerIndex *index, uint64_t tar_size, const char *digest, Error *err)
{
	_cleanup_close_ int fd = memfd_create("index", MFD_CLOEXEC);
	void *memory;
	off_t size;
	int r;

	if (fd < 0)
		return fail_errno(err, -errno, "make room for an index");
	r = layer_index_write(index, tar_size, digest, fd, err);
	if (r < 0)
		return r;
	size = lseek(fd, 0, SEEK_END);
	memory = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return fail_errno(err, -errno, "map an index");
	r = check_file(c, "index", memory, (size_t)size, err);
	(void)munmap(memory, (size_t)size);
	return r;
}

static int check(Check *c, Error *err)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	UnpackOptions options = {
		.what = c->layer,
		.strip = c->is_aci ? "rootfs" : NULL,
		.whiteouts = !c->is_aci,
		.limits = {.max_bytes = UINT64_MAX, .max_entries = UINT64_MAX},
		.file = c->is_aci ? pass_over : NULL,
		.file_max = SIZE_MAX,
		.implicit = c->is_aci ? NULL : note_implicit,
		.userdata = c,
	};
	uint64_t size = c->left;
	char hex[DIGEST_HEX_MAX + 1];
	UnpackResult result;
	int r = layer_index_new(&index, err), unpacked;

	if (r < 0)
		return r;
	options.index = index;
	unpacked = unpack_tar(-1, read_tar, c, &options, &result, err);
	if (unpacked < 0 && unpacked != -EINVAL && unpacked != -EIO)
		return unpacked;
	if (unpacked < 0) {
		error_clear(err);
		return fail(
			err, -EBADMSG, "layer %s is damaged (its tar cannot be read)", c->layer);
	}
	r = check_digest(c, hex, err);
	if (r == 0)
		r = check_index(c, index, size, hex, err);
	if (r == 0 && c->implicit.len > 0)
		r = check_file(c, "implicit", strbuf_text(&c->implicit), c->implicit.len, err);
	return r;
}

int layer_view_check(const Store *s, const char *layer, Error *err)
{
	_cleanup_(check_done) Check c = {
		.layer = layer,
		.dir = -1,
		.tar = -1,
		.is_aci = key_valid(layer),
		.implicit = STRBUF_INIT(LAYER_IMPLICIT_MAX),
	};
	int r = open_all(&c, s, err);

	return r < 0 ? r : check(&c, err);
}
