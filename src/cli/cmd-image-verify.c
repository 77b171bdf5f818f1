/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/find-image.h"
#include "cli/image-program.h"
#include "cli/stores.h"

/* For rkt-image: the ID of each image behind which what was typed follows. */
static int resolve(const Invocation *inv, const char *data_dir, StrList *ret, Error *err)
{
	_cleanup_store_ Store store = STORE_INIT;
	int r = store_open(&store, data_dir, false, err);

	for (size_t i = 0; r == 0 && i < inv->n_args; i++) {
		char key[STORE_KEY_LEN + 1];
		const char *copy;

		r = image_find_stored(&store, inv->args[i], key, err);
		if (r < 0)
			return r;
		copy = arena_strdup(inv->arena, key);
		if (!copy || str_list_add(ret, copy, inv->arena) < 0 ||
			str_list_add(ret, inv->args[i], inv->arena) < 0)
			return fail_oom(err);
	}
	return r;
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_free_ char *data_dir = NULL;
	StrList words = {0};
	int r = stores_data_dir(inv->global, false, &data_dir, err);

	if (r > 0 && str_list_add(&words, "--keep-archives", inv->arena) < 0)
		return fail_oom(err);
	if (r >= 0)
		r = resolve(inv, data_dir, &words, err);
	return r < 0 ? r : image_program(inv, data_dir, words.items, words.n, err);
}

const Verb verb_image_verify = {
	.name = "image verify",
	.synopsis = "IMAGE ...",
	.brief = "Verify one or more stored images",
	.description = "Reads all files of stored images and compares them with the checksums that "
		       "were noted when the images came. What is damaged is made anew: of ACIs "
		       "from the archive in the store, of other images from the registry that they "
		       "came from. IMAGE is an ID, the beginning of one, or a name.",
	.min_args = 1,
	.missing = "IMAGE",
	.max_args = ARGS_ANY,
	.run = run,
};
