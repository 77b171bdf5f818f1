/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/number.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "isolate/mount.h"
#include "isolate/view-namespace.h"
#include "store/tmp.h"

/* The path of a file of a layer below cas_fd. */
static int layer_member(const char *layer, const char *member, char **ret, Error *err)
{
	if (!store_layer_name_valid(layer))
		return fail(err, -EINVAL, "\"%s\" is not the name of a layer", layer);
	return str_format(ret, "tree/%s/%s", layer, member) < 0 ? fail_oom(err) : 0;
}

int layer_mount_view(int dir)
{
	_cleanup_close_ int mount = -1;
	char here[32];

	/* The kernel takes no more than 255 bytes. */
	(void)snprintf(here, sizeof here, "/proc/self/fd/%d", dir);
	mount = mount_create_view(here);
	/* It cannot be read by itself, only by what is opened in it. */
	return mount < 0 ? mount : fd_open_dir(mount, ".");
}

static int open_tree(const Store *s, const char *layer, Error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = layer_member(layer, "rootfs", &path, err);

	if (r < 0)
		return r;
	r = fd_open_dir(s->cas_fd, path);
	if (r == -ENOENT || r == -EBADF)
		return fail(err, -ENOENT, "layer %s is not in the store", layer);
	return r < 0 ? fail_errno(err, r, "open layer %s", layer) : r;
}

/* The directory of a layer that is a view, -1 for one that is none. */
static int open_view_dir(const Store *s, const char *layer)
{
	_cleanup_free_ char *path = NULL;

	if (!store_layer_is_view(s, layer) || layer_member(layer, ".", &path, NULL) < 0)
		return -1;
	return MAX(fd_open_dir(s->cas_fd, path), -1);
}

/* Whether mounting a view says so because of what is in its files. */
static bool is_damage(int r)
{
	return r == -ENOENT || r == -EINVAL || r == -EUCLEAN || r == -EIO;
}

static int open_view(const ViewRequest *request, Error *err)
{
	int fd = layer_mount_view(request->dir);

	if (fd >= 0)
		return fd;
	(void)fail_errno(err, fd, "mount the view of layer %s", request->layer);
	error_hint(err, "%s",
		is_damage(fd)
			? "the layer is damaged: \"rkt fsck --repair\" makes it anew"
			: "views take Linux 6.12.2 or later and a filesystem other than tmpfs "
			  "and overlayfs: elsewhere remove the image and fetch it again, "
			  "which unpacks it");
	return fd;
}

/* Those that pods do not share. */
static int open_others(const Store *s, ViewRequest *requests, size_t n, Error *err)
{
	int r = 0;

	for (ViewRequest *q = requests; q < requests + n && r == 0; q++) {
		if (q->fd < 0)
			q->fd = q->dir < 0 ? open_tree(s, q->layer, err) : open_view(q, err);
		r = MIN(q->fd, 0);
	}
	return r;
}

/* At most VIEWS_AT_ONCE, in one visit to the views that pods share. */
static int open_some(const Store *s, const char *const *layers, size_t n, int *ret_fds, Error *err)
{
	ViewRequest requests[VIEWS_AT_ONCE];
	_cleanup_close_ int shared = -1;
	size_t views = 0;
	int r;

	for (size_t i = 0; i < n; i++) {
		requests[i] = (ViewRequest){open_view_dir(s, layers[i]), layers[i], -1};
		views += requests[i].dir >= 0;
	}
	if (views > 0)
		shared = view_namespace_open(s->cas_fd, STORE_VIEWS);
	if (shared >= 0)
		(void)view_namespace_look(shared, requests, n);
	r = open_others(s, requests, n, err);
	for (size_t i = 0; i < n; i++) {
		(void)fd_close(requests[i].dir);
		if (r == 0)
			ret_fds[i] = requests[i].fd;
		else
			(void)fd_close(requests[i].fd);
	}
	return r;
}

