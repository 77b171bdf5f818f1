/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include "base/beneath.h"
#include "base/fd.h"
#include "store/attributes.h"
#include "store/hard-links.h"
#include "store/view-tree.h"

#define BUFFER_SIZE (1u << 17)
#define ROOT        "rootfs"

typedef struct Pack {
	struct archive *archive;
	PackIds ids;
	PackWrite write;
	void *userdata;
	int result; /* of write, and what it says */
	Error *err;
	HardLinks links;
	char buffer[BUFFER_SIZE];
} Pack;

/* libarchive's way to get rid of bytes. */
static la_ssize_t pass_on(struct archive *archive, void *userdata, const void *data, size_t len)
{
	Pack *p = userdata;

	p->result = p->write(p->userdata, data, len, p->err);
	return p->result < 0 ? -1 : (la_ssize_t)len;
}

static int archive_failed(const Pack *p, Error *err)
{
	if (p->result < 0)
		return p->result;
	return fail(err, -EINVAL, "%s", archive_error_string(p->archive));
}

static int put_header(Pack *p, struct archive_entry *entry, Error *err)
{
	int r = archive_write_header(p->archive, entry);

	/* A warning is of something that the format has no room for. */
	return r != ARCHIVE_OK ? archive_failed(p, err) : 0;
}

static int put_data(Pack *p, const void *data, size_t len, Error *err)
{
	return archive_write_data(p->archive, data, len) != (la_ssize_t)len ? archive_failed(p, err)
									    : 0;
}

static int put_content(Pack *p, int fd, off_t size, Error *err)
{
	while (size > 0) {
		ssize_t n = fd_read(fd, p->buffer, MIN((size_t)size, sizeof p->buffer));
		int r;

		if (n <= 0)
			return n < 0 ? fail_errno(err, (int)n, "read")
				     : fail(err, -EIO, "the file ends early");
		r = put_data(p, p->buffer, (size_t)n, err);
		if (r < 0)
			return r;
		size -= n;
	}
	return 0;
}

static uint32_t id_of(const Pack *p, uint32_t id)
{
	return id - p->ids.first < p->ids.n ? id - p->ids.first : id;
}

static struct archive_entry *entry_new(const Pack *p, const char *path, const struct stat *st)
{
	struct archive_entry *entry = archive_entry_new();

	if (!entry)
		return NULL;
	archive_entry_copy_stat(entry, st);
	archive_entry_set_uid(entry, id_of(p, st->st_uid));
	archive_entry_set_gid(entry, id_of(p, st->st_gid));
	/* Times that no ACI needs, and that would make each export another one. */
	archive_entry_unset_atime(entry);
	archive_entry_unset_ctime(entry);
	archive_entry_unset_birthtime(entry);
	archive_entry_set_pathname(entry, path);
	return entry;
}

DEFINE_CLEANUP(struct archive_entry *, archive_entry_free)
#define _cleanup_entry_ _cleanup_(archive_entry_freep)

static int add_xattrs(
	struct archive_entry *entry, int fd, const struct stat *st, Arena *arena, Error *err)
{
	Attributes a;
	int r = attributes_from_file(fd, st, arena, &a, err);

	for (size_t i = 0; r == 0 && i < a.n_xattrs; i++)
		archive_entry_xattr_add_entry(
			entry, a.xattrs[i].name, a.xattrs[i].value, a.xattrs[i].size);
	return r;
}

/* fd: of a file or directory, open for reading. */
static int put_open(Pack *p, struct archive_entry *entry, int fd, const struct stat *st, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	int r = add_xattrs(entry, fd, st, &arena, err);

	if (r == 0)
		r = put_header(p, entry, err);
	return r < 0 || !S_ISREG(st->st_mode) ? r : put_content(p, fd, st->st_size, err);
}

static int put_symlink(Pack *p, struct archive_entry *entry, const ViewEntry *e, Error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(e->dir, e->name, target, sizeof target);

	if (n < 0 || n == sizeof target)
		return fail_errno(err, n < 0 ? -errno : -ENAMETOOLONG, "read the link");
	target[n] = '\0';
	archive_entry_set_symlink(entry, target);
	return put_header(p, entry, err);
}

