/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manifest-output.h"
#include "cli/stores.h"
#include "cli/verb.h"

static int run(const Invocation *inv, Error *err)
{
	const ManifestOutput *options = inv->options;
	_cleanup_stores_ Stores stores = STORES_INIT;
	_cleanup_image_ Image *image = NULL;
	const SeenStore *seen = NULL;
	char key[STORE_KEY_LEN + 1];
	int r = stores_open(inv->global, &stores, err);

	if (r == 0)
		r = stores_find(&stores, inv->args[0], &seen, key, err);
	if (r == 0)
		r = image_load(&seen->store, key, &image, err);
	if (r < 0)
		return r;
	return manifest_output(options, image->manifest_text, image->manifest_len, err);
}

const Verb verb_image_cat_manifest = {
	.name = "image cat-manifest",
	.synopsis = "[OPTIONS] IMAGE",
	.brief = "Inspect and print the image manifest",
	.description = "Prints the manifest of a stored image. IMAGE is an ID, the beginning of "
		       "one, or a name.",
	.options = manifest_output_sets,
	.options_size = sizeof(ManifestOutput),
	.min_args = 1,
	.missing = "IMAGE",
	.max_args = 1,
	.run = run,
};
