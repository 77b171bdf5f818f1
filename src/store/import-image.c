/* SPDX-License-Identifier: Apache-2.0 */

/* Making an image visible. */

#include "store/import.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/timestamp.h"
#include "store/image-info.h"
#include "store/key.h"
#include "store/layer.h"
#include "store/refs.h"
#include "store/tmp.h"

/* *ret_on_disk: whether all its layers are. */
static int check(const Store *s, const ImageImport *import, bool *ret_on_disk, Error *err)
{
	bool on_disk = true;

	if (!key_valid(import->key))
		return fail(err, -EINVAL, "\"%s\" is not an image ID", import->key);
	if (import->n_layers > STORE_LAYERS_MAX)
		return fail(err, -EINVAL, "image %s has %zu layers; at most %d can be stacked",
			import->key, import->n_layers, STORE_LAYERS_MAX);
	for (size_t i = 0; i < import->n_layers; i++) {
		Standing standing;
		int r = layer_standing(s, import->layers[i], &standing, err);

		if (r == 0 && !standing_is_visible(standing))
			return fail(
				err, -ENOENT, "layer %s is not in the store", import->layers[i]);
		if (r < 0)
			return r;
		on_disk = on_disk && standing == STANDING_ON_DISK;
	}
	*ret_on_disk = on_disk;
	return 0;
}

static int format_info(const ImageImport *import, const ImageManifest *manifest, bool on_disk,
	const struct timespec *now, char **ret, size_t *ret_len, Error *err)
{
	ImageInfo info = {
		.format = import->format,
		.import_time = timestamp_of(*now),
		.size = import->size,
		.latest = import->latest,
		.on_disk = on_disk,
		.labels = manifest->labels,
		.layers = (const char **)import->layers,
		.n_layers = import->n_layers,
	};

	return image_info_format(&info, ret, ret_len, err);
}

static int write_member(
	int dirfd, const char *name, const void *data, size_t len, bool sync, Error *err)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int r;

	if (fd < 0)
		return fail_errno(err, -errno, "create %s", name);
	r = fd_write(fd, data, len);
	if (r == 0 && sync && fsync(fd) < 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "write %s", name) : 0;
}

/* The file whose time is that of the last use, which is the import so far. */
static int write_last_used(int dirfd, const struct timespec *now, bool sync, Error *err)
{
	const struct timespec times[2] = {*now, *now};
	int r = write_member(dirfd, "lastused", "", 0, sync, err);

	if (r == 0 && utimensat(dirfd, "lastused", times, 0) < 0)
		r = fail_errno(err, -errno, "write lastused");
	return r;
}

/* Makes the three files in tmp. */
static int make_files(const ImageImport *import, const ImageManifest *manifest, const TmpDir *tmp,
	bool on_disk, Error *err)
{
	_cleanup_free_ char *info = NULL;
	struct timespec now;
	size_t len;
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	r = format_info(import, manifest, on_disk, &now, &info, &len, err);
	if (r == 0)
		r = write_member(tmp->fd, "info", info, len, on_disk, err);
	if (r == 0)
		r = write_member(tmp->fd, "manifest", import->manifest_text, import->manifest_len,
			on_disk, err);
	if (r == 0)
		r = write_last_used(tmp->fd, &now, on_disk, err);
	if (r == 0 && (fchmod(tmp->fd, 0750) < 0 || (on_disk && fsync(tmp->fd) < 0)))
		r = fail_errno(err, -errno, "complete %s", tmp->name);
	return r < 0 ? wrap(err, r, "cannot store image %s", import->key) : 0;
}

/* Replaces the files of an image that is there already, each by itself: they say the same but for
 * the times. */
static int renew(int images, const char *key, const TmpDir *tmp, bool on_disk, Error *err)
{
	static const char *const members[] = {"manifest", "info", "lastused"};
	_cleanup_close_ int image = fd_open_dir(images, key);

	if (image < 0)
		return fail_errno(err, image, "open image %s", key);
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (renameat(tmp->fd, members[i], image, members[i]) < 0)
			return fail_errno(err, -errno, "renew image %s", key);
	return on_disk && fsync(image) < 0 ? fail_errno(err, -errno, "sync image %s", key) : 0;
}

/* One rename makes the image exist. */
static int publish(const Store *s, const char *key, TmpDir *tmp, bool on_disk, Error *err)
{
	_cleanup_close_ int images = fd_open_dir(s->cas_fd, "image");
	int r;

	if (images < 0)
		return fail_errno(err, images, "open %s/image", s->path);
	r = path_rename_new(tmp->parent_fd, tmp->name, images, key);
	if (r == -EEXIST)
		return renew(images, key, tmp, on_disk, err);
	if (r < 0)
		return fail_errno(err, r, "create %s/image/%s", s->path, key);
	tmp_dir_moved(tmp);
	return on_disk && fsync(images) < 0 ? fail_errno(err, -errno, "sync %s/image", s->path) : 0;
}

/* The names of blobs, which are on disk themselves, as they say (import.h). */
static int sync_blobs(const Store *s, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "blob");

	if (fd < 0 || fsync(fd) < 0)
		return fail_errno(err, fd < 0 ? fd : -errno, "sync %s/blob", s->path);
	return 0;
}

static int set_remote(const Store *s, const ImageImport *import, bool on_disk, Error *err)
{
	RemoteRecord record = {.time = time(NULL), .max_age = import->max_age};

	(void)snprintf(record.key, sizeof record.key, "%s", import->key);
	(void)snprintf(record.etag, sizeof record.etag, "%s", import->etag ? import->etag : "");
	return refs_set_remote(s, import->remote_ref, &record, on_disk, err);
}

int image_import(Store *s, const ImageImport *import, Error *err)
{
	_cleanup_image_manifest_ ImageManifest *manifest = NULL;
	_cleanup_tmp_dir_ TmpDir tmp = TMP_DIR_INIT;
	_cleanup_close_ int lock = -1;
	bool on_disk = false;
	int r;

	r = check(s, import, &on_disk, err);
	if (r < 0)
		return r;
	r = image_manifest_parse(import->manifest_text, import->manifest_len, &manifest, err);
	if (r < 0)
		return r;
	tmp_collect(s);
	r = tmp_dir_make(s, &tmp, err);
	if (r < 0)
		return r;
	r = make_files(import, manifest, &tmp, on_disk, err);
	if (r == 0 && on_disk)
		r = sync_blobs(s, err);
	if (r < 0)
		return r;
	lock = refs_lock(s, err);
	if (lock < 0)
		return lock;
	/* The name first: until the image is there it leads nowhere, which is as good as no name.
	 */
	if (!import->unnamed)
		r = refs_add_name(s, manifest->name, import->key, on_disk, err);
	if (r == 0)
		r = publish(s, import->key, &tmp, on_disk, err);
	return r < 0 || !import->remote_ref ? r : set_remote(s, import, on_disk, err);
}
