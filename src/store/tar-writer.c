/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tar-writer.h"

#include <archive.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include "base/fd.h"
#include "store/attributes.h"
#include "store/file-content.h"

#define BUFFER_SIZE (1u << 17)
#define EXTENTS_MAX 65536 /* of one file; what is behind them counts as data */

struct TarWriter {
	struct archive *archive;
	TreeIds ids;
	PackWrite write;
	void *userdata;
	int result;  /* of write ... */
	Error error; /* ... and what it says */
	locale_t bytes, before;
	bool finished;
	char buffer[BUFFER_SIZE];
	char zeros[BUFFER_SIZE];
};

/* libarchive's way to get rid of bytes. */
static la_ssize_t pass_on(struct archive *archive, void *userdata, const void *data, size_t len)
{
	TarWriter *w = userdata;

	w->result = w->write(w->userdata, data, len, &w->error);
	return w->result < 0 ? -1 : (la_ssize_t)len;
}

static int archive_failed(TarWriter *w, Error *err)
{
	if (w->result == 0)
		return fail(err, -EINVAL, "%s", archive_error_string(w->archive));
	if (err)
		*err = w->error;
	return w->result;
}

TarWriter *tar_writer_free(TarWriter *w)
{
	if (w) {
		if (w->archive && !w->finished)
			(void)archive_write_fail(w->archive);
		(void)archive_write_free(w->archive);
		if (w->bytes) {
			(void)uselocale(w->before);
			freelocale(w->bytes);
		}
		free(w);
	}
	return NULL;
}

int tar_writer_new(TreeIds ids, PackWrite write, void *userdata, TarWriter **ret, Error *err)
{
	_cleanup_tar_writer_ TarWriter *w = calloc(1, sizeof *w);

	if (!w || !(w->archive = archive_write_new()))
		return fail_oom(err);
	w->bytes = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!w->bytes)
		return fail_oom(err);
	w->before = uselocale(w->bytes);
	w->ids = ids;
	w->write = write;
	w->userdata = userdata;
	if (archive_write_set_format_pax(w->archive) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(w->archive, 1) != ARCHIVE_OK ||
		archive_write_open(w->archive, w, NULL, pass_on, NULL) != ARCHIVE_OK)
		return archive_failed(w, err);
	*ret = TAKE_PTR(w);
	return 0;
}

int tar_writer_finish(TarWriter *w, Error *err)
{
	w->finished = archive_write_close(w->archive) == ARCHIVE_OK;
	return w->finished ? 0 : archive_failed(w, err);
}

struct archive_entry *tar_writer_entry(const TarWriter *w, const char *path, const struct stat *st)
{
	struct archive_entry *entry = archive_entry_new();

	if (!entry)
		return NULL;
	archive_entry_copy_stat(entry, st);
	archive_entry_set_uid(entry, tree_ids_name(w->ids, st->st_uid));
	archive_entry_set_gid(entry, tree_ids_name(w->ids, st->st_gid));
	/* Times that nobody needs, and that would make each tar another one. */
	archive_entry_unset_atime(entry);
	archive_entry_unset_ctime(entry);
	archive_entry_unset_birthtime(entry);
	archive_entry_set_pathname(entry, path);
	return entry;
}

/* A name that is not UTF-8 is written as its bytes, and said to be so. */
static bool is_charset_warning(const TarWriter *w)
{
	const char *text = archive_error_string(w->archive);

	return text && strstr(text, "Can't translate");
}

int tar_writer_header(TarWriter *w, struct archive_entry *entry, Error *err)
{
	int r = archive_write_header(w->archive, entry);

	/* Any other warning is of something that the format has no room for. */
	return r == ARCHIVE_OK || (r == ARCHIVE_WARN && is_charset_warning(w))
		       ? 0
		       : archive_failed(w, err);
}

int tar_writer_data(TarWriter *w, const void *data, size_t len, Error *err)
{
	return archive_write_data(w->archive, data, len) != (la_ssize_t)len ? archive_failed(w, err)
									    : 0;
}

