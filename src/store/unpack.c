/* SPDX-License-Identifier: Apache-2.0 */
#include "store/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/sysmacros.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "store/entry-attributes.h"
#include "store/layer-index.h"
#include "store/tar-name.h"
#include "store/tree-writer.h"
#include "store/unpack-source.h"

#define MAJOR_MAX 0xfffu /* of the kernel's device numbers */
#define MINOR_MAX 0xfffffu

typedef struct Unpack {
	const UnpackOptions *options;
	UnpackSource source;
	TreeWriter writer;
	UnpackResult result;
} Unpack;

/* Appends the bytes of the current entry to fd, holes as holes; with -1 they are only read. Its
 * size may be said to be more than it has: what is missing at the end is a hole too. */
static int copy_content(Unpack *u, int fd, int64_t size, Error *err)
{
	int64_t end = 0;

	for (;;) {
		const void *data;
		size_t len;
		int64_t offset;
		int r = archive_read_data_block(u->source.archive, &data, &len, &offset);

		if (r == ARCHIVE_EOF)
			break;
		if (r != ARCHIVE_OK && end == size && unpack_source_lacks_padding(&u->source))
			break;
		if (r != ARCHIVE_OK)
			return unpack_source_error(&u->source, err);
		if (offset < end || offset > size || (int64_t)len > size - offset)
			return fail(err, -EINVAL, "content outside of the file");
		if (fd >= 0 && offset != end && lseek(fd, offset, SEEK_SET) < 0)
			return fail_errno(err, -errno, "write");
		r = fd < 0 ? 0 : fd_write(fd, data, len);
		if (r < 0)
			return fail_errno(err, r, "write");
		end = offset + (int64_t)len;
	}
	u->result.sparse |= end != size;
	if (fd >= 0 && end != size && ftruncate(fd, size) < 0)
		return fail_errno(err, -errno, "write");
	return 0;
}

/* Counts the size of a file against the limit, before anything of it is written. */
static int take_size(Unpack *u, struct archive_entry *entry, int64_t *ret, Error *err)
{
	int64_t size = archive_entry_size(entry);

	if (size < 0)
		return fail(err, -EINVAL, "negative size");
	if ((uint64_t)size > u->options->limits.max_bytes - u->result.bytes)
		return fail(err, -EFBIG, "with it the archive unpacks to more than %llu bytes",
			(unsigned long long)u->options->limits.max_bytes);
	u->result.bytes += (uint64_t)size;
	*ret = size;
	return 0;
}

/* The content stays where it is in the archive. */
static int index_file(
	Unpack *u, struct archive_entry *entry, const char *path, const Attributes *a, Error *err)
{
	uint64_t offset = (uint64_t)archive_filter_bytes(u->source.archive, 0);
	int64_t size = 0;
	int r = take_size(u, entry, &size, err);

	if (archive_entry_sparse_reset(entry) > 0)
		u->result.sparse = true;
	if (r == 0)
		r = layer_index_file(
			u->options->index, path, a, size > 0 ? offset : 0, (uint64_t)size, err);
	return r < 0 || size == 0 ? r : copy_content(u, -1, size, err);
}

static int write_file(
	Unpack *u, struct archive_entry *entry, const char *path, const Attributes *a, Error *err)
{
	_cleanup_close_ int fd = -1;
	int64_t size = 0;
	int r;

	r = take_size(u, entry, &size, err);
	if (r < 0)
		return r;
	fd = tree_writer_file(&u->writer, path, a->mode, err);
	if (fd < 0)
		return fd;
	r = size > 0 ? copy_content(u, fd, size, err) : 0;
	return r < 0 ? r : attributes_apply(a, &u->writer.policy, fd, NULL, err);
}

static int pass_over(const Unpack *u, const char *path, mode_t type)
{
	char shown[PATH_MAX];

	u->options->among->passed_over(
		tar_name_show(path, shown, sizeof shown), type == AE_IFIFO ? "a fifo" : "a device");
	return 0;
}

static int make_node(
	Unpack *u, struct archive_entry *entry, const char *path, const Attributes *a, Error *err)
{
	mode_t type = archive_entry_filetype(entry);
	uint64_t major = 0, minor = 0;
	dev_t dev;

	if (u->options->among)
		return pass_over(u, path, type);
	if (type != AE_IFIFO) {
		major = (uint64_t)archive_entry_rdevmajor(entry);
		minor = (uint64_t)archive_entry_rdevminor(entry);
	}
	if (major > MAJOR_MAX || minor > MINOR_MAX)
		return fail(err, -EINVAL, "device number out of range");
	if (type == AE_IFCHR && major == 0 && minor == 0)
		return fail(err, -EINVAL,
			"character device 0:0, which overlay would take for a deleted file");
	/* Only root can make devices. */
	if (type != AE_IFIFO && !u->writer.policy.owners)
		return 0;
	dev = makedev((unsigned)major, (unsigned)minor);
	return u->options->index ? layer_index_node(u->options->index, path, type, dev, a, err)
				 : tree_writer_node(&u->writer, path, type, dev, a, err);
}