int store_layers_open(const Store *s, const char *const *layers, size_t n, int *ret_fds, Error *err)
{
	size_t done = 0;
	int r = 0;

	while (r == 0 && done < n) {
		size_t some = MIN(n - done, (size_t)VIEWS_AT_ONCE);

		r = open_some(s, layers + done, some, ret_fds + done, err);
		done += r == 0 ? some : 0;
	}
	for (size_t i = 0; i < done && r < 0; i++)
		(void)fd_close(ret_fds[i]);
	return r;
}

int store_layer_open(const Store *s, const char *layer, Error *err)
{
	int fd, r = store_layers_open(s, &layer, 1, &fd, err);

	return r < 0 ? r : fd;
}

int layer_info_format(const LayerInfo *info, char ret[static LAYER_INFO_MAX], Error *err)
{
	char head[STANDING_HEAD + 1], tar[32] = "", digest[sizeof info->tar_digest + 16] = "";
	int r = standing_format(false, head, err);

	if (info->tar_size >= 0)
		(void)snprintf(tar, sizeof tar, "tar=%lld\n", (long long)info->tar_size);
	if (*info->tar_digest)
		(void)snprintf(digest, sizeof digest, "digest=%s\n", info->tar_digest);
	if (r == 0)
		(void)snprintf(ret, LAYER_INFO_MAX, "%sbytes=%lld\n%s%s", head,
			(long long)info->bytes, tar, digest);
	return r;
}

/* The value of the line "KEYVALUE\n" at *text, which is changed and moves on behind it. NULL when
 * another line is there. */
static const char *take_line(char **text, const char *key)
{
	const char *value = startswith(*text, key);
	char *end = value ? strchr(*text, '\n') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return value;
}

static int take_number(char **text, const char *key, int64_t *ret)
{
	const char *value = take_line(text, key);

	return value && number_parse_i64(value, 0, INT64_MAX, ret) == 0 ? 0 : -EBADMSG;
}

static int take_digest(char **text, char ret[static STORE_TAR_DIGEST_LEN + 1])
{
	const char *value = take_line(text, "digest=");

	if (!value || strlen(value) != STORE_TAR_DIGEST_LEN ||
		strspn(value, "0123456789abcdef") != STORE_TAR_DIGEST_LEN)
		return -EBADMSG;
	memcpy(ret, value, STORE_TAR_DIGEST_LEN + 1);
	return 0;
}

/* The text is changed. */
static int parse_info(char *text, LayerInfo *ret)
{
	const char *head = standing_skip(text);
	char *rest = head ? text + (head - text) : NULL;
	int r = rest ? take_number(&rest, "bytes=", &ret->bytes) : -EBADMSG;

	if (r == 0 && *rest)
		r = take_number(&rest, "tar=", &ret->tar_size);
	if (r == 0 && *rest)
		r = take_digest(&rest, ret->tar_digest);
	return r == 0 && *rest ? -EBADMSG : r;
}

int layer_info_read(int dirfd, const char *path, LayerInfo *ret)
{
	_cleanup_free_ char *text = NULL;
	LayerInfo info = {.tar_size = -1};
	size_t len;
	int r = fd_read_file(dirfd, path, LAYER_INFO_MAX, &text, &len, NULL);

	if (r == 0)
		r = parse_info(text, &info);
	if (r == 0)
		*ret = info;
	return r;
}

/* Whether it came as a view, whatever is left of it. */
static bool came_as_view(const Store *s, const char *layer)
{
	_cleanup_free_ char *path = NULL;
	LayerInfo info;

	return layer_member(layer, "info", &path, NULL) == 0 &&
	       layer_info_read(s->cas_fd, path, &info) == 0 && info.tar_size >= 0;
}

