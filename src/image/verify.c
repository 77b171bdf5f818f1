/* SPDX-License-Identifier: Apache-2.0 */
#include "image/verify.h"

#include <fcntl.h>
#include "base/fd.h"
#include "image/check.h"
#include "image/compare.h"
#include "store/blobs.h"
#include "store/settle.h"

static bool is_damage(int r)
{
	return r == -EBADMSG || r == -ENOENT;
}

/* note: whether one that turns out to be whole gets the checksum that it has not. Result as
 * layer_check(). */
static int look_at_layer(const Store *s, const char *layer, bool note, Error *err)
{
	int r = layer_check(s, layer, err);

	return r > 0 ? layer_compare(s, layer, note, err) : r;
}

int image_verify(const FetchContext *context, const Image *image,
	void (*damaged)(void *userdata, const Error *reason), void *userdata, Error *err)
{
	bool unknown = false;

	for (size_t i = 0; i < image->n_layers; i++) {
		const Damage damage = {.image = image, .layer = image->layers[i]};
		Error reason = ERROR_INIT;
		int r = look_at_layer(context->store, damage.layer, true, &reason);

		unknown = unknown || r > 0;
		if (r >= 0)
			continue;
		damaged(userdata, &reason);
		r = image_repair(context, &damage, err);
		if (r < 0)
			return r;
	}
	return unknown;
}

/* Layers that were looked at and are not damaged: images share them. */
typedef struct Whole {
	StrList layers;
	Arena arena;
} Whole;

static bool was_whole(const Whole *w, const char *layer)
{
	for (size_t i = 0; i < w->layers.n; i++)
		if (streq(w->layers.items[i], layer))
			return true;
	return false;
}

static void note_whole(Whole *w, const char *layer)
{
	const char *copy = arena_strdup(&w->arena, layer);

	/* Without memory it is looked at once more. */
	if (copy)
		(void)str_list_add(&w->layers, copy, &w->arena);
}

/* Tells of a damage, and repairs it where that is wanted. Whether the part is whole now. */
static bool handle(
	const FetchContext *context, StoreCheck *check, const Damage *damage, const Error *reason)
{
	const char *key = damage->image->key;
	Error trouble = ERROR_INIT;

	check->n_damaged++;
	check->damaged(check->userdata, key, reason);
	if (!check->repair)
		return false;
	if (image_repair(context, damage, &trouble) < 0) {
		check->not_repaired(check->userdata, key, &trouble);
		return false;
	}
	check->n_repaired++;
	check->repaired(check->userdata, key);
	return true;
}

static int check_layers(const FetchContext *context, StoreCheck *check, const Image *image,
	Whole *whole, Error *err)
{
	for (size_t i = 0; i < image->n_layers; i++) {
		const Damage damage = {.image = image, .layer = image->layers[i]};
		Error reason = ERROR_INIT;
		int r = was_whole(whole, damage.layer) ? 0
						       : look_at_layer(context->store, damage.layer,
								 check->repair, &reason);

		if (r < 0 && !is_damage(r)) {
			*err = reason;
			return r;
		}
		if (r > 0)
			check->unchecked(check->userdata, image->key, damage.layer);
		if (r >= 0 || handle(context, check, &damage, &reason))
			note_whole(whole, damage.layer);
	}
	return 0;
}

static int check_blobs(
	const FetchContext *context, StoreCheck *check, const Image *image, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	StrList blobs = {0};
	int r = image_blobs(image, &arena, &blobs, err);

	for (size_t i = 0; r == 0 && i < blobs.n; i++) {
		const Damage damage = {.image = image, .blob = blobs.items[i]};
		Error reason = ERROR_INIT;
		int found = blob_check(context->store, damage.blob, &reason);

		if (is_damage(found))
			(void)handle(context, check, &damage, &reason);
		else if (found < 0)
			*err = reason;
		r = is_damage(found) ? 0 : found;
	}
	return r;
}

/* -ENOENT when somebody has removed the image meanwhile. */
static int read_manifest(const Store *s, Image *image, Error *err)
{
	_cleanup_image_ Image *same = NULL;
	int r = image_load_manifest(s, image, err);

	if (r == 0)
		return manifest_check(image, err);
	if (r != -ENOENT || image_open(s, image->key, &same, NULL) == -ENOENT)
		return r;
	if (err)
		error_clear(err);
	return fail(err, -EBADMSG, "the manifest is missing");
}

/* What image_open() says, and -EBADMSG with the reason for an image that was lost. */
static int open_image(const Store *s, const char *key, Image **ret, Error *err)
{
	int r = image_open(s, key, ret, err);

	if (r != -ENOENT)
		return r;
	error_clear(err);
	r = store_image_lost(s, key, err);
	/* One that has come in this moment is new. */
	return r == 0 ? -ENOENT : r;
}

/* The image's own files: what there is of it, without a manifest where that is damaged. -EBADMSG
 * with an image and the reason. */
static int read_image(const Store *s, const char *key, Image **ret, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r = open_image(s, key, &image, err), whole;

	if (r == -ENOENT)
		return r;
	if (r < 0) {
		image = calloc(1, sizeof *image);
		if (!image)
			return fail_oom(err);
		memcpy(image->key, key, sizeof image->key);
		image->format = IMAGE_OCI;
	}
	whole = read_manifest(s, image, r < 0 ? NULL : err);
	if (r == 0 && whole == -ENOENT)
		return whole;
	if (whole < 0) {
		image_manifest_free(image->manifest);
		image->manifest = NULL;
	}
	*ret = TAKE_PTR(image);
	return r < 0 || whole < 0 ? -EBADMSG : 0;
}

static int check_image(
	const FetchContext *context, StoreCheck *check, const char *key, Whole *whole, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	Error reason = ERROR_INIT;
	int r = read_image(context->store, key, &image, &reason);

	if (r == -EBADMSG) {
		const Damage damage = {.image = image};

		if (!handle(context, check, &damage, &reason))
			return 0;
		image = image_free(image);
		r = read_image(context->store, key, &image, &reason);
	}
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		*err = reason;
		return r;
	}
	r = check_blobs(context, check, image, err);
	return r < 0 ? r : check_layers(context, check, image, whole, err);
}

int store_check(const FetchContext *context, StoreCheck *check, Error *err)
{
	const Store *s = context->store;
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "image");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	Whole whole = {.arena = {0}};
	int r = 0;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/image", s->path);
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (store_layer_name_valid(entry->d_name))
			r = check_image(context, check, entry->d_name, &whole, err);
	arena_done(&whole.arena);
	return r;
}