/* The path of a name in the tree: cleaned, and without the directory that is stripped. 0, or 1 for
 * a name outside. */
static int tree_path(
	const UnpackOptions *options, const char *name, char ret[static PATH_MAX], Error *err)
{
	const char *rest;
	int r = tar_name_clean(name, ret, err);

	if (r < 0 || !options->strip)
		return r;
	rest = startswith(ret, options->strip);
	if (!rest || (*rest && *rest != '/'))
		return 1;
	rest += *rest == '/';
	memmove(ret, rest, strlen(rest) + 1);
	return 0;
}

static int write_hardlink(Unpack *u, const char *path, const char *name, Error *err)
{
	char target[PATH_MAX];
	int r = tree_path(u->options, name, target, err);

	if (r < 0)
		return wrap(err, r, "target of the hard link");
	if (r > 0 || !*target)
		return fail(err, -EINVAL, "hard link to \"%s\", which the archive does not contain",
			name);
	return u->options->index ? layer_index_hardlink(u->options->index, path, target, err)
				 : tree_writer_hardlink(&u->writer, path, target, err);
}

/* Whoever is not root gets files of their own, which they can read and remove, and which let nobody
 * act as them. */
static void make_own(Attributes *a, mode_t type)
{
	a->mode &= 01777;
	a->mode |= type == AE_IFDIR ? 0700 : 0400;
}

static int write_entry(
	Unpack *u, struct archive_entry *entry, const char *path, Arena *arena, Error *err)
{
	const char *hardlink = archive_entry_hardlink(entry);
	const char *target = archive_entry_symlink(entry);
	mode_t type = archive_entry_filetype(entry);
	LayerIndex *index = u->options->index;
	Attributes a;
	int r;

	if (!*path && (hardlink || type != AE_IFDIR))
		return fail(err, -EINVAL, "the root of the tree must be a directory");
	if (hardlink)
		return write_hardlink(u, path, hardlink, err);
	r = attributes_from_entry(entry, arena, &a, err);
	if (r < 0)
		return r;
	if (!u->writer.policy.owners)
		make_own(&a, type);
	switch (type) {
	case AE_IFREG:
		return index ? index_file(u, entry, path, &a, err)
			     : write_file(u, entry, path, &a, err);
	case AE_IFDIR:
		return index ? layer_index_dir(index, path, &a, err)
			     : tree_writer_dir(&u->writer, path, &a, err);
	case AE_IFLNK:
		return index ? layer_index_symlink(index, path, target ? target : "", &a, err)
			     : tree_writer_symlink(&u->writer, path, target ? target : "", &a, err);
	case AE_IFCHR:
	case AE_IFBLK:
	case AE_IFIFO: return make_node(u, entry, path, &a, err);
	default: return fail(err, -EINVAL, "unsupported type");
	}
}

