/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aci-layers.h"

#include "fetch/dependencies.h"
#include "store/implicit-dirs.h"
#include "store/layer-chain.h"
#include "store/view-copy.h"

void aci_layers_done(AciLayers *l)
{
	arena_done(&l->arena);
}

/* All layers, lowest first, as they come: those of the first dependency are the lowest. */
static int collect(const OwnTree *own, const Dependencies *d, Arena *arena, StrList *ret)
{
	int r = 0;

	for (size_t i = 0; i < d->n; i++)
		for (size_t k = 0; r == 0 && k < d->images[i]->n_layers; k++)
			r = str_list_add(ret, d->images[i]->layers[k], arena);
	return r == 0 ? str_list_add(ret, own->key, arena) : r;
}

static bool list_has(const char *const *items, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (streq(items[i], word))
			return true;
	return false;
}

/* Of a layer that several images bring only the uppermost one shows. */
static void drop_hidden(StrList *layers)
{
	size_t n = 0;

	for (size_t i = 0; i < layers->n; i++)
		if (!list_has(layers->items + i + 1, layers->n - i - 1, layers->items[i]))
			layers->items[n++] = layers->items[i];
	layers->n = n;
}

/* Whether the layers hide nothing of other images: layers of OCI images may, so that they have to
 * be the lowest, all of one image. */
static bool can_be_stacked(const Dependencies *d, const StrList *layers)
{
	size_t n = 0;

	for (size_t i = 0; i < layers->n; i++)
		n += store_layer_may_hide(layers->items[i]);
	for (size_t i = 0; i < d->n && n > 0; i++) {
		size_t k = 0;

		while (k < n && k < d->images[i]->n_layers &&
			streq(d->images[i]->layers[k], layers->items[k]))
			k++;
		if (k == n)
			return store_layer_may_hide(layers->items[n - 1]);
	}
	return n == 0;
}

