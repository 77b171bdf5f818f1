/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "cli/human.h"
#include "cli/layer-view.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "cli/stores.h"
#include "pod/needs.h"
#include "store/blobs.h"
#include "store/settle.h"
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
	[STORE_ITEM_VIEW] = "view",
	[STORE_ITEM_ARCHIVE] = "archive",
	[STORE_ITEM_DOCUMENT] = "document",
	[STORE_ITEM_MANIFEST] = "manifest",
	[STORE_ITEM_DOWNLOAD] = "download",
	[STORE_ITEM_REPLACED] = "replaced",
};

/* An image, and what it keeps. */
typedef struct Keeper {
	const Image *image;
	char *name; /* with the version */
	StrList blobs;
} Keeper;

/* What lines are made of. */
typedef struct Df {
	bool full;
	const Store *store;
	Image **images;
	Keeper *keepers; /* one for each image, in the order of their names */
	size_t n_images;
	size_t n_damaged; /* images that cannot be read */
	PodNeeds needs;
	StoreItem *items;
	size_t n_items, size;
	Arena arena;
	StrBuf text;
} Df;

static void df_done(Df *df)
{
	for (size_t i = 0; df->keepers && i < df->n_images; i++)
		free(df->keepers[i].name);
	free(df->keepers);
	image_list_free(df->images, df->n_images);
	free(df->items);
	arena_done(&df->arena);
	pod_needs_done(&df->needs);
	strbuf_done(&df->text);
}

static int by_name(const void *a, const void *b)
{
	const Keeper *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->image->key, y->image->key);
}

static int find_keepers(Df *df, Error *err)
{
	int r = image_list(df->store, &df->images, &df->n_images, &df->n_damaged, err);

	if (r < 0)
		return r;
	df->keepers = calloc(df->n_images + 1, sizeof *df->keepers);
	if (!df->keepers)
		return fail_oom(err);
	for (size_t i = 0; r == 0 && i < df->n_images; i++) {
		Keeper *k = &df->keepers[i];

		k->image = df->images[i];
		if (image_manifest_display_name(k->image->manifest, &k->name) < 0)
			return fail_oom(err);
		r = image_blobs(k->image, &df->arena, &k->blobs, err);
	}
	if (r == 0)
		qsort(df->keepers, df->n_images, sizeof *df->keepers, by_name);
	return r;
}

static bool list_has(const char *const *items, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (streq(items[i], word))
			return true;
	return false;
}

static bool keeps(const Keeper *k, const StoreItem *item)
{
	switch (item->kind) {
	case STORE_ITEM_LAYER:
	case STORE_ITEM_VIEW: return list_has(k->image->layers, k->image->n_layers, item->id);
	case STORE_ITEM_ARCHIVE:
	case STORE_ITEM_DOCUMENT: return list_has(k->blobs.items, k->blobs.n, item->id);
	case STORE_ITEM_MANIFEST: return streq(k->image->key, item->id);
	case STORE_ITEM_DOWNLOAD:
	case STORE_ITEM_REPLACED: break;
	}
	return false;
}

/* Whether the collector leaves it alone because of an image that cannot be read: as it is that
 * image's own, or since there is one, which may need anything. */
static bool damage_keeps(const Df *df, const StoreItem *item)
{
	if (df->n_damaged == 0 || item->kind == STORE_ITEM_DOWNLOAD)
		return false;
	return item->kind != STORE_ITEM_MANIFEST ||
	       store_image_lost(df->store, item->id, NULL) == 0;
}

/* Several images may have one name: their IDs tell them apart. */
static bool shares_name(const Df *df, size_t i)
{
	const char *name = df->keepers[i].name;

	return (i > 0 && streq(df->keepers[i - 1].name, name)) ||
	       (i + 1 < df->n_images && streq(df->keepers[i + 1].name, name));
}

