/* SPDX-License-Identifier: Apache-2.0 */
#include "image/verify.h"

#include <fcntl.h>
#include "base/fd.h"
#include "image/check.h"
#include "store/blobs.h"

static bool is_damage(int r)
{
	return r == -EBADMSG || r == -ENOENT;
}

int image_verify(const FetchContext *context, const Image *image,
	void (*damaged)(void *userdata, const Error *reason), void *userdata, Error *err)
{
	bool unknown = false;

	for (size_t i = 0; i < image->n_layers; i++) {
		const Damage damage = {.image = image, .layer = image->layers[i]};
		Error reason = ERROR_INIT;
		int r = layer_check(context->store, image->layers[i], &reason);

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

/* Layers that were found to be whole: images share them. */
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
		int r = was_whole(whole, damage.layer)
				? 0
				: layer_check(context->store, damage.layer, &reason);

		if (r < 0 && !is_damage(r)) {
			*err = reason;
			return r;
		}
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

/* One that cannot be read at all. An archive makes it anew. */
static void check_unreadable(
	const FetchContext *context, StoreCheck *check, const char *key, const Error *reason)
{
	Image image = {.format = IMAGE_ACI, .layers = NULL};
	const Damage damage = {.image = &image, .layer = image.key};

	memcpy(image.key, key, sizeof image.key);
	(void)handle(context, check, &damage, reason);
}

static int check_image(
	const FetchContext *context, StoreCheck *check, const char *key, Whole *whole, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	Error reason = ERROR_INIT;
	int r = image_load(context->store, key, &image, &reason);

	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		check_unreadable(context, check, key, &reason);
		return 0;
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
