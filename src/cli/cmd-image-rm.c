/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/log.h"
#include "cli/find-image.h"
#include "cli/rights.h"
#include "cli/verb.h"

typedef struct Removal {
	const char *data_dir;
	size_t removed, failed;
} Removal;

/* An argument that names no image is told and forgotten; one that cannot be removed counts. */
static void remove_one(Store *store, const char *typed, Removal *result)
{
	Error err = ERROR_INIT;
	char key[STORE_KEY_LEN + 1];
	int r = image_find_stored(store, typed, key, &err);

	if (r == 0) {
		r = image_remove(store, key, &err);
		if (r == 0) {
			(void)printf("successfully removed aci for image: \"%s\"\n", key);
			result->removed++;
			return;
		}
		result->failed++;
	}
	rights_hint(result->data_dir, &err);
	log_error(&err);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_free_ char *data_dir = NULL;
	Removal result = {0};
	int r = global_data_dir(inv->global, &data_dir, err);

	if (r == 0)
		r = store_open(&store, data_dir, false, err);
	if (r < 0)
		return r;
	result.data_dir = data_dir;
	for (size_t i = 0; i < inv->n_args; i++)
		remove_one(&store, inv->args[i], &result);
	(void)fflush(stdout);
	if (result.removed > 0)
		log_line(NULL, "%zu image(s) successfully removed", result.removed);
	if (result.failed > 0)
		return fail(err, -EIO, "%zu image(s) cannot be removed", result.failed);
	return 0;
}

const Verb verb_image_rm = {
	.name = "image rm",
	.synopsis = "IMAGE ...",
	.brief = "Remove images from the local store",
	.description = "Removes stored images. IMAGE is an ID, the beginning of one, or a name. "
		       "Pods that were made from an "
		       "image keep what they need.",
	.min_args = 1,
	.missing = "IMAGE",
	.max_args = ARGS_ANY,
	.run = run,
};
