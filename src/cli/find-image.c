/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/find-image.h"

#include <unistd.h>
#include "base/path.h"
#include "base/strbuf.h"
#include "spec/image-ref.h"

static int look_up_name(const Store *store, const ImageRef *ref, Image **ret, Error *err)
{
	int r = store_find_by_name(store, ref->name, &ref->labels, ret, err);
	const char *version = strchr(ref->typed, ':');

	/* HOST:PORT/IMAGE reads as a name with a version. */
	if (r == -ENOENT && version && strchr(version, '/'))
		error_hint(err, "an image of a registry is docker://%s", ref->typed);
	return r;
}

/* Looks where the kind of reference can be stored. -ENOENT for kinds that never are. */
static int look_up(const Store *store, const ImageRef *ref, Image **ret, Error *err)
{
	char key[STORE_KEY_LEN + 1];
	int r;

	switch (ref->kind) {
	case IMAGE_REF_KEY:
		r = store_resolve_key(store, ref->typed, key, err);
		return r < 0 ? r : image_open(store, key, ret, err);
	case IMAGE_REF_NAME: return look_up_name(store, ref, ret, err);
	case IMAGE_REF_URL:
	case IMAGE_REF_DOCKER: return store_find_remote(store, ref->remote, ret, err);
	case IMAGE_REF_FILE:
	case IMAGE_REF_OCI_LAYOUT:
	case IMAGE_REF_DOCKER_ARCHIVE: break;
	}
	return fail(err, -ENOENT, "\"%s\" is not an image in the store", ref->typed);
}

/* Whether the reference names a place outside the store that can be asked again. */
static bool is_remote(const ImageRef *ref)
{
	return ref->kind == IMAGE_REF_NAME || ref->kind == IMAGE_REF_URL ||
	       ref->kind == IMAGE_REF_DOCKER;
}

static int fetch_one(const Fetch *f, Store *store, const AppArgs *app, Image **ret, Error *err)
{
	_cleanup_free_ char *keys = NULL;
	char key[STORE_KEY_LEN + 1];
	int r = fetch_images(f, app, 1, &keys, err);

	if (r != 0)
		return r;
	if (strcspn(keys, "\n") != STORE_KEY_LEN)
		return fail(
			err, -EPROTO, "rkt-fetch did not tell the ID of image \"%s\"", app->image);
	memcpy(key, keys, STORE_KEY_LEN);
	key[STORE_KEY_LEN] = '\0';
	/* There was no store before the first fetch. */
	if (store->cas_fd < 0) {
		store_done(store);
		r = store_open(store, f->data_dir, false, err);
	}
	return r < 0 ? r : image_open(store, key, ret, err);
}

/* Whether users may have stores of their own. */
static bool has_users(const Fetch *f)
{
	_cleanup_free_ char *path = NULL;

	return str_format(&path, "%s/users", f->data_dir) == 0 && access(path, F_OK) == 0;
}

static int find(const Fetch *f, Store *store, const AppArgs *app, Image **ret, Error *err)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;
	bool key = store_looks_like_key(app->image);
	int r = image_ref_parse(app->image, !key && path_is_file(app->image), &ref, err);

	if (r < 0)
		return r;
	if (ref->kind == IMAGE_REF_KEY) {
		r = look_up(store, ref, ret, err);
		if (r != -ENOENT || !f->take_over || f->policy == PULL_NEVER || !has_users(f))
			return r;
		error_clear(err);
	}
	if (!is_remote(ref))
		return fetch_one(f, store, app, ret, err);
	if (f->policy != PULL_UPDATE) {
		r = look_up(store, ref, ret, err);
		/* One that is damaged is as good as none: rkt-fetch brings it anew. */
		if (r != -ENOENT && r != -EBADMSG)
			return r;
		error_clear(err);
	}
	/* Where nothing may be fetched, rkt-fetch says so. */
	return fetch_one(f, store, app, ret, err);
}

int image_find(const Fetch *f, Store *store, const AppArgs *app, Image **ret, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r = find(f, store, app, &image, err);

	if (r == 0)
		r = image_load_manifest(store, image, err);
	if (r != 0)
		return r;
	image_touch(store, image->key);
	*ret = TAKE_PTR(image);
	return 0;
}

int image_find_stored(
	const Store *store, const char *typed, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;
	_cleanup_image_ Image *image = NULL;
	int r = image_ref_parse(typed, false, &ref, err);

	if (r < 0)
		return r;
	/* By its ID an image is found also when it is damaged. */
	if (ref->kind == IMAGE_REF_KEY)
		return store_resolve_key(store, ref->typed, ret_key, err);
	r = look_up(store, ref, &image, err);
	if (r == 0)
		memcpy(ret_key, image->key, sizeof image->key);
	return r;
}
