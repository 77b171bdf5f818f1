/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "cli/fetch.h"
#include "cli/run-options.h"
#include "cli/stores.h"
#include "cli/verb.h"

#define SHORT_KEY_LEN 39 /* "sha512-" and 32 digits */

typedef struct FetchOptions {
	const char *pull_policy;
	bool full, store_only, no_store;
} FetchOptions;

#define AT(member) offsetof(FetchOptions, member)

static const Option rows[] = {
	{"full", OPTION_BOOL, AT(full), "false", NULL, "print the whole image ID"},
	{"no-store", OPTION_BOOL, AT(no_store), NULL, NULL, "fetch images again",
		.deprecated = "please use --pull-policy=update"},
	{"pull-policy", OPTION_STRING, AT(pull_policy), "update", "POLICY",
		"when to fetch an image: new (if it is not stored), never, or update (if there is "
		"a newer "
		"one)",
		OPTION_UNQUOTED, .words = "new never update"},
	{"store-only", OPTION_BOOL, AT(store_only), NULL, NULL, "use only stored images",
		.deprecated = "please use --pull-policy=never"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static void print_keys(const char *keys, bool full)
{
	while (*keys) {
		size_t len = strcspn(keys, "\n");

		(void)printf("%.*s\n", (int)(full ? len : MIN(len, (size_t)SHORT_KEY_LEN)), keys);
		keys += len + (keys[len] == '\n');
	}
}

static int check_images(const Invocation *inv, Error *err)
{
	if (inv->n_images == 0)
		return fail(err, -EINVAL, "must provide at least one image");
	for (size_t i = 0; i < inv->n_images; i++)
		if (inv->images[i].args.items)
			return fail(err, -EINVAL, "app arguments unsupported");
	return 0;
}

static int run(const Invocation *inv, Error *err)
{
	const FetchOptions *options = inv->options;
	_cleanup_free_ char *data_dir = NULL, *keys = NULL;
	Fetch fetch = {.global = inv->global, .component = "fetch"};
	int r = check_images(inv, err);

	if (r == 0)
		r = pull_policy_choose(options->pull_policy, options->store_only, options->no_store,
			&fetch.policy, err);
	if (r == 0)
		r = stores_data_dir(inv->global, true, &data_dir, err);
	if (r < 0)
		return r;
	fetch.data_dir = data_dir;
	fetch.keep_archives = r > 0;
	r = fetch_images(&fetch, inv->images, inv->n_images, &keys, err);
	if (r < 0)
		return r;
	/* Those before the one that failed are there. */
	print_keys(keys, options->full);
	return r;
}

#define ROW                                                                                        \
	.synopsis = "[OPTIONS] IMAGE [--signature=PATH] [IMAGE ...]",                              \
	.brief = "Fetch images and store them in the local store",                                 \
	.description =                                                                             \
		"Fetches images without running them, and prints their IDs. An IMAGE is\n"         \
		"  docker://[HOST[:PORT]/]NAME[:TAG|@DIGEST]   an image of a registry\n"           \
		"  oci:DIR[:TAG]                               a directory in OCI image layout\n"  \
		"  docker-archive:FILE[:TAG]                   a file made by \"docker save\"\n"   \
		"  https://HOST/PATH.aci, file:///PATH.aci     an ACI behind a URL\n"              \
		"  PATH                                        an ACI file\n"                      \
		"  NAME[:VERSION][,LABEL=VALUE...]             an ACI found by its name\n"         \
		"  sha512-...                                  an image that a user has fetched\n" \
		"TAG of a layout or an archive may also be the whole reference, such as "          \
		"team/app:v1. Members of the group rkt, who may not write to the store, have "     \
		"one of their own; by its ID root can take over what is there.\n"                  \
		"\n"                                                                               \
		"Where it can be, layers are not unpacked: pods see them by views (EROFS) of "     \
		"their archives. That takes root, Linux 6.12.2 or later with EROFS, and a store "  \
		"on a filesystem of a disk, such as ext4, xfs or btrfs: not on tmpfs, and not on " \
		"overlayfs, which takes no layers that remove files either. It is tried once in "  \
		"a boot; \"rkt config\" and \"rkt image df\" tell what has come of it. "           \
		"Elsewhere, "                                                                      \
		"and where an archive has sparse files or an ACI has dependencies or a path "      \
		"whitelist, layers are unpacked, and so they are with "                            \
		"RKT_LAYER_VIEW=tree in the environment. Both may be in one store and one pod; "   \
		"\"rkt image gc\" makes views of layers that were unpacked and need not be. "      \
		"Before such a store is moved or its disk unmounted, \"rkt gc\" lets go of what "  \
		"pods have shared.",                                                               \
	.options = sets, .app_options = signature_option_sets,                                     \
	.options_size = sizeof(FetchOptions), .run = run

const Verb verb_fetch = {.name = "fetch", ROW, .flags = VERB_IMAGES};

/* Its old place among the image commands. */
const Verb verb_image_fetch = {.name = "image fetch", ROW, .flags = VERB_IMAGES | VERB_HIDDEN};
