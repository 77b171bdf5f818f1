/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "cli/human.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "pod/needs.h"
#include "store/blobs.h"
#include "store/usage.h"

#define SHORT_ID 19 /* "sha512-" and 12 digits */
#define TEXT_MAX (64u << 20)

typedef struct ImageDfOptions {
	bool full;
} ImageDfOptions;

static const Option rows[] = {
	{"full", OPTION_BOOL, offsetof(ImageDfOptions, full), "false", NULL,
		"print whole IDs, and sizes in bytes"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static const char *const kind_names[] = {
	[STORE_ITEM_LAYER] = "layer",
	[STORE_ITEM_ARCHIVE] = "archive",
	[STORE_ITEM_DOCUMENT] = "document",
	[STORE_ITEM_MANIFEST] = "manifest",
	[STORE_ITEM_DOWNLOAD] = "download",
};

/* What lines are made of. */
typedef struct Df {
	bool full;
	Image **images;
	StrList *blobs; /* of each image */
	size_t n_images;
	Arena arena;
	PodNeeds needs;
	int64_t total;
	StrBuf text;
} Df;

static void df_done(Df *df)
{
	image_list_free(df->images, df->n_images);
	arena_done(&df->arena);
	pod_needs_done(&df->needs);
	strbuf_done(&df->text);
}

static int find_blobs(Df *df, Error *err)
{
	int r = 0;

	df->blobs = arena_new(&df->arena, StrList, df->n_images + 1);
	if (!df->blobs)
		return fail_oom(err);
	for (size_t i = 0; r == 0 && i < df->n_images; i++)
		r = image_blobs(df->images[i], &df->arena, &df->blobs[i], err);
	return r;
}

static bool list_has(const char *const *items, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (streq(items[i], word))
			return true;
	return false;
}

static bool needs_item(const Df *df, size_t image, const StoreItem *item)
{
	const Image *i = df->images[image];

	switch (item->kind) {
	case STORE_ITEM_LAYER: return list_has(i->layers, i->n_layers, item->id);
	case STORE_ITEM_ARCHIVE:
	case STORE_ITEM_DOCUMENT:
		return list_has(df->blobs[image].items, df->blobs[image].n, item->id);
	case STORE_ITEM_MANIFEST: return streq(i->key, item->id);
	case STORE_ITEM_DOWNLOAD: break;
	}
	return false;
}

/* The names of the images that keep it alive, and whether pods do. */
static void put_keepers(Df *df, const StoreItem *item)
{
	const char *comma = "";

	for (size_t i = 0; i < df->n_images; i++) {
		if (!needs_item(df, i, item))
			continue;
		strbuf_printf(&df->text, "%s%s", comma, df->images[i]->manifest->name);
		comma = ",";
	}
	if (item->kind == STORE_ITEM_LAYER && pod_needs_has(&df->needs.layers, item->id)) {
		strbuf_printf(&df->text, "%spods", comma);
		comma = ",";
	}
	strbuf_puts(&df->text, *comma ? "\n" : "-\n");
}

static void put_size(Df *df, int64_t bytes)
{
	char human[HUMAN_TEXT];

	if (df->full)
		strbuf_printf(&df->text, "%" PRId64 "\t", bytes);
	else
		strbuf_printf(&df->text, "%s\t", human_size((uint64_t)bytes, human));
}

/* Of store_usage(). */
static int put(void *userdata, const StoreItem *item, Error *err)
{
	Df *df = userdata;

	df->total += item->bytes;
	strbuf_printf(&df->text, "%s\t%.*s\t", kind_names[item->kind],
		df->full ? (int)strlen(item->id) : SHORT_ID, item->id);
	put_size(df, item->bytes);
	put_keepers(df, item);
	return 0;
}

static int print(Df *df, const Store *store, Error *err)
{
	int r;

	strbuf_puts(&df->text, "KIND\tID\tSIZE\tKEPT BY\n");
	r = store_usage(store, put, df, err);
	if (r < 0)
		return r;
	strbuf_puts(&df->text, "total\t\t");
	put_size(df, df->total);
	strbuf_putc(&df->text, '\n');
	return output_table(&df->text, err);
}

static int run(const Invocation *inv, Error *err)
{
	const ImageDfOptions *options = inv->options;
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_free_ char *data_dir = NULL;
	_cleanup_(df_done) Df df = {.full = options->full, .text = STRBUF_INIT(TEXT_MAX)};
	int r = global_data_dir(inv->global, &data_dir, err);

	if (r == 0)
		r = store_open(&store, data_dir, false, err);
	if (r == 0)
		r = pods_open_told(inv, &pods, err);
	if (r == 0)
		r = pod_needs_find(&pods, &df.needs, err);
	if (r == 0)
		r = image_list(&store, &df.images, &df.n_images, NULL, err);
	if (r == 0)
		r = find_blobs(&df, err);
	return r < 0 ? r : print(&df, &store, err);
}

const Verb verb_image_df = {
	.name = "image df",
	.synopsis = "[OPTIONS]",
	.brief = "Show what uses the space of the local store",
	.description =
		"Lists what takes space in the image store, and the images that need it, or "
		"\"pods\" where pods do: layers, archives of ACIs, documents of other images, what "
		"rkt has noted of each image, and downloads that were cut off. What nothing keeps "
		"has a \"-\" there: \"rkt image gc\" removes it.",
	.options = sets,
	.options_size = sizeof(ImageDfOptions),
	.flags = VERB_ROOT,
	.run = run,
};