bool store_layer_is_view(const Store *s, const char *layer)
{
	_cleanup_free_ char *path = NULL;

	if (layer_member(layer, "index", &path, NULL) < 0)
		return false;
	return faccessat(s->cas_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || came_as_view(s, layer);
}

static int fail_damaged(const Store *s, const char *path, Error *err)
{
	return fail(err, -EBADMSG, "%s/%s is damaged", s->path, path);
}

int store_layer_info(const Store *s, const char *layer, LayerInfo *ret, Error *err)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	LayerInfo info = {.tar_size = -1};
	Standing standing;
	size_t len;
	int r;

	r = layer_member(layer, "info", &path, err);
	if (r < 0)
		return r;
	r = fd_read_file(s->cas_fd, path, LAYER_INFO_MAX, &text, &len, err);
	if (r == -ENOENT || r == -EBADF)
		return fail(err, -ENOENT, "layer %s is not in the store", layer);
	if (r == -EFBIG || r == -EISDIR) {
		error_clear(err);
		return fail_damaged(s, path, err);
	}
	if (r < 0)
		return r;
	r = standing_of(text, &standing, err);
	if (r == 0 && !standing_is_visible(standing))
		return fail(err, -ENOENT, "layer %s is not in the store", layer);
	if (r == 0 && parse_info(text, &info) < 0)
		return fail_damaged(s, path, err);
	if (r == 0)
		*ret = info;
	return r;
}

int layer_standing(const Store *s, const char *layer, Standing *ret, Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	Standing standing;
	int r;

	r = layer_member(layer, "info", &path, err);
	if (r == 0)
		r = standing_open(s->cas_fd, path, &fd, &standing, err);
	/* Whoever is writing the mark may not have got it to the disk. */
	if (r == 0 && standing == STANDING_ON_DISK && fdatasync(fd) < 0)
		r = fail_errno(err, -errno, "sync %s/%s", s->path, path);
	if (r == 0)
		*ret = standing;
	return r;
}

static bool needs_layer(const Image *image, const char *layer)
{
	for (size_t i = 0; i < image->n_layers; i++)
		if (streq(image->layers[i], layer))
			return true;
	return false;
}

/* Whether an image names the layer, or might: one that cannot be read may name any. */
static int layer_is_used(const Store *s, const char *layer, Error *err)
{
	Image **images = NULL;
	size_t n = 0, broken = 0;
	int r = image_list(s, &images, &n, &broken, err);
	bool used = broken > 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && !used; i++)
		used = needs_layer(images[i], layer);
	image_list_free(images, n);
	return used;
}

int layer_set_aside(const Store *s, const char *layer, Error *err)
{
	_cleanup_close_ int trees = fd_open_dir(s->cas_fd, "tree");
	_cleanup_close_ int tmp = fd_open_dir(s->cas_fd, "tmp");
	char name[sizeof LAYER_ASIDE "0123456789abcdef"];
	uint64_t random;
	int r;

	if (trees < 0 || tmp < 0)
		return fail_errno(err, MIN(trees, tmp), "open %s", s->path);
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return fail(err, -EIO, "no random number could be had");
	(void)snprintf(name, sizeof name, LAYER_ASIDE "%016llx", (unsigned long long)random);
	r = path_rename_new(trees, layer, tmp, name);
	return r < 0 && r != -ENOENT ? fail_errno(err, r, "set layer %s aside", layer) : 0;
}

int layer_remove(const Store *s, const char *layer, Error *err)
{
	_cleanup_tmp_dir_ TmpDir tmp = TMP_DIR_INIT;
	_cleanup_close_ int trees = -1;
	int r;

	r = tmp_dir_make(s, &tmp, err);
	if (r < 0)
		return r;
	trees = fd_open_dir(s->cas_fd, "tree");
	if (trees < 0)
		return fail_errno(err, trees, "open %s/tree", s->path);
	if (renameat(trees, layer, tmp.fd, "tree") < 0 && errno != ENOENT)
		return fail_errno(err, -errno, "remove layer %s", layer);
	return 0;
}

int store_layer_remove_unused(const Store *s, const char *layer, Error *err)
{
	int r;

	if (!store_layer_name_valid(layer))
		return fail(err, -EINVAL, "\"%s\" is not the name of a layer", layer);
	r = layer_is_used(s, layer, err);
	if (r != 0)
		return r < 0 ? r : -EBUSY;
	return layer_remove(s, layer, err);
}
