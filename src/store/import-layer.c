/* SPDX-License-Identifier: Apache-2.0 */

/* Layers on their way into the store. */

#include "store/import.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "store/layer.h"
#include "store/tmp.h"

struct LayerImport {
	const Store *store;
	TmpDir tmp;
	int root;
	int archive;      /* -1: none is kept */
	int tar;          /* -1: the layer is a tree */
	int replaced;     /* the root of the tree that it is made of, or -1 */
	int64_t tar_size; /* bytes, -1 while there is no index of it */
	StrBuf implicit;  /* paths, each with its NUL */
};

/* Opens the layer's info file and says how it stands. */
static int open_info(const Store *s, const char *layer, int *ret_fd, Standing *ret, Error *err)
{
	_cleanup_free_ char *path = NULL;

	if (!store_layer_name_valid(layer))
		return fail(err, -EINVAL, "\"%s\" is not the name of a layer", layer);
	if (str_format(&path, "tree/%s/info", layer) < 0)
		return fail_oom(err);
	return standing_open(s->cas_fd, path, ret_fd, ret, err);
}

/* The name of the empty file in a layer that is damaged and could not be had again. */
#define DAMAGED "damaged"

static bool has_member(const Store *s, const char *layer, const char *member)
{
	_cleanup_free_ char *path = NULL;

	return str_format(&path, "tree/%s/%s", layer, member) == 0 &&
	       faccessat(s->cas_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool layer_exists(const Store *s, const char *layer)
{
	LayerInfo info;

	return s->cas_fd >= 0 && store_layer_info(s, layer, &info, NULL) == 0 &&
	       !has_member(s, layer, DAMAGED);
}

int layer_refuse(const Store *s, const char *layer, Error *err)
{
	_cleanup_close_ int fd = -1;
	Standing standing;
	int r = open_info(s, layer, &fd, &standing, err);

	if (r < 0 || !standing_is_visible(standing))
		return r;
	r = standing_mark(fd, false);
	return r < 0 ? fail_errno(err, r, "mark layer %s as damaged", layer) : 0;
}

void layer_refuse_not(const Store *s, const char *layer)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *path = NULL;
	Standing standing;

	if (open_info(s, layer, &fd, &standing, NULL) < 0 || standing != STANDING_REFUSED)
		return;
	/* Whoever sees the layer again sees this, too. */
	if (str_format(&path, "tree/%s/" DAMAGED, layer) == 0)
		(void)fd_close(openat(s->cas_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
	(void)standing_mark(fd, true);
}

LayerImport *layer_import_free(LayerImport *l)
{
	if (l) {
		fd_close(l->root);
		fd_close(l->archive);
		fd_close(l->tar);
		fd_close(l->replaced);
		strbuf_done(&l->implicit);
		tmp_dir_done(&l->tmp);
		free(l);
	}
	return NULL;
}

/* Makes the tree's root. A set-group-ID bit inherited from above must not spread into the tree. */
static int make_root(LayerImport *l)
{
	struct stat st;

	if (mkdirat(l->tmp.fd, "rootfs", 0755) < 0)
		return -errno;
	l->root = fd_open_dir(l->tmp.fd, "rootfs");
	if (l->root < 0)
		return l->root;
	if (fstat(l->root, &st) < 0)
		return -errno;
	if (st.st_gid != getegid() && fchown(l->root, (uid_t)-1, getegid()) < 0)
		return -errno;
	return fchmod(l->root, 0755) < 0 ? -errno : 0;
}

int layer_import_begin(const Store *s, LayerImport **ret, Error *err)
{
	_cleanup_layer_import_ LayerImport *l = calloc(1, sizeof *l);
	int r;

	if (!l)
		return fail_oom(err);
	l->store = s;
	l->root = l->archive = l->tar = l->replaced = -1;
	l->tar_size = -1;
	l->implicit = (StrBuf)STRBUF_INIT(LAYER_IMPLICIT_MAX);
	l->tmp = (TmpDir)TMP_DIR_INIT;
	tmp_collect(s);
	r = tmp_dir_make(s, &l->tmp, err);
	if (r < 0)
		return r;
	r = make_root(l);
	if (r < 0)
		return fail_errno(err, r, "create %s/tmp/%s/rootfs", s->path, l->tmp.name);
	*ret = TAKE_PTR(l);
	return 0;
}

int layer_import_root(const LayerImport *l)
{
	return l->root;
}

int layer_import_archive(LayerImport *l, Error *err)
{
	l->archive =
		openat(l->tmp.fd, LAYER_ARCHIVE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (l->archive < 0)
		return fail_errno(err, -errno, "create %s/tmp/%s/" LAYER_ARCHIVE, l->store->path,
			l->tmp.name);
	return l->archive;
}

int layer_import_tar(LayerImport *l, Error *err)
{
	l->tar = openat(l->tmp.fd, "tar", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (l->tar < 0)
		return fail_errno(err, -errno, "create %s/tmp/%s/tar", l->store->path, l->tmp.name);
	return l->tar;
}

int layer_import_index(LayerImport *l, LayerIndex *index, const char *digest, Error *err)
{
	_cleanup_close_ int fd =
		openat(l->tmp.fd, "index", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	l->tar_size = lseek(l->tar, 0, SEEK_END);
	/* Tools that make layers leave out the end of archives; the kernel reads whole blocks. */
	if (fd < 0 || l->tar_size < 0 || ftruncate(l->tar, (l->tar_size + 511) & ~(off_t)511) < 0)
		return fail_errno(
			err, -errno, "create %s/tmp/%s/index", l->store->path, l->tmp.name);
	return layer_index_write(index, (uint64_t)l->tar_size, digest, fd, err);
}

int layer_import_view(const LayerImport *l, Error *err)
{
	int fd = layer_mount_view(l->tmp.fd);

	return fd < 0 ? fail_errno(
				err, fd, "mount the view of %s/tmp/%s", l->store->path, l->tmp.name)
		      : fd;
}

typedef struct StoredTar {
	int fd;
	char buffer[65536];
} StoredTar;

/* An UnpackRead. */
static ssize_t read_tar(void *source, const void **ret, Error *err)
{
	StoredTar *tar = source;
	ssize_t n = fd_read(tar->fd, tar->buffer, sizeof tar->buffer);

	*ret = tar->buffer;
	return n < 0 ? fail_errno(err, (int)n, "read the tar of the layer") : n;
}

int layer_import_unpack(LayerImport *l, const UnpackOptions *options, UnpackResult *ret, Error *err)
{
	_cleanup_free_ StoredTar *tar = malloc(sizeof *tar);
	int r;

	if (!tar)
		return fail_oom(err);
	tar->fd = l->tar;
	if (lseek(l->tar, 0, SEEK_SET) < 0 || unlinkat(l->tmp.fd, "tar", 0) < 0)
		return fail_errno(err, -errno, "read the tar of the layer");
	r = unpack_tar(l->root, read_tar, tar, options, ret, err);
	l->tar = fd_close(l->tar);
	return r;
}

bool layer_has_archive(const Store *s, const char *layer)
{
	return layer_exists(s, layer) && has_member(s, layer, LAYER_ARCHIVE);
}

/* Gives a layer that is there already its archive. */
static int add_archive(const LayerImport *l, int trees, const char *layer, Error *err)
{
	_cleanup_close_ int dir = fd_open_dir(trees, layer);

	if (dir < 0)
		return fail_errno(err, dir, "open layer %s", layer);
	if (renameat(l->tmp.fd, LAYER_ARCHIVE, dir, LAYER_ARCHIVE) < 0)
		return fail_errno(err, -errno, "keep the archive of layer %s", layer);
	return 0;
}

int layer_import_note_implicit(LayerImport *l, const char *path, Error *err)
{
	strbuf_add(&l->implicit, path, strlen(path) + 1);
	return l->implicit.error ? fail_errno(err, l->implicit.error, "note directory /%s", path)
				 : 0;
}

/* digest: of a tar that was made here, or "". */
static int write_info(const LayerImport *l, int64_t bytes, const char *digest, Error *err)
{
	LayerInfo info = {.bytes = bytes, .tar_size = l->tar_size};
	char text[LAYER_INFO_MAX];
	int r;

	(void)snprintf(info.tar_digest, sizeof info.tar_digest, "%s", digest);
	r = layer_info_format(&info, text, err);
	if (r == 0 && l->implicit.len > 0)
		r = fd_write_file(l->tmp.fd, "implicit", 0640, strbuf_text(&l->implicit),
			l->implicit.len, err);
	return r < 0 ? r : fd_write_file(l->tmp.fd, "info", 0640, text, strlen(text), err);
}

/* Whether what is there already will do. A tree comes in the place of a view where views do not
 * work, or are not wanted. */
static bool will_do(const LayerImport *l, const char *layer)
{
	return layer_exists(l->store, layer) &&
	       (l->tar_size >= 0 || !store_layer_is_view(l->store, layer));
}

/* Something is there already: 1 when that will do, 0 when it was lost since store_drop_lost(), or
 * will not do, and has been set aside. Only who has the lock may do that, or it would befall
 * somebody's new one. */
static int make_way(const LayerImport *l, const char *layer, Error *err)
{
	_cleanup_close_ int lock =
		lock_dir(l->store->cas_fd, "tree", LOCK_MODE_EXCLUSIVE, true, err);

	if (lock < 0)
		return lock;
	return will_do(l, layer) ? 1 : layer_set_aside(l->store, layer, err);
}

/* 0, or a negative errno; -EEXIST when the layer is there, lost or not. */
static int publish(LayerImport *l, int trees, const char *layer)
{
	int r = path_rename_new(l->tmp.parent_fd, l->tmp.name, trees, layer);

	if (r == 0)
		tmp_dir_moved(&l->tmp);
	return r;
}

int layer_import_commit(LayerImport *l, const char *layer, int64_t bytes, Error *err)
{
	_cleanup_close_ int trees = -1;
	int r;

	if (!store_layer_name_valid(layer) || bytes < 0)
		return fail(err, -EINVAL, "\"%s\" is not the name of a layer", layer);
	r = write_info(l, bytes, "", err);
	if (r < 0)
		return r;
	trees = fd_open_dir(l->store->cas_fd, "tree");
	if (trees < 0)
		return fail_errno(err, trees, "open %s/tree", l->store->path);
	while ((r = publish(l, trees, layer)) == -EEXIST) {
		r = make_way(l, layer, err);
		if (r > 0)
			return l->archive < 0 ? 0 : add_archive(l, trees, layer, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? fail_errno(err, r, "create %s/tree/%s", l->store->path, layer) : 0;
}

int layer_import_prepare(
	LayerImport *l, int replaced, int64_t bytes, const char *digest, Error *err)
{
	_cleanup_close_ int info = -1;
	int r;

	l->replaced = replaced;
	r = write_info(l, bytes, digest, err);
	if (r < 0)
		return r;
	/* The kernel takes no file that somebody may write to under fs-verity. */
	l->tar = fd_close(l->tar);
	info = openat(l->tmp.fd, "info", O_RDWR | O_CLOEXEC);
	r = info < 0 || syncfs(l->tmp.fd) < 0 ? -errno : standing_mark(info, true);
	return r < 0 ? fail_errno(err, r, "write %s to disk", l->store->path) : 0;
}

/* Whether the tree is still that of the layer, in this store. */
static bool is_tree_of(int tree, const Store *s, const char *layer)
{
	_cleanup_free_ char *path = NULL;
	struct stat st, there;

	return layer_exists(s, layer) && str_format(&path, "tree/%s/rootfs", layer) == 0 &&
	       fstat(tree, &st) == 0 &&
	       fstatat(s->cas_fd, path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == there.st_dev && st.st_ino == there.st_ino;
}

int layer_import_replace(LayerImport *l, const char *layer, Error *err)
{
	_cleanup_close_ int trees = -1;
	int r;

	if (!is_tree_of(l->replaced, l->store, layer))
		return 0;
	trees = fd_open_dir(l->store->cas_fd, "tree");
	r = trees < 0 ? trees : path_exchange(l->tmp.parent_fd, l->tmp.name, trees, layer);
	if (r < 0)
		return fail_errno(err, r, "replace %s/tree/%s", l->store->path, layer);
	/* What was there is not removed before the disk has both names. */
	if (fsync(trees) == 0 && fsync(l->tmp.parent_fd) == 0)
		return 1;
	r = -errno;
	tmp_dir_moved(&l->tmp);
	return fail_errno(err, r, "write %s to disk", l->store->path);
}
