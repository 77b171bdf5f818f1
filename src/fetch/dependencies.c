/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/dependencies.h"

#include "base/strbuf.h"

/* Each level holds an image that is half here. */
#define DEPTH_MAX 20
#define COUNT_MAX 500

void dependencies_done(Dependencies *d)
{
	image_list_free(TAKE_PTR(d->images), d->n);
	d->n = 0;
}

static bool is_meant(const Dependency *dep, const ImageManifest *m)
{
	if (!streq(dep->image_name, m->name))
		return false;
	for (size_t i = 0; i < dep->labels.n; i++) {
		const char *value = name_values_find(&m->labels, dep->labels.items[i].name);

		if (!value || !streq(value, dep->labels.items[i].value))
			return false;
	}
	return true;
}

/* Nothing that is on its way here may be what it waits for. */
static int check_chain(const Dependent *dependent, const Dependency *dep, Error *err)
{
	_cleanup_strbuf_ StrBuf path = STRBUF_INIT(4096);
	size_t depth = 0;

	for (const Dependent *d = dependent; d; d = d->above) {
		strbuf_printf(&path, " <- %s", d->manifest->name);
		if (is_meant(dep, d->manifest))
			return fail(err, -ELOOP, "images depend on themselves: %s%s",
				dep->image_name, strbuf_text(&path));
		depth++;
	}
	if (depth > DEPTH_MAX)
		return fail(err, -E2BIG, "more than %d images depend on each other in a row",
			DEPTH_MAX);
	if (++*dependent->count > COUNT_MAX)
		return fail(err, -E2BIG, "more than %d dependencies", COUNT_MAX);
	return 0;
}

/* The dependency as somebody would have typed it, with the labels that everybody has who leaves
 * them out. */
static int make_ref(const Dependency *dep, Arena *arena, ImageRef *ret, Error *err)
{
	const char *const defaults[][2] = {{"os", "linux"}, {"arch", image_manifest_host_arch()}};
	NameValue *labels = arena_new(arena, NameValue, dep->labels.n + ARRAY_LEN(defaults));
	size_t n = dep->labels.n;

	if (!labels)
		return fail_oom(err);
	for (size_t i = 0; i < n; i++)
		labels[i] = dep->labels.items[i];
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
		if (!name_values_find(&dep->labels, defaults[i][0]))
			labels[n++] = (NameValue){defaults[i][0], defaults[i][1]};
	*ret = (ImageRef){.kind = IMAGE_REF_NAME,
		.typed = dep->image_name,
		.name = dep->image_name,
		.labels = {labels, n}};
	return 0;
}

static int fetch_by_name(const FetchContext *context, const Dependent *dependent,
	const Dependency *dep, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	FetchContext inner = *context;
	ImageRef ref;
	int r = check_chain(dependent, dep, err);

	if (r == 0)
		r = make_ref(dep, &arena, &ref, err);
	if (r < 0)
		return r;
	inner.dependent = dependent;
	inner.signature = NULL;
	inner.again = NULL;
	inner.unnamed = false;
	return fetch_ref(&inner, &ref, ret_key, err);
}

static int check_id(const Dependency *dep, const char *key, Error *err)
{
	if (!dep->image_id ||
		strncmp(dep->image_id, key, strnlen(dep->image_id, STORE_KEY_LEN)) == 0)
		return 0;
	return fail(err, -EINVAL, "the image is not the one with the ID %s, but %s", dep->image_id,
		key);
}

/* In the store, by its ID, or by the labels that are given: an image need not say for what machine
 * it is. */
static int find_stored(const FetchContext *context, const Dependency *dep,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r;

	if (dep->image_id)
		return store_resolve_key(context->store, dep->image_id, ret_key, err);
	if (context->pull_policy == PULL_UPDATE)
		return -ENOENT;
	r = store_find_by_name(context->store, dep->image_name, &dep->labels, &image, err);
	if (r == 0)
		memcpy(ret_key, image->key, sizeof image->key);
	return r;
}

static int bring(const FetchContext *context, const Dependent *dependent, const Dependency *dep,
	Image **ret, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	char key[STORE_KEY_LEN + 1];
	int r = find_stored(context, dep, key, err);

	if (r == 0)
		r = image_open(context->store, key, &image, err);
	/* One that is damaged is as good as none. */
	if (r == -ENOENT || r == -EBADMSG) {
		error_clear(err);
		r = fetch_by_name(context, dependent, dep, key, err);
		if (r == 0)
			r = check_id(dep, key, err);
		if (r == 0)
			r = image_open(context->store, key, &image, err);
	}
	if (r < 0)
		return r;
	image_touch(context->store, key);
	*ret = TAKE_PTR(image);
	return 0;
}

int dependencies_fetch(const FetchContext *context, const char *what, const ImageManifest *m,
	Dependencies *ret, Error *err)
{
	size_t count = 0;
	const Dependent dependent = {.above = context->dependent,
		.manifest = m,
		.count = context->dependent ? context->dependent->count : &count};
	_cleanup_dependencies_ Dependencies d = {.n = 0};

	d.images = calloc(m->n_dependencies + 1, sizeof *d.images);
	if (!d.images)
		return fail_oom(err);
	for (size_t i = 0; i < m->n_dependencies; i++) {
		const Dependency *dep = &m->dependencies[i];
		int r = bring(context, &dependent, dep, &d.images[i], err);

		if (r < 0) {
			error_hint(err, "%s depends on image %s", what, dep->image_name);
			return r;
		}
		d.n++;
	}
	*ret = d;
	d = (Dependencies){.n = 0};
	return 0;
}
