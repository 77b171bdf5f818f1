/* SPDX-License-Identifier: Apache-2.0 */
#include "store/refs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/lock.h"
#include "base/number.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "store/escape.h"
#include "store/key.h"
#include "store/tmp.h"

#define REF_PIECE    200 /* characters of an escaped reference that go into one file name */
#define REF_PATH_MAX 2048
#define REMOTE_MAX   1024 /* bytes of a remote reference's file */
#define LABELS_MAX   4096 /* bytes of labels in a message */

int refs_lock(const Store *s, Error *err)
{
	return lock_dir(s->cas_fd, "ref", LOCK_MODE_EXCLUSIVE, true, err);
}

/* "ref/KIND/" and the escaped text, cut into pieces where it is too long for one file name. A '+'
 * marks all pieces but the last; the escaped text has none of its own. */
static int ref_path(const char *kind, const char *text, char **ret, Error *err)
{
	_cleanup_strbuf_ StrBuf word = STRBUF_INIT(REF_PATH_MAX), path = STRBUF_INIT(REF_PATH_MAX);
	const char *rest;
	int r;

	escape_add(&word, text);
	strbuf_printf(&path, "ref/%s/", kind);
	for (rest = strbuf_text(&word); strlen(rest) > REF_PIECE; rest += REF_PIECE) {
		strbuf_add(&path, rest, REF_PIECE);
		strbuf_puts(&path, "+/");
	}
	strbuf_puts(&path, rest);
	r = word.error ? word.error : strbuf_finish(&path, ret, NULL);
	if (r == -ENOMEM)
		return fail_oom(err);
	if (r < 0 || !*text)
		return fail(err, -ENAMETOOLONG, "\"%.80s\" is %s for a reference", text,
			*text ? "too long" : "too short");
	return 0;
}