static int set_names(AciLayers *l, const StrList *names, const Store *s, Error *err)
{
	const char **copies = arena_new(&l->arena, const char *, names->n);

	if (!copies)
		return fail_oom(err);
	for (size_t i = 0; i < names->n; i++) {
		LayerInfo info;
		int r = store_layer_info(s, names->items[i], &info, err);

		if (r < 0)
			return r;
		copies[i] = arena_strdup(&l->arena, names->items[i]);
		if (!copies[i])
			return fail_oom(err);
		l->bytes += info.bytes;
	}
	l->names = copies;
	l->n = names->n;
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of a whitelist as view_merge() wants them. */
static int sort_whitelist(const ImageManifest *m, Arena *arena, StrList *ret)
{
	for (size_t i = 0; i < m->path_whitelist.n; i++) {
		const char *path = m->path_whitelist.items[i];
		size_t len;

		path += strspn(path, "/");
		len = strlen(path);
		while (len > 0 && path[len - 1] == '/')
			len--;
		path = arena_strndup(arena, path, len);
		if (!path || str_list_add(ret, path, arena) < 0)
			return -ENOMEM;
	}
	qsort(ret->items, ret->n, sizeof *ret->items, compare_paths);
	return 0;
}

/* The views that are put together, uppermost first. */
typedef struct Parts {
	View *views;
	ViewPart *parts;
	size_t n;
	int own_fd; /* what the first view is of */
} Parts;

static void parts_done(Parts *p)
{
	/* The descriptor of the first one belongs to who unpacks it. */
	for (size_t i = 1; i < p->n; i++)
		view_done(&p->views[i]);
	free(p->views);
	free(p->parts);
}

static int open_parts(const Store *s, const OwnTree *own, const Dependencies *d,
	const StrList *whitelist, Parts *ret, Error *err)
{
	bool listed = whitelist->n > 0;

	ret->views = calloc(d->n + 1, sizeof *ret->views);
	ret->parts = calloc(d->n + 1, sizeof *ret->parts);
	if (!ret->views || !ret->parts)
		return fail_oom(err);
	ret->own_fd = layer_import_root(own->tree);
	ret->views[0] = (View){.layer_fds = &ret->own_fd, .n = 1};
	ret->n = 1;
	for (size_t i = d->n; i > 0; i--) {
		int r = view_open(&ret->views[ret->n], s, d->images[i - 1], err);

		if (r < 0)
			return r;
		ret->n++;
	}
	for (size_t i = 0; i < ret->n; i++)
		ret->parts[i] = (ViewPart){.view = &ret->views[i],
			.whitelist = listed ? whitelist : NULL,
			.all_dirs = i == 0};
	return 0;
}

static int render(const FetchContext *context, const OwnTree *own, const Dependencies *d,
	const char *name, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_(parts_done) Parts parts = {.own_fd = -1};
	_cleanup_layer_import_ LayerImport *layer = NULL;
	StrList whitelist = {0};
	uint64_t bytes;
	int r;

	if (sort_whitelist(own->manifest, &arena, &whitelist) < 0)
		return fail_oom(err);
	r = open_parts(context->store, own, d, &whitelist, &parts, err);
	if (r == 0)
		r = layer_import_begin(context->store, &layer, err);
	if (r == 0)
		r = view_merge(parts.parts, parts.n, layer_import_root(layer), &bytes, err);
	if (r < 0)
		return wrap(err, r, "cannot put %s together with what it depends on", own->what);
	return layer_import_commit(layer, name, (int64_t)bytes, err);
}

static int commit_rendered(const FetchContext *context, const OwnTree *own, const Dependencies *d,
	const StrList *layers, AciLayers *ret, Error *err)
{
	char name[LAYER_CHAIN_NAME];
	const char *items[1];
	/* What is put together is named by what it is made of. */
	int r = layer_chain_name(LAYER_RENDERED, layers->items, layers->n, name, err);

	if (r == 0 && !layer_exists(context->store, name))
		r = render(context, own, d, name, err);
	if (r < 0)
		return r;
	items[0] = name;
	return set_names(ret, &(StrList){.items = items, .n = 1}, context->store, err);
}

/* What the dependencies show, the later above the earlier. */
static int open_below(const Store *s, const Dependencies *d, View *ret, Error *err)
{
	_cleanup_view_ View v = VIEW_INIT;
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->images[i]->n_layers;
	v.layer_fds = calloc(n + 1, sizeof *v.layer_fds);
	if (!v.layer_fds)
		return fail_oom(err);
	for (size_t i = d->n; i > 0; i--)
		for (size_t k = d->images[i - 1]->n_layers; k > 0; k--) {
			int fd = store_layer_open(s, d->images[i - 1]->layers[k - 1], err);

			if (fd < 0)
				return fd;
			v.layer_fds[v.n++] = fd;
		}
	*ret = v;
	v = (View)VIEW_INIT;
	return 0;
}

static int adopt_dirs(
	const FetchContext *context, const OwnTree *own, const Dependencies *d, Error *err)
{
	_cleanup_view_ View below = VIEW_INIT;
	int r;

	if (d->n == 0 || own->implicit->n == 0)
		return 0;
	r = open_below(context->store, d, &below, err);
	return r < 0 ? r
		     : implicit_dirs_adopt(
			       layer_import_root(own->tree), own->implicit, &below, err);
}

int aci_layers_commit(const FetchContext *context, const OwnTree *own, AciLayers *ret, Error *err)
{
	_cleanup_dependencies_ Dependencies d = {.n = 0};
	StrList layers = {0};
	int r = dependencies_fetch(context, own->what, own->manifest, &d, err);

	if (r == 0)
		r = adopt_dirs(context, own, &d, err);
	if (r < 0)
		return r;
	if (collect(own, &d, &ret->arena, &layers) < 0)
		return fail_oom(err);
	drop_hidden(&layers);
	if (own->manifest->path_whitelist.n > 0 || !can_be_stacked(&d, &layers))
		return commit_rendered(context, own, &d, &layers, ret, err);
	r = layer_import_commit(own->tree, own->key, own->bytes, err);
	return r < 0 ? r : set_names(ret, &layers, context->store, err);
}
