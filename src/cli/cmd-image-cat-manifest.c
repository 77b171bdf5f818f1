/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/find-image.h"
#include "cli/manifest-output.h"
#include "cli/verb.h"

static int run(const Invocation *inv, Error *err)
{
	const ManifestOutput *options = inv->options;
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_image_ Image *image = NULL;
	_cleanup_free_ char *data_dir = NULL;
	char key[STORE_KEY_LEN + 1];
	int r = global_data_dir(inv->global, &data_dir, err);

	if (r == 0)
		r = store_open(&store, data_dir, false, err);
	if (r == 0)
		r = image_find_stored(&store, inv->args[0], key, err);
	if (r == 0)
		r = image_load(&store, key, &image, err);
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
