/* SPDX-License-Identifier: Apache-2.0 */
#include "image/again.h"

#include "base/strbuf.h"

/* Where an image may be had, in the order in which it is tried: image strings. */
typedef struct Places {
	StrList list;
	Arena arena;
} Places;

static int add_place(Places *p, const char *text, Error *err)
{
	const char *copy = arena_strdup(&p->arena, text);

	return !copy || str_list_add(&p->list, copy, &p->arena) < 0 ? fail_oom(err) : 0;
}

/* The image as its registry has it, whatever its tags are today. */
static int add_digest(Places *p, const ImageManifest *m, Error *err)
{
	const char *registry = image_manifest_annotation(m, "appc.io/docker/registryurl");
	const char *repository = image_manifest_annotation(m, "appc.io/docker/repository");
	const char *digest = image_manifest_annotation(m, "appc.io/docker/manifesthash");
	_cleanup_free_ char *text = NULL;

	if (!registry || !repository || !digest)
		return 0;
	if (str_format(&text, "docker://%s/%s@%s", registry, repository, digest) < 0)
		return fail_oom(err);
	return add_place(p, text, err);
}

static int add_name(Places *p, const ImageManifest *m, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(IMAGE_MANIFEST_MAX);

	strbuf_puts(&text, m->name);
	for (size_t i = 0; i < m->labels.n; i++)
		strbuf_printf(&text, ",%s=%s", m->labels.items[i].name, m->labels.items[i].value);
	return text.error ? fail_errno(err, text.error, "name image %s", m->name)
			  : add_place(p, strbuf_text(&text), err);
}

static int find_places(const Store *s, const Image *image, Places *p, Error *err)
{
	int r = 0;

	if (image->manifest && image->format == IMAGE_OCI)
		r = add_digest(p, image->manifest, err);
	if (r == 0 && p->list.n == 0)
		r = store_remotes_of(s, image->key, &p->arena, &p->list, err);
	if (r == 0 && image->manifest && image->format == IMAGE_ACI)
		r = add_name(p, image->manifest, err);
	return r;
}

/* Of several failures the first one is told. */
static int try_places(const FetchContext *context, const Places *p, Error *err)
{
	int r = -ENOTSUP;

	for (size_t i = 0; r < 0 && i < p->list.n; i++) {
		Error later = ERROR_INIT;
		char key[STORE_KEY_LEN + 1];
		int again = fetch_image(context, p->list.items[i], key, i == 0 ? err : &later);

		if (again == 0)
			error_clear(err);
		if (again == 0 || i == 0)
			r = again;
	}
	return r;
}

int image_fetch_again(const FetchContext *context, const Image *image, Error *err)
{
	FetchContext inner = *context;
	Places places = {.arena = {0}};
	int r = find_places(context->store, image, &places, err);

	inner.again = image;
	inner.unnamed = image->manifest && !image_is_named(context->store, image);
	if (r == 0 && places.list.n == 0)
		r = fail(err, -ENOTSUP, "nobody knows where image %s came from: fetch it again",
			image->key);
	if (r == 0)
		r = try_places(&inner, &places, err);
	arena_done(&places.arena);
	return r;
}