static int sync_dir(int dirfd, const char *path)
{
	_cleanup_close_ int fd = fd_open_dir(dirfd, path);

	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Makes the directories of path below cas and, if wanted, syncs their parents, also where they were
 * there: whoever made them may have died before. */
static int make_dirs(const Store *s, const char *path, bool sync)
{
	_cleanup_free_ char *copy = strdup(path);
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (char *slash = strchr(copy, '/'); r == 0 && slash;) {
		char *next = strchr(slash + 1, '/');

		if (next)
			*next = '\0';
		if (mkdirat(s->cas_fd, copy, 0750) < 0 && errno != EEXIST)
			return -errno;
		*slash = '\0';
		r = sync ? sync_dir(s->cas_fd, copy) : 0;
		*slash = '/';
		if (next)
			*next = '/';
		slash = next;
	}
	return r;
}

int refs_add_name(const Store *s, const char *name, const char *key, bool sync, Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int dir = -1, fd = -1;
	int r;

	r = ref_path("name", name, &path, err);
	if (r < 0)
		return r;
	r = make_dirs(s, path, sync);
	if (r == 0)
		r = dir = fd_open_dir(s->cas_fd, path);
	if (r < 0)
		return fail_errno(err, r, "create %s/%s", s->path, path);
	fd = openat(dir, key, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if ((fd < 0 && errno != EEXIST) || (sync && fsync(dir) < 0))
		return fail_errno(err, -errno, "create %s/%s/%s", s->path, path, key);
	return 0;
}

bool image_is_named(const Store *s, const Image *image)
{
	_cleanup_free_ char *path = NULL, *entry = NULL;

	return ref_path("name", image->manifest->name, &path, NULL) == 0 &&
	       str_format(&entry, "%s/%s", path, image->key) == 0 &&
	       faccessat(s->cas_fd, entry, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Puts text into the file path below cas, whatever was there. */
static int replace_file(const Store *s, const char *path, const char *text, bool sync, Error *err)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(path_base(path) - path));
	_cleanup_tmp_dir_ TmpDir tmp = TMP_DIR_INIT;
	_cleanup_close_ int fd = -1;
	int r;

	if (!parent)
		return fail_oom(err);
	r = tmp_dir_make(s, &tmp, err);
	if (r < 0)
		return r;
	fd = openat(tmp.fd, "ref", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	r = fd < 0 ? -errno : fd_write(fd, text, strlen(text));
	if (r == 0 && ((sync && fsync(fd) < 0) || renameat(tmp.fd, "ref", s->cas_fd, path) < 0))
		r = -errno;
	if (r == 0 && sync)
		r = sync_dir(s->cas_fd, parent);
	return r < 0 ? fail_errno(err, r, "write %s/%s", s->path, path) : 0;
}

int refs_set_remote(
	const Store *s, const char *ref, const RemoteRecord *record, bool sync, Error *err)
{
	_cleanup_free_ char *path = NULL, *parent = NULL;
	char text[REMOTE_MAX];
	int r;

	r = ref_path("remote", ref, &path, err);
	if (r < 0)
		return r;
	parent = strndup(path, (size_t)(path_base(path) - path - 1));
	r = parent ? make_dirs(s, parent, sync) : -ENOMEM;
	if (r < 0)
		return fail_errno(err, r, "create %s/%s", s->path, path);
	(void)snprintf(text, sizeof text, "%s\ntime=%lld\nmax-age=%lld\netag=%s\n", record->key,
		(long long)record->time, (long long)record->max_age, record->etag);
	return replace_file(s, path, text, sync, err);
}

/* One line behind the first one. What is not known is of a newer version. */
static void parse_remote_line(const char *line, RemoteRecord *ret)
{
	const char *value;

	if ((value = startswith(line, "time=")))
		(void)number_parse_i64(value, 0, INT64_MAX, &ret->time);
	else if ((value = startswith(line, "max-age=")))
		(void)number_parse_i64(value, 0, INT32_MAX, &ret->max_age);
	else if ((value = startswith(line, "etag=")))
		(void)snprintf(ret->etag, sizeof ret->etag, "%s", value);
}

/* Reads the remote reference in the file path below dirfd. */
static int read_remote(int dirfd, const char *path, RemoteRecord *ret)
{
	_cleanup_free_ char *text = NULL;
	RemoteRecord record = {0};
	char *rest;
	const char *line;
	int r = fd_read_file(dirfd, path, REMOTE_MAX, &text, NULL, NULL);

	if (r < 0)
		return r;
	rest = text;
	line = strsep(&rest, "\n");
	if (!rest || !key_valid(line))
		return -EBADMSG;
	memcpy(record.key, line, STORE_KEY_LEN + 1);
	while ((line = strsep(&rest, "\n")))
		parse_remote_line(line, &record);
	*ret = record;
	return 0;
}

int refs_find_remote(const Store *s, const char *ref, RemoteRecord *ret, Error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = ref_path("remote", ref, &path, err);

	if (r < 0)
		return r;
	r = s->cas_fd < 0 ? -ENOENT : read_remote(s->cas_fd, path, ret);
	/* A damaged record is as good as none: it is written anew by the next fetch. */
	if (r == -ENOENT || r == -EBADMSG || r == -EFBIG || r == -EISDIR || r == -ENOTDIR)
		return fail(err, -ENOENT, "no image was fetched for \"%s\"", ref);
	if (r < 0)
		return fail_errno(err, r, "read %s/%s", s->path, path);
	return 0;
}

int store_find_remote(const Store *s, const char *ref, Image **ret, Error *err)
{
	RemoteRecord record;
	int r = refs_find_remote(s, ref, &record, err);

	return r < 0 ? r : image_open(s, record.key, ret, err);
}

int store_remote_record(const Store *s, const char *ref, RemoteRecord *ret, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r = refs_find_remote(s, ref, ret, err);

	if (r == 0)
		r = image_open(s, ret->key, &image, err);
	/* A damaged one is as good as none. */
	return r == -EBADMSG ? -ENOENT : r;
}

static bool has_labels(const Image *image, const NameValues *wanted)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const char *value = name_values_find(&image->labels, wanted->items[i].name);

		if (!value || !streq(value, wanted->items[i].value))
			return false;
	}
	return true;
}

/* Looks at one image that carries the name, and keeps it when it is better than *best. Images that
 * are gone or damaged do not count. */
static void consider(const Store *s, const char *key, const NameValues *labels, Image **best)
{
	bool versioned = name_values_find(labels, "version");
	_cleanup_image_ Image *image = NULL;
	int better;

	if (image_open(s, key, &image, NULL) < 0 || !has_labels(image, labels))
		return;
	better = *best && !versioned ? image->latest - (*best)->latest : 0;
	if (!*best || better > 0 || (better == 0 && image->import_time > (*best)->import_time)) {
		image_free(*best);
		*best = TAKE_PTR(image);
	}
}

static int fail_unknown(const char *name, const NameValues *labels, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(LABELS_MAX);

	for (size_t i = 0; i < labels->n; i++)
		strbuf_printf(&text, "%s%s=%s", i ? ", " : "", labels->items[i].name,
			labels->items[i].value);
	return fail(err, -ENOENT, "no image with the name \"%s\"%s%s is in the store", name,
		labels->n ? " and the labels " : "", strbuf_text(&text));
}

int store_find_by_name(
	const Store *s, const char *name, const NameValues *labels, Image **ret, Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_image_ Image *best = NULL;
	_cleanup_close_ int fd = -1;
	const struct dirent *entry;
	int r;

	r = ref_path("name", name, &path, err);
	if (r < 0)
		return r;
	fd = s->cas_fd < 0 ? -ENOENT : fd_open_dir(s->cas_fd, path);
	if (fd < 0 && fd != -ENOENT)
		return fail_errno(err, fd, "open %s/%s", s->path, path);
	dir = fd < 0 ? NULL : fd_opendir(fd);
	if (fd >= 0 && !dir)
		return fail_errno(err, -errno, "open %s/%s", s->path, path);
	while (dir && (entry = readdir(dir)))
		if (key_valid(entry->d_name))
			consider(s, entry->d_name, labels, &best);
	if (!best)
		return fail_unknown(name, labels, err);
	*ret = TAKE_PTR(best);
	return 0;
}

/* What to do with each file below a directory of references. */
typedef void RefVisit(int dirfd, const char *file, const char *key);

static void drop_name(int dirfd, const char *file, const char *key)
{
	if (streq(file, key))
		(void)unlinkat(dirfd, file, 0);
}

static void drop_remote(int dirfd, const char *file, const char *key)
{
	RemoteRecord found;

	if (read_remote(dirfd, file, &found) == 0 && streq(found.key, key))
		(void)unlinkat(dirfd, file, 0);
}

/* Visits all files below path, then removes directories that became empty. */
static int visit_all(int dirfd, const char *path, RefVisit *visit, const char *key)
{
	_cleanup_close_ int fd = fd_open_dir(dirfd, path);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fd < 0 ? fd : -errno;
	while (r == 0 && (entry = readdir(dir))) {
		if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
			continue;
		if (entry->d_type != DT_DIR) {
			visit(fd, entry->d_name, key);
			continue;
		}
		r = visit_all(fd, entry->d_name, visit, key);
		(void)unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	return r;
}

int refs_remove(const Store *s, const char *name, const char *key, Error *err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	r = name ? ref_path("name", name, &path, err) : 0;
	if (r < 0)
		return r;
	r = visit_all(s->cas_fd, name ? path : "ref/name", drop_name, key);
	if (name)
		(void)unlinkat(s->cas_fd, path, AT_REMOVEDIR);
	if (r == 0 || r == -ENOENT)
		r = visit_all(s->cas_fd, "ref/remote", drop_remote, key);
	return r < 0 ? fail_errno(err, r, "remove the references to image %s", key) : 0;
}
