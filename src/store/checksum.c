/* SPDX-License-Identifier: Apache-2.0 */
#include "store/checksum.h"

#include <fcntl.h>
#include <inttypes.h>
#include <isa-l/crc64.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/atomic-file.h"
#include "base/beneath.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/attributes.h"
#include "store/verity.h"
#include "store/view-tree.h"
#include "store/view-walk.h"
#include "store/whiteout.h"

#define BUFFER_SIZE (1u << 17)
#define FILE_FORMAT "version=1\ncrc64=%016" PRIx64 "\n"
#define FILE_SIZE   (sizeof "version=1\ncrc64=0123456789abcdef\n" - 1)

typedef struct Checksum {
	uint64_t sum;   /* of those of all entries, so that their order is of no account */
	uint64_t shown; /* the same without the status of whiteouts */
	unsigned char *buffer;
} Checksum;

static void add_bytes(uint64_t *crc, const void *data, size_t len)
{
	*crc = crc64_ecma_refl(*crc, data, len);
}

static int add_content(Checksum *c, uint64_t *crc, int fd, Error *err)
{
	ssize_t n;

	while ((n = fd_read(fd, (char *)c->buffer, BUFFER_SIZE)) > 0)
		add_bytes(crc, c->buffer, (size_t)n);
	return n < 0 ? fail_errno(err, (int)n, "read") : 0;
}

static int add_attributes(uint64_t *crc, int fd, const struct stat *st, Arena *arena, Error *err)
{
	uint64_t sum = 0;
	Attributes a;
	int r = attributes_from_file(fd, st, arena, &a, err);

	for (size_t i = 0; r == 0 && i < a.n_xattrs; i++) {
		uint64_t one = 0;

		add_bytes(&one, a.xattrs[i].name, strlen(a.xattrs[i].name) + 1);
		add_bytes(&one, a.xattrs[i].value, a.xattrs[i].size);
		sum += one;
	}
	add_bytes(crc, &sum, sizeof sum);
	return r;
}

static void add_status(uint64_t *crc, const struct stat *st)
{
	char text[256];
	bool dir = S_ISDIR(st->st_mode);
	int len = snprintf(text, sizeof text, "%o %u:%u %lld %lld.%09ld %llx %llu", st->st_mode,
		st->st_uid, st->st_gid, dir ? 0LL : (long long)st->st_size,
		(long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (unsigned long long)st->st_rdev,
		dir ? 0ULL : (unsigned long long)st->st_nlink);

	add_bytes(crc, text, (size_t)len);
}

/* fd: of a directory or file, open for reading. */
static int add_open(Checksum *c, uint64_t *crc, int fd, const struct stat *st, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	bool opaque = S_ISDIR(st->st_mode) && view_is_opaque(fd);
	int r = add_attributes(crc, fd, st, &arena, err);

	add_bytes(crc, &opaque, sizeof opaque);
	return r < 0 || S_ISDIR(st->st_mode) ? r : add_content(c, crc, fd, err);
}

static int add_file(Checksum *c, uint64_t *crc, const ViewEntry *e, Error *err)
{
	_cleanup_close_ int fd = path_open_beneath(e->dir, e->name, O_RDONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fail_errno(err, fd, "open") : add_open(c, crc, fd, &e->st, err);
}

static int add_symlink(uint64_t *crc, const ViewEntry *e, Error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(e->dir, e->name, target, sizeof target);

	if (n < 0)
		return fail_errno(err, -errno, "read the link");
	add_bytes(crc, target, (size_t)n);
	return 0;
}

/* A ViewVisit. */
static int add_entry(void *userdata, const ViewEntry *e, Error *err)
{
	Checksum *c = userdata;
	uint64_t crc = 0, name;
	int r = 0;

	add_bytes(&crc, e->path, strlen(e->path) + 1);
	name = crc;
	add_status(&crc, &e->st);
	if (e->fd >= 0)
		r = add_open(c, &crc, e->fd, &e->st, err);
	else if (S_ISREG(e->st.st_mode))
		r = add_file(c, &crc, e, err);
	else if (S_ISLNK(e->st.st_mode))
		r = add_symlink(&crc, e, err);
	c->sum += crc;
	c->shown += whiteout_is(&e->st) ? name : crc;
	return r;
}

int tree_checksum(int root, uint64_t *ret, uint64_t *ret_shown, Error *err)
{
	_cleanup_free_ unsigned char *buffer = malloc(BUFFER_SIZE);
	Checksum c = {.buffer = buffer};
	ViewEntry e = {.path = "", .fd = root};
	int r;

	if (!buffer)
		return fail_oom(err);
	r = fstat(root, &e.st) < 0 ? fail_errno(err, -errno, "stat") : add_entry(&c, &e, err);
	if (r == 0)
		r = layer_visit(root, add_entry, &c, err);
	if (r < 0)
		return r;
	*ret = c.sum;
	if (ret_shown)
		*ret_shown = c.shown;
	return 0;
}

int layer_checksum(const Store *s, const char *layer, uint64_t *ret, Error *err)
{
	_cleanup_close_ int root = store_layer_open(s, layer, err);
	int r;

	if (root < 0)
		return root;
	r = tree_checksum(root, ret, NULL, err);
	return r < 0 ? wrap(err, r, "cannot read layer %s", layer) : 0;
}

int layer_checksum_noted(const Store *s, const char *layer, uint64_t *ret, Error *err)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t len;
	int r;

	if (str_format(&path, "tree/%s/checksum", layer) < 0)
		return fail_oom(err);
	r = fd_read_file(s->cas_fd, path, FILE_SIZE, &text, &len, err);
	if (r < 0 && r != -EFBIG)
		return r;
	if (r == -EFBIG || len != FILE_SIZE || sscanf(text, FILE_FORMAT, ret) != 1)
		return fail(err, -EBADMSG, "%s/%s is damaged", s->path, path);
	return 0;
}

int layer_note_checksum(const Store *s, const char *layer, uint64_t sum, Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int dir = -1;
	char text[FILE_SIZE + 1];

	if (str_format(&path, "tree/%s", layer) < 0)
		return fail_oom(err);
	dir = fd_open_dir(s->cas_fd, path);
	if (dir < 0)
		return fail_errno(err, dir, "open %s/%s", s->path, path);
	(void)snprintf(text, sizeof text, FILE_FORMAT, sum);
	return atomic_write_synced(dir, "checksum", 0640, text, FILE_SIZE, err);
}

/* One that is damaged is not replaced: it is all that tells that something has happened there. */
static int note_if_missing(const Store *s, const char *layer, Error *err)
{
	uint64_t sum;
	int r;

	if (layer_checksum_noted(s, layer, &sum, NULL) != -ENOENT)
		return 0;
	r = layer_checksum(s, layer, &sum, err);
	return r < 0 ? r : layer_note_checksum(s, layer, sum, err);
}

static int secure(const Store *s, const char *layer, Error *err)
{
	LayerInfo info;

	if (store_layer_info(s, layer, &info, NULL) < 0)
		return 0;
	return info.tar_size < 0 ? note_if_missing(s, layer, err)
				 : layer_protect_view(s, layer, err);
}

int store_secure_layers(const Store *s, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "tree");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/tree", s->path);
	while ((entry = readdir(dir))) {
		int one = secure(s, entry->d_name, r == 0 ? err : NULL);

		r = r == 0 ? one : r;
	}
	return r;
}