static int put_file(Pack *p, struct archive_entry *entry, const ViewEntry *e, Error *err)
{
	_cleanup_close_ int fd = path_open_beneath(e->dir, e->name, O_RDONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fail_errno(err, fd, "open") : put_open(p, entry, fd, &e->st, err);
}

static int put_link(Pack *p, struct archive_entry *entry, const char *first, Error *err)
{
	char target[PATH_MAX + sizeof ROOT];

	(void)snprintf(target, sizeof target, ROOT "/%s", first);
	archive_entry_set_hardlink(entry, target);
	archive_entry_set_size(entry, 0);
	return put_header(p, entry, err);
}

/* A ViewVisit. */
static int put_entry(void *userdata, const ViewEntry *e, Error *err)
{
	Pack *p = userdata;
	char path[PATH_MAX + sizeof ROOT];
	_cleanup_entry_ struct archive_entry *entry = NULL;
	const char *first = NULL;
	int r = 0;

	/* Sockets have no place in a tar, nor in an image. */
	if (S_ISSOCK(e->st.st_mode))
		return 0;
	(void)snprintf(path, sizeof path, ROOT "/%s", e->path);
	entry = entry_new(p, path, &e->st);
	if (!entry)
		return fail_oom(err);
	if (e->fd >= 0)
		return put_open(p, entry, e->fd, &e->st, err);
	if (e->st.st_nlink > 1)
		r = hard_links_note(&p->links, e->layer, &e->st, e->path, &first, err);
	if (r < 0)
		return r;
	if (first)
		return put_link(p, entry, first, err);
	if (S_ISLNK(e->st.st_mode))
		return put_symlink(p, entry, e, err);
	return S_ISREG(e->st.st_mode) ? put_file(p, entry, e, err) : put_header(p, entry, err);
}

static int put_manifest(Pack *p, const char *text, size_t len, Error *err)
{
	const struct stat st = {.st_mode = S_IFREG | 0644, .st_size = (off_t)len};
	_cleanup_entry_ struct archive_entry *entry = entry_new(p, "manifest", &st);
	int r;

	if (!entry)
		return fail_oom(err);
	r = put_header(p, entry, err);
	return r < 0 ? r : put_data(p, text, len, err);
}

static int put_root(Pack *p, const View *v, Error *err)
{
	_cleanup_entry_ struct archive_entry *entry = NULL;
	struct stat st = {.st_mode = S_IFDIR | 0755};

	if (v->n > 0 && fstat(v->layer_fds[0], &st) < 0)
		return fail_errno(err, -errno, "stat the root");
	entry = entry_new(p, ROOT, &st);
	if (!entry)
		return fail_oom(err);
	return v->n > 0 ? put_open(p, entry, v->layer_fds[0], &st, err) : put_header(p, entry, err);
}

static int put_all(Pack *p, const char *manifest, size_t len, const View *v, Error *err)
{
	int r = 0;

	if (archive_write_set_format_pax(p->archive) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(p->archive, 1) != ARCHIVE_OK ||
		archive_write_open(p->archive, p, NULL, pass_on, NULL) != ARCHIVE_OK)
		return archive_failed(p, err);
	r = put_manifest(p, manifest, len, err);
	if (r == 0)
		r = put_root(p, v, err);
	if (r == 0)
		r = view_visit(v, put_entry, p, err);
	if (r == 0 && archive_write_close(p->archive) != ARCHIVE_OK)
		r = archive_failed(p, err);
	return r;
}

int pack_aci(const char *manifest, size_t manifest_len, const View *v, PackIds ids, PackWrite write,
	void *userdata, Error *err)
{
	/* Names are bytes, as in unpack_tar(). */
	locale_t bytes = newlocale(LC_ALL_MASK, "C", (locale_t)0), before;
	_cleanup_free_ Pack *p = calloc(1, sizeof *p);
	int r;

	if (!bytes || !p || !(p->archive = archive_write_new()))
		return fail_oom(err);
	p->ids = ids;
	p->write = write;
	p->userdata = userdata;
	p->err = err;
	before = uselocale(bytes);
	r = put_all(p, manifest, manifest_len, v, err);
	(void)archive_write_free(p->archive);
	hard_links_done(&p->links);
	(void)uselocale(before);
	freelocale(bytes);
	return r;
}