/* A name outside the directory that becomes the tree: a file for whoever asked, or a mistake. */
static int hand_over(Unpack *u, struct archive_entry *entry, const char *name, Error *err)
{
	const UnpackOptions *o = u->options;
	int64_t size = archive_entry_size(entry);
	_cleanup_free_ char *data = NULL;
	la_ssize_t n;

	if (!*name && archive_entry_filetype(entry) == AE_IFDIR)
		return 0;
	if (!o->file || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
		return fail(err, -EINVAL, "does not belong outside of \"%s\"", o->strip);
	if (size < 0 || (uint64_t)size > o->file_max)
		return fail(err, -EFBIG, "larger than %zu bytes", o->file_max);
	data = malloc((size_t)size + 1);
	if (!data)
		return fail_oom(err);
	n = archive_read_data(u->source.archive, data, (size_t)size);
	if (n != size)
		return unpack_source_error(&u->source, err);
	data[size] = '\0';
	return o->file(o->userdata, name, data, (size_t)size, err);
}

static int unpack_whiteout(Unpack *u, TarWhiteout kind, const char *path, Error *err)
{
	LayerIndex *index = u->options->index;

	switch (kind) {
	case TAR_WHITEOUT_NAME:
		return index ? layer_index_whiteout(index, path, err)
			     : tree_writer_whiteout(&u->writer, path, err);
	case TAR_WHITEOUT_OPAQUE:
		return index ? layer_index_opaque(index, path, err)
			     : tree_writer_opaque(&u->writer, path, err);
	default: return 0;
	}
}

static int unpack_entry(Unpack *u, struct archive_entry *entry, const char *name, Error *err)
{
	TarWhiteout whiteout = TAR_WHITEOUT_NONE;
	Arena for_file = {0};
	char path[PATH_MAX];
	/* What a tree's directory is to look like is kept to the end. */
	bool keep = archive_entry_filetype(entry) == AE_IFDIR && !u->options->index;
	int r;

	r = tree_path(u->options, name, path, err);
	if (r > 0)
		return hand_over(u, entry, path, err);
	if (r == 0 && u->options->whiteouts)
		r = tar_name_whiteout(path, &whiteout, err);
	if (r < 0)
		return r;
	if (whiteout != TAR_WHITEOUT_NONE)
		return unpack_whiteout(u, whiteout, path, err);
	r = write_entry(u, entry, path, keep ? &u->writer.dirs.arena : &for_file, err);
	arena_done(&for_file);
	return r;
}

/* Puts archive and entry in front of the reason, in one frame: the innermost is the one that users
 * always see. */
static int blame(const Unpack *u, const char *name, const Error *reason, int r, Error *err)
{
	char shown[256], text[ERROR_TEXT];

	(void)error_message(reason, text, sizeof text);
	(void)fail(err, r, "%s: \"%s\": %s", u->options->what,
		tar_name_show(name, shown, sizeof shown), text);
	if (reason->hint[0])
		error_hint(err, "%s", reason->hint);
	return r;
}

static int unpack_entries(Unpack *u, Error *err)
{
	struct archive_entry *entry;
	Error reason = ERROR_INIT;
	int r;

	while ((r = unpack_source_next(&u->source, &entry, err)) > 0) {
		const char *name = archive_entry_pathname(entry);

		if (u->result.entries == u->options->limits.max_entries)
			return fail(err, -EFBIG, "%s: more than %llu entries", u->options->what,
				(unsigned long long)u->options->limits.max_entries);
		u->result.entries++;
		r = unpack_entry(u, entry, name ? name : "", &reason);
		/* A source that failed has told why; that is not the entry's fault. */
		if (u->source.error)
			return u->source.error;
		if (r < 0)
			return blame(u, name ? name : "", &reason, r, err);
	}
	return r;
}

static int unpack_all(Unpack *u, Error *err)
{
	const UnpackOptions *o = u->options;
	Error reason = ERROR_INIT;
	const char *path = "";
	int result = unpack_entries(u, err), r;

	if (result == 0 && o->index && o->implicit)
		return layer_index_each_implicit(o->index, o->implicit, o->userdata, err);
	if (o->index)
		return result;

	/* What has come among others stays, and shall be theirs. */
	if (result < 0 && !o->among)
		return result;
	r = tree_writer_finish(&u->writer, &path, &reason);
	if (result < 0)
		return result;
	if (r < 0)
		return blame(u, *path ? path : ".", &reason, r, err);
	return o->implicit ? dir_attributes_each_implicit(
				     &u->writer.dirs, o->implicit, o->userdata, err)
			   : 0;
}

static int init_writer(Unpack *u, int root_fd, Error *err)
{
	u->writer = (TreeWriter){.root = -1, .parent_fd = -1, .policy = {.owners = true}};
	if (u->options->index)
		return 0;
	if (!u->options->among)
		return tree_writer_init(&u->writer, root_fd, err);
	tree_writer_init_among_others(&u->writer, root_fd, u->options->among->ids);
	return 0;
}

int unpack_tar(int root_fd, UnpackRead read, void *source, const UnpackOptions *options,
	UnpackResult *ret, Error *err)
{
	/* libarchive converts names to the character set of the locale, and leaves bytes alone only
	 * in this one. */
	locale_t bytes = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	Unpack u = {.options = options};
	locale_t before;
	int r;

	if (!bytes)
		return fail_oom(err);
	before = uselocale(bytes);
	r = unpack_source_open(&u.source, read, source, options, err);
	if (r == 0) {
		r = init_writer(&u, root_fd, err);
		if (r == 0)
			r = unpack_all(&u, err);
		if (r == 0)
			r = unpack_source_drain(&u.source, err);
		tree_writer_done(&u.writer);
	}
	unpack_source_close(&u.source);
	(void)uselocale(before);
	freelocale(bytes);
	if (r < 0)
		return r;
	*ret = u.result;
	return 0;
}
