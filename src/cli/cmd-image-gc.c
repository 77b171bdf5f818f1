/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/timestamp.h"
#include "cli/image-program.h"
#include "cli/image-removal.h"
#include "cli/pod-args.h"
#include "cli/stores.h"
#include "pod/needs.h"
#include "store/collect.h"
#include "store/settle.h"

typedef struct ImageGcOptions {
	int64_t grace_ns;
} ImageGcOptions;

static const Option rows[] = {
	{"grace-period", OPTION_DURATION, offsetof(ImageGcOptions, grace_ns), "24h0m0s", "DURATION",
		"remove images that nobody has used for this long", OPTION_UNQUOTED},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int remove_images(ImageRemoval *removal, const PodNeeds *needs, int64_t grace, Error *err)
{
	int64_t now = timestamp_now();
	Image **images = NULL;
	size_t n = 0;
	int r = image_list(removal->store, &images, &n, NULL, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (now - images[i]->last_used > grace &&
			!pod_needs_has(&needs->images, images[i]->key))
			image_removal_one(removal, images[i]->key);
	image_list_free(images, n);
	return r;
}

/* A Collection.removed. */
static void say_removed(void *userdata, const char *layer)
{
	log_line(NULL, "removed treestore \"%s\"", layer);
}

static int remove_rest(Store *store, const PodNeeds *needs, int64_t grace, Error *err)
{
	const Collection c = {
		.keep = &needs->layers, .max_age = grace / NS_PER_SEC, .removed = say_removed};
	size_t damaged;
	int r = store_collect(store, &c, &damaged, err);

	if (damaged > 0)
		log_line(NULL,
			"%zu image(s) are damaged: what they may need stays (see \"rkt fsck\")",
			damaged);
	return r;
}

static int collect(Store *store, const char *data_dir, const Pods *pods, int64_t grace, Error *err)
{
	_cleanup_close_ int lock = store_lock_prepare(data_dir, true, err);
	_cleanup_pod_needs_ PodNeeds needs = {.arena = {0}};
	ImageRemoval removal = {.store = store, .data_dir = data_dir};
	Error trouble = ERROR_INIT;
	int r = lock < 0 ? lock : pod_needs_find(pods, &needs, err);

	if (r == 0)
		r = store_drop_lost(store, err);
	if (r == 0)
		r = remove_images(&removal, &needs, grace, err);
	if (r == 0)
		r = remove_rest(store, &needs, grace, err);
	if (image_removal_sum_up(&removal, &trouble) == 0)
		return r;
	if (r < 0)
		log_error(err);
	*err = trouble;
	return trouble.code;
}

/* Makes views of layers. Nobody is kept off while that goes on, which can take time. */
static int turn_layers_over(const Invocation *inv, const char *data_dir, Error *err)
{
	const StrList no_words = {0};
	const ImageCall call = {
		.verb = "turn-over",
		.data_dir = data_dir,
		.words = &no_words,
		.in = -1,
		.out = -1,
	};

	return image_program_call(inv, &call, err);
}

static int run(const Invocation *inv, Error *err)
{
	const ImageGcOptions *options = inv->options;
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_free_ char *data_dir = NULL;
	int r = stores_data_dir(inv->global, false, &data_dir, err);
	bool of_member = r > 0;

	if (r >= 0)
		r = store_open(&store, data_dir, false, err);
	/* Where nothing is stored nothing is made, a lock least of all. */
	if (r < 0 || store.cas_fd < 0)
		return r;
	r = pods_open_below(data_dir, &pods, err);
	if (r == 0)
		r = collect(&store, data_dir, &pods, options->grace_ns, err);
	return r < 0 || of_member ? r : turn_layers_over(inv, data_dir, err);
}

const Verb verb_image_gc = {
	.name = "image gc",
	.synopsis = "[OPTIONS]",
	.brief = "Garbage collect the local store",
	.description =
		"Removes images that nobody has used for some time, unless pods run from them or "
		"were prepared to; then what no image and no pod needs: layers, documents of "
		"images that are gone, and parts of downloads that nobody has gone on with for the "
		"same time. Waits until nobody fetches or prepares anything.\n"
		"\n"
		"Where layers need not be unpacked (\"rkt fetch --help\" tells), those that were "
		"become views of archives that are made of them, unless pods have them. While that "
		"lasts nobody is kept waiting, and one layer takes its room on the disk twice; "
		"where there is no room for that it stays as it is. With RKT_LAYER_VIEW=tree in "
		"the environment all do.",
	.options = sets,
	.options_size = sizeof(ImageGcOptions),
	.run = run,
};
