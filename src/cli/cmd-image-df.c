/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "cli/human.h"
#include "cli/pod-args.h"
#include "cli/table.h"
#include "pod/needs.h"

#define SHORT_ID 19 /* "sha512-" and 12 digits */
#define TEXT_MAX (64u << 20)

/* What one line is made of. */
typedef struct Df {
	const Store *store;
	Image *const *images;
	size_t n_images;
	const PodNeeds *needs;
	StrBuf text;
} Df;

static bool has_layer(const Image *image, const char *layer)
{
	for (size_t i = 0; i < image->n_layers; i++)
		if (streq(image->layers[i], layer))
			return true;
	return false;
}

/* The names of the images that keep it alive, and whether pods do. */
static void put_keepers(Df *df, const char *layer, const char *key)
{
	const char *comma = "";

	for (size_t i = 0; i < df->n_images; i++) {
		const Image *image = df->images[i];

		if (layer ? !has_layer(image, layer) : !streq(image->key, key))
			continue;
		strbuf_printf(&df->text, "%s%s", comma, image->manifest->name);
		comma = ",";
	}
	if (layer && pod_needs_has(&df->needs->layers, layer)) {
		strbuf_printf(&df->text, "%spods", comma);
		comma = ",";
	}
	strbuf_puts(&df->text, *comma ? "\n" : "-\n");
}

static void put(Df *df, const char *kind, const char *id, int64_t size, const char *layer)
{
	char human[HUMAN_TEXT];

	strbuf_printf(
		&df->text, "%s\t%.*s\t%s\t", kind, SHORT_ID, id, human_size((uint64_t)size, human));
	put_keepers(df, layer, id);
}

static int put_layers(Df *df, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(df->store->cas_fd, "tree");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int64_t size;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/tree", df->store->path);
	while ((entry = readdir(dir)))
		if (store_layer_name_valid(entry->d_name) &&
			store_layer_size(df->store, entry->d_name, &size, NULL) == 0)
			put(df, "layer", entry->d_name, size, entry->d_name);
	return 0;
}

static void put_archives(Df *df)
{
	for (size_t i = 0; i < df->n_images; i++) {
		const char *key = df->images[i]->key;
		char path[sizeof "blob/" + STORE_KEY_LEN];
		struct stat st;

		(void)snprintf(path, sizeof path, "blob/%s", key);
		if (fstatat(df->store->cas_fd, path, &st, 0) == 0)
			put(df, "archive", key, st.st_size, NULL);
	}
}

static int print(Df *df, Error *err)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(TEXT_MAX);
	int r;

	strbuf_puts(&df->text, "KIND\tID\tSIZE\tKEPT BY\n");
	r = df->store->cas_fd < 0 ? 0 : put_layers(df, err);
	if (r < 0)
		return r;
	put_archives(df);
	if (df->text.error || table_align(strbuf_text(&df->text), &out) < 0)
		return fail_oom(err);
	(void)fputs(strbuf_text(&out), stdout);
	return 0;
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pod_needs_ PodNeeds needs = {.arena = {0}};
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_free_ char *data_dir = NULL;
	Df df = {.store = &store, .needs = &needs, .text = STRBUF_INIT(TEXT_MAX)};
	Image **images = NULL;
	int r = global_data_dir(inv->global, &data_dir, err);

	if (r == 0)
		r = store_open(&store, data_dir, false, err);
	if (r == 0)
		r = pods_open_told(inv, &pods, err);
	if (r == 0)
		r = pod_needs_find(&pods, &needs, err);
	if (r == 0)
		r = image_list(&store, &images, &df.n_images, NULL, err);
	df.images = images;
	if (r == 0)
		r = print(&df, err);
	image_list_free(images, df.n_images);
	strbuf_done(&df.text);
	return r;
}

const Verb verb_image_df = {
	.name = "image df",
	.synopsis = "",
	.brief = "Show what uses the space of the local store",
	.description = "Lists the layers and archives of the image store with their sizes, and the "
		       "images that need them, or \"pods\" where pods do. What nothing keeps has a "
		       "\"-\" there: \"rkt image gc\" removes it.",
	.flags = VERB_ROOT,
	.run = run,
};
