/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include "base/fd.h"
#include "store/import.h"
#include "store/key.h"
#include "store/layer-tar.h"

typedef struct Check {
	const char *layer;
	LayerInfo info;
	int dir, tar;
	StrBuf implicit; /* paths, each with its NUL */
} Check;

static void check_done(Check *c)
{
	(void)fd_close(c->dir);
	(void)fd_close(c->tar);
	strbuf_done(&c->implicit);
}

static int open_all(Check *c, const Store *s, Error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = store_layer_info(s, c->layer, &c->info, err);

	if (r < 0)
		return r;
	if (str_format(&path, "tree/%s", c->layer) < 0)
		return fail_oom(err);
	c->dir = fd_open_dir(s->cas_fd, path);
	c->tar = c->dir < 0 ? c->dir : openat(c->dir, "tar", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (c->tar < 0)
		return fail(err, -EBADMSG, "layer %s is damaged (it has no tar)", c->layer);
	return 0;
}

/* The digest of the tar, against that which was noted, or else the layer's name: of ACIs that is a
 * part of it. */
static int check_digest(const Check *c, const char *hex, Error *err)
{
	const char *wanted = *c->info.tar_digest ? c->info.tar_digest : strchr(c->layer, '-') + 1;
	size_t n = key_valid(c->layer) ? strlen(wanted) : DIGEST_HEX_MAX + 1;

	if (strncmp(hex, wanted, n) == 0)
		return 0;
	return fail(
		err, -EBADMSG, "layer %s is damaged (its tar has the digest %s)", c->layer, hex);
}

static DigestKind digest_kind(const Check *c)
{
	return !*c->info.tar_digest && startswith(c->layer, "sha512-") ? DIGEST_SHA512
								       : DIGEST_SHA256;
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
	const LayerTar tar = {
		.layer = c->layer,
		.fd = c->tar,
		.size = (uint64_t)c->info.tar_size,
		.kind = digest_kind(c),
	};
	_cleanup_layer_index_ LayerIndex *index = NULL;
	char hex[DIGEST_HEX_MAX + 1];
	int r = layer_tar_read(&tar, &index, hex, &c->implicit, err);

	if (r == -EINVAL || r == -EIO) {
		error_clear(err);
		return fail(
			err, -EBADMSG, "layer %s is damaged (its tar cannot be read)", c->layer);
	}
	if (r == 0)
		r = check_digest(c, hex, err);
	if (r == 0)
		r = check_index(c, index, tar.size, hex, err);
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
		.implicit = STRBUF_INIT(LAYER_IMPLICIT_MAX),
	};
	int r = open_all(&c, s, err);

	return r < 0 ? r : check(&c, err);
}
