/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/find-image.h"

#include "base/path.h"
#include "spec/image-ref.h"

typedef char Key[STORE_KEY_LEN + 1];

/* Looks where the kind of reference can be stored. -ENOENT for kinds that never are. */
static int look_up(const Store *store, const ImageRef *ref, Key ret, Error *err)
{
	switch (ref->kind) {
	case IMAGE_REF_KEY: return store_resolve_key(store, ref->typed, ret, err);
	case IMAGE_REF_NAME: return store_find_by_name(store, ref->name, &ref->labels, ret, err);
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

static int fetch_one(const Fetch *f, Store *store, const AppArgs *app, Key ret, Error *err)
{
	_cleanup_free_ char *keys = NULL;
	int r = fetch_images(f, app, 1, &keys, err);

	if (r != 0)
		return r;
	if (strcspn(keys, "\n") != STORE_KEY_LEN)
		return fail(
			err, -EPROTO, "rkt-fetch did not tell the ID of image \"%s\"", app->image);
	memcpy(ret, keys, STORE_KEY_LEN);
	ret[STORE_KEY_LEN] = '\0';
	/* There was no store before the first fetch. */
	if (store->cas_fd < 0) {
		store_done(store);
		return store_open(store, f->data_dir, false, err);
	}
	return 0;
}

static int find_key(const Fetch *f, Store *store, const AppArgs *app, Key ret, Error *err)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;
	bool key = store_looks_like_key(app->image);
	int r = image_ref_parse(app->image, !key && path_is_file(app->image), &ref, err);

	if (r < 0)
		return r;
	if (ref->kind == IMAGE_REF_KEY)
		return look_up(store, ref, ret, err);
	if (!is_remote(ref))
		return fetch_one(f, store, app, ret, err);
	if (f->policy != PULL_UPDATE) {
		r = look_up(store, ref, ret, err);
		if (r != -ENOENT)
			return r;
		error_clear(err);
	}
	/* Where nothing may be fetched, rkt-fetch says so. */
	return fetch_one(f, store, app, ret, err);
}

int image_find(const Fetch *f, Store *store, const AppArgs *app, Image **ret, Error *err)
{
	Key key;
	int r = find_key(f, store, app, key, err);

	if (r == 0)
		r = image_load(store, key, ret, err);
	if (r == 0)
		image_touch(store, key);
	return r;
}

int image_find_stored(
	const Store *store, const char *typed, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;
	int r = image_ref_parse(typed, false, &ref, err);

	return r < 0 ? r : look_up(store, ref, ret_key, err);
}
