/* SPDX-License-Identifier: Apache-2.0 */

/* Removing images. */

#include "store/store.h"

#include <fcntl.h>
#include "base/fd.h"
#include "store/key.h"
#include "store/refs.h"
#include "store/tmp.h"

/* The name in the image's manifest, NULL when it cannot be read. Fresh memory. */
static char *name_of(const Store *s, const char *key)
{
	_cleanup_image_ Image *image = NULL;

	if (image_load(s, key, &image, NULL) < 0)
		return NULL;
	return strdup(image->manifest->name);
}

/* Takes the image out of sight: from here on it does not exist, whatever happens. */
static int move_away(const Store *s, const char *key, const TmpDir *tmp, Error *err)
{
	_cleanup_close_ int images = fd_open_dir(s->cas_fd, "image");

	if (images < 0)
		return fail_errno(err, images, "open %s/image", s->path);
	if (renameat(images, key, tmp->fd, "image") < 0) {
		if (errno == ENOENT)
			return fail(err, -ENOENT, "image %s is not in the store", key);
		return fail_errno(err, -errno, "remove image %s", key);
	}
	if (fsync(images) < 0)
		return fail_errno(err, -errno, "sync %s/image", s->path);
	return 0;
}

int image_remove(Store *s, const char *key, Error *err)
{
	char blob[sizeof "blob/" + STORE_KEY_LEN];
	_cleanup_tmp_dir_ TmpDir tmp = TMP_DIR_INIT;
	_cleanup_close_ int lock = -1;
	_cleanup_free_ char *name = NULL;
	int r;

	if (!key_valid(key))
		return fail(err, -EINVAL, "\"%s\" is not an image ID", key);
	if (s->cas_fd < 0)
		return fail(err, -ENOENT, "image %s is not in the store", key);
	r = tmp_dir_make(s, &tmp, err);
	if (r < 0)
		return r;
	lock = refs_lock(s, err);
	if (lock < 0)
		return lock;
	name = name_of(s, key);
	r = move_away(s, key, &tmp, err);
	if (r < 0)
		return r;
	r = refs_remove(s, name, key, err);
	(void)snprintf(blob, sizeof blob, "blob/%s", key);
	if (unlinkat(s->cas_fd, blob, 0) < 0 && errno != ENOENT && r == 0)
		r = fail_errno(err, -errno, "remove %s/%s", s->path, blob);
	return r < 0;
}