static int add_xattrs(
	struct archive_entry *entry, int fd, const struct stat *st, TarKeep keep, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	Attributes a;
	int r = attributes_from_file(fd, st, &arena, &a, err);

	for (size_t i = 0; r == 0 && i < a.n_xattrs; i++)
		if (keep == TAR_KEEP_ALL || attributes_is_of_users(a.xattrs[i].name))
			archive_entry_xattr_add_entry(
				entry, a.xattrs[i].name, a.xattrs[i].value, a.xattrs[i].size);
	return r;
}

/* Notes what is no hole. */
static int add_extents(struct archive_entry *entry, int fd, off_t size, Error *err)
{
	off_t data = 0;

	for (int n = 1; data < size && (data = lseek(fd, data, SEEK_DATA)) >= 0; n++) {
		off_t hole = n < EXTENTS_MAX ? lseek(fd, data, SEEK_HOLE) : size;

		if (hole < 0)
			return fail_errno(err, -errno, "seek");
		if (data < size)
			archive_entry_sparse_add_entry(entry, data, MIN(hole, size) - data);
		data = hole;
	}
	if (data < 0 && errno != ENXIO)
		return fail_errno(err, -errno, "seek");
	/* All of it is one hole. */
	if (archive_entry_sparse_count(entry) == 0 && lseek(fd, 0, SEEK_DATA) < 0)
		archive_entry_sparse_add_entry(entry, 0, 0);
	return 0;
}

/* Holes are known to be such already; bytes for them only count. */
static int put_hole(TarWriter *w, off_t length, Error *err)
{
	int r = 0;

	while (r == 0 && length > 0) {
		size_t n = MIN((size_t)length, sizeof w->zeros);

		r = tar_writer_data(w, w->zeros, n, err);
		length -= (off_t)n;
	}
	return r;
}

static int put_extent(TarWriter *w, int fd, off_t at, off_t length, Error *err)
{
	if (lseek(fd, at, SEEK_SET) < 0)
		return fail_errno(err, -errno, "seek");
	while (length > 0) {
		ssize_t n = fd_read(fd, w->buffer, MIN((size_t)length, sizeof w->buffer));
		int r;

		if (n <= 0)
			return n < 0 ? fail_errno(err, (int)n, "read")
				     : fail(err, -EIO, "the file ends early");
		r = tar_writer_data(w, w->buffer, (size_t)n, err);
		if (r < 0)
			return r;
		length -= n;
	}
	return 0;
}

static int put_content(TarWriter *w, struct archive_entry *entry, int fd, off_t size, Error *err)
{
	la_int64_t at = 0, length;
	off_t end = 0;
	int r = 0;

	if (archive_entry_sparse_reset(entry) == 0)
		return put_extent(w, fd, 0, size, err);
	while (r == 0 && archive_entry_sparse_next(entry, &at, &length) == ARCHIVE_OK) {
		r = put_hole(w, at - end, err);
		if (r == 0)
			r = put_extent(w, fd, at, length, err);
		end = at + length;
	}
	return r < 0 ? r : put_hole(w, size - end, err);
}

int tar_writer_file(TarWriter *w, struct archive_entry *entry, int fd, const struct stat *st,
	TarKeep keep, Error *err)
{
	bool has_holes = S_ISREG(st->st_mode) && file_has_holes(st);
	int r = add_xattrs(entry, fd, st, keep, err);

	if (r == 0 && keep == TAR_KEEP_OF_USERS && has_holes)
		r = add_extents(entry, fd, st->st_size, err);
	if (r == 0)
		r = tar_writer_header(w, entry, err);
	return r < 0 || !S_ISREG(st->st_mode) ? r : put_content(w, entry, fd, st->st_size, err);
}

int tar_writer_symlink(
	TarWriter *w, struct archive_entry *entry, int dir, const char *name, Error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof target);

	if (n < 0 || n == sizeof target)
		return fail_errno(err, n < 0 ? -errno : -ENAMETOOLONG, "read the link");
	target[n] = '\0';
	archive_entry_set_symlink(entry, target);
	return tar_writer_header(w, entry, err);
}

int tar_writer_hardlink(TarWriter *w, struct archive_entry *entry, const char *first, Error *err)
{
	archive_entry_set_hardlink(entry, first);
	archive_entry_set_size(entry, 0);
	return tar_writer_header(w, entry, err);
}