/* The images that keep it, and whether pods do. */
static void put_keepers(Df *df, const StoreItem *item)
{
	const char *comma = "";

	for (size_t i = 0; i < df->n_images; i++) {
		const Keeper *k = &df->keepers[i];

		if (!keeps(k, item))
			continue;
		strbuf_printf(&df->text, "%s%s", comma, k->name);
		if (shares_name(df, i))
			strbuf_printf(&df->text, " (%.*s)", SHORT_ID, k->image->key);
		comma = ",";
	}
	if ((item->kind == STORE_ITEM_LAYER || item->kind == STORE_ITEM_VIEW) &&
		pod_needs_has(&df->needs.layers, item->id)) {
		strbuf_printf(&df->text, "%spods", comma);
		comma = ",";
	}
	if (item->kind == STORE_ITEM_REPLACED)
		strbuf_puts(&df->text, "boot\n");
	else
		strbuf_puts(&df->text, *comma                   ? "\n"
				       : damage_keeps(df, item) ? "damaged\n"
								: "-\n");
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
static int add_item(void *userdata, const StoreItem *item, Error *err)
{
	Df *df = userdata;
	const char *id = arena_strdup(&df->arena, item->id);

	if (df->n_items == df->size) {
		size_t size = MAX(df->size * 2, (size_t)64);
		StoreItem *items = realloc(df->items, size * sizeof *items);

		if (!items)
			return fail_oom(err);
		df->items = items;
		df->size = size;
	}
	df->items[df->n_items++] = (StoreItem){item->kind, id, item->bytes};
	return id ? 0 : fail_oom(err);
}

/* Kind by kind, what is large first. */
static int by_size(const void *a, const void *b)
{
	const StoreItem *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->id, y->id);
}

static int print(Df *df, Error *err)
{
	int64_t total = 0;

	if (df->n_items > 0)
		qsort(df->items, df->n_items, sizeof *df->items, by_size);
	strbuf_puts(&df->text, "KIND\tID\tSIZE\tKEPT BY\n");
	for (size_t i = 0; i < df->n_items; i++) {
		const StoreItem *item = &df->items[i];

		total += item->bytes;
		strbuf_printf(&df->text, "%s\t%.*s\t", kind_names[item->kind],
			df->full ? (int)strlen(item->id) : SHORT_ID, item->id);
		put_size(df, item->bytes);
		put_keepers(df, item);
	}
	strbuf_puts(&df->text, "total\t\t");
	put_size(df, total);
	strbuf_putc(&df->text, '\n');
	return output_table(&df->text, err);
}

static int run(const Invocation *inv, Error *err)
{
	const ImageDfOptions *options = inv->options;
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_free_ char *data_dir = NULL;
	_cleanup_(df_done)
		Df df = {.full = options->full, .store = &store, .text = STRBUF_INIT(TEXT_MAX)};
	int r = stores_data_dir(inv->global, false, &data_dir, err);

	if (r >= 0)
		r = store_open(&store, data_dir, false, err);
	if (r == 0)
		r = pods_open_below(data_dir, &pods, err);
	if (r == 0)
		r = pod_needs_find(&pods, &df.needs, err);
	if (r == 0)
		r = find_keepers(&df, err);
	if (r == 0)
		r = store_usage(&store, add_item, &df, err);
	if (r == 0)
		r = print(&df, err);
	return r < 0 ? r : layer_view_tell(&store, err);
}

const Verb verb_image_df = {
	.name = "image df",
	.synopsis = "[OPTIONS]",
	.brief = "Show what uses the space of the local store",
	.description =
		"Lists what takes space in the image store, and the images that need it, or "
		"\"pods\" where pods do: layers that were unpacked, layers that are seen by views "
		"of their archives, archives of ACIs, documents of other images, what "
		"rkt has noted of each image, downloads that were cut off, and layers in whose "
		"place others have come (\"boot\": pods may have them, so they go after the next "
		"boot). What nothing keeps has a \"-\" there: \"rkt image gc\" removes it. "
		"\"damaged\" stands where that "
		"removes nothing because an image cannot be read (see \"rkt fsck\"). What layers "
		"that come become, and why, is told on stderr.",
	.options = sets,
	.options_size = sizeof(ImageDfOptions),
	.run = run,
};
