/* SPDX-License-Identifier: Apache-2.0 */

/* Loading and listing images. */

#include "store/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/timestamp.h"
#include "store/image-info.h"
#include "store/key.h"

#define MEMBER_PATH_MAX (sizeof "image//manifest" + STORE_KEY_LEN)

static void member_path(char buf[static MEMBER_PATH_MAX], const char *key, const char *member)
{
	(void)snprintf(buf, MEMBER_PATH_MAX, "image/%s/%s", key, member);
}

Image *image_free(Image *i)
{
	if (i) {
		image_manifest_free(i->manifest);
		free(i->manifest_text);
		arena_done(&i->arena);
		free(i);
	}
	return NULL;
}

int image_load_manifest(const Store *s, Image *i, Error *err)
{
	char path[MEMBER_PATH_MAX];
	int r;

	if (i->manifest)
		return 0;
	member_path(path, i->key, "manifest");
	r = fd_read_file(
		s->cas_fd, path, IMAGE_MANIFEST_MAX, &i->manifest_text, &i->manifest_len, err);
	if (r == -ENOENT)
		return fail(err, r, "image %s is not in the store", i->key);
	if (r == 0)
		r = image_manifest_parse(i->manifest_text, i->manifest_len, &i->manifest, err);
	return r < 0 ? wrap(err, r, "cannot read the manifest of image %s", i->key) : 0;
}

/* The time of last use, or that of import where nobody can tell. */
static int64_t last_used(const Store *s, const char *key, int64_t imported)
{
	char path[MEMBER_PATH_MAX];
	struct stat st;

	member_path(path, key, "lastused");
	if (fstatat(s->cas_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return imported;
	return timestamp_of(st.st_mtim);
}

int image_open(const Store *s, const char *key, Image **ret, Error *err)
{
	_cleanup_image_ Image *i = calloc(1, sizeof *i);
	ImageInfo info;
	int r;

	if (!i)
		return fail_oom(err);
	r = image_info_load(s, key, &i->arena, &info, err);
	if (r < 0)
		return r;
	memcpy(i->key, key, sizeof i->key);
	i->format = info.format;
	i->import_time = info.import_time;
	i->size = info.size;
	i->latest = info.latest;
	i->on_disk = info.on_disk;
	i->layers = info.layers;
	i->n_layers = info.n_layers;
	i->labels = info.labels;
	i->last_used = last_used(s, key, info.import_time);
	*ret = TAKE_PTR(i);
	return 0;
}

int image_load(const Store *s, const char *key, Image **ret, Error *err)
{
	_cleanup_image_ Image *i = NULL;
	int r = image_open(s, key, &i, err);

	if (r == 0)
		r = image_load_manifest(s, i, err);
	if (r == 0)
		*ret = TAKE_PTR(i);
	return r;
}

void image_touch(const Store *s, const char *key)
{
	char path[MEMBER_PATH_MAX];

	if (!key_valid(key))
		return;
	member_path(path, key, "lastused");
	(void)utimensat(s->cas_fd, path, NULL, AT_SYMLINK_NOFOLLOW);
}

void image_list_free(Image **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		image_free(list[i]);
	free(list);
}

typedef struct ImageList {
	Image **items;
	size_t n, size;
} ImageList;

static void image_list_done(ImageList *l)
{
	image_list_free(l->items, l->n);
}

static int list_add(ImageList *l, Image *i)
{
	if (l->n == l->size) {
		size_t size = MAX(l->size * 2, (size_t)16);
		Image **items = realloc(l->items, size * sizeof *items);

		if (!items)
			return -ENOMEM;
		l->items = items;
		l->size = size;
	}
	l->items[l->n++] = i;
	return 0;
}

static int list_dir(const Store *s, DIR *dir, ImageList *l, size_t *broken, Error *err)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(dir))) {
		_cleanup_image_ Image *i = NULL;
		int r;

		if (!key_valid(entry->d_name))
			continue;
		r = image_load(s, entry->d_name, &i, err);
		if (r == -ENOMEM || (r == 0 && list_add(l, i) < 0))
			return fail_oom(err);
		if (r == 0)
			(void)TAKE_PTR(i);
		else if (r != -ENOENT)
			(*broken)++;
	}
	/* Who asks whether a layer is still needed must not take a part for all. */
	if (errno)
		return fail_errno(err, -errno, "read %s/image", s->path);
	error_clear(err);
	return 0;
}

int image_list(const Store *s, Image ***ret, size_t *ret_n, size_t *ret_broken, Error *err)
{
	_cleanup_(image_list_done) ImageList l = {0};
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = -1;
	size_t broken = 0;
	int r = 0;

	fd = s->cas_fd < 0 ? -ENOENT : fd_open_dir(s->cas_fd, "image");
	if (fd < 0 && fd != -ENOENT)
		return fail_errno(err, fd, "open %s/image", s->path);
	if (fd >= 0) {
		dir = fd_opendir(fd);
		if (!dir)
			return fail_errno(err, -errno, "open %s/image", s->path);
		r = list_dir(s, dir, &l, &broken, err);
	}
	if (r < 0)
		return r;
	*ret_n = l.n;
	*ret = TAKE_PTR(l.items);
	l.n = 0;
	if (ret_broken)
		*ret_broken = broken;
	return 0;
}
