/* SPDX-License-Identifier: Apache-2.0 */
#include "image/repair.h"

#include "fetch/aci.h"
#include "image/again.h"
#include "image/check.h"
#include "store/dir-layer.h"
#include "store/import.h"

/* Sees to it that the archive of an ACI is whole. */
static int complete_archive(const FetchContext *context, const Image *image, Error *err)
{
	int r = blob_check(context->store, image->key, err);

	if (r != -EBADMSG && r != -ENOENT)
		return r;
	if (err)
		error_clear(err);
	return image_fetch_again(context, image, err);
}

/* Does what brings a layer anew, for which its place has to be free. What cannot be had again is
 * kept, better than nothing, until a fetch brings it. */
static int replace_layer(const FetchContext *context, const char *layer, const Image *image,
	int (*bring)(const FetchContext *context, const Image *image, Error *err), Error *err)
{
	int r = layer_refuse(context->store, layer, err);

	if (r < 0)
		return r;
	r = bring(context, image, err);
	if (r < 0)
		layer_refuse_not(context->store, layer);
	return r;
}

/* The tree of an ACI: the image itself, or one that it depends on, or both put together. */
static int repair_tree(
	const FetchContext *context, const Image *image, const char *layer, Error *err)
{
	_cleanup_image_ Image *other = NULL;
	int r = 0;

	if (!streq(layer, image->key) && !startswith(layer, LAYER_RENDERED)) {
		r = image_load(context->store, layer, &other, err);
		image = other;
	}
	if (r == 0)
		r = complete_archive(context, image, err);
	return r < 0 ? r : replace_layer(context, layer, image, aci_import_again, err);
}

/* The manifest of an ACI is in its archive, too. */
static int repair_own_files(const FetchContext *context, const Image *image, Error *err)
{
	if (blob_check(context->store, image->key, NULL) == 0)
		return aci_import_again(context, image, err);
	return image_fetch_again(context, image, err);
}

/* The layer of directories, from those that it is of: all below it. */
static int make_dirs_again(const FetchContext *context, const Image *image, Error *err)
{
	char name[LAYER_CHAIN_NAME];
	size_t n = 0;
	int r;

	while (n < image->n_layers && !startswith(image->layers[n], LAYER_DIRS))
		n++;
	r = dir_layer_make(context->store, image->layers, n, name, err);
	if (r == 0)
		r = fail(err, -ENOENT, "the layers of image %s no longer tell of directories",
			image->key);
	return MIN(r, 0);
}

int image_repair(const FetchContext *context, const Damage *damage, Error *err)
{
	if (damage->blob)
		return image_fetch_again(context, damage->image, err);
	if (!damage->layer)
		return repair_own_files(context, damage->image, err);
	if (startswith(damage->layer, LAYER_DIRS))
		return replace_layer(context, damage->layer, damage->image, make_dirs_again, err);
	if (store_layer_may_hide(damage->layer))
		return replace_layer(context, damage->layer, damage->image, image_fetch_again, err);
	return repair_tree(context, damage->image, damage->layer, err);
}
