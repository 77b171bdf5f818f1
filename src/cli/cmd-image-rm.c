/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/find-image.h"
#include "cli/image-removal.h"
#include "cli/stores.h"
#include "cli/verb.h"

/* An argument that names no image is told and forgotten. */
static void remove_typed(ImageRemoval *removal, const char *typed)
{
	Error err = ERROR_INIT;
	char key[STORE_KEY_LEN + 1];

	if (image_find_stored(removal->store, typed, key, &err) < 0)
		log_error(&err);
	else
		image_removal_one(removal, key);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_free_ char *data_dir = NULL;
	ImageRemoval removal = {.store = &store};
	int r = stores_data_dir(inv->global, false, &data_dir, err);

	if (r >= 0)
		r = store_open(&store, data_dir, false, err);
	if (r < 0)
		return r;
	removal.data_dir = data_dir;
	for (size_t i = 0; i < inv->n_args; i++)
		remove_typed(&removal, inv->args[i]);
	return image_removal_sum_up(&removal, err);
}

const Verb verb_image_rm = {
	.name = "image rm",
	.synopsis = "IMAGE ...",
	.brief = "Remove images from the local store",
	.description =
		"Removes stored images. IMAGE is an ID, the beginning of one, or a name. "
		"Pods that were made from an "
		"image keep what they need. Members of the group rkt remove images of their own.",
	.min_args = 1,
	.missing = "IMAGE",
	.max_args = ARGS_ANY,
	.run = run,
};
