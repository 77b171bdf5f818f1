/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/discovery.h"

#include <time.h>
#include "base/strbuf.h"
#include "fetch/image-source.h"
#include "fetch/meta-tag.h"
#include "fetch/url.h"

#define PAGE_MAX (1u << 20)
#define URL_MAX  8192

typedef struct Discovery Discovery;
struct Discovery {
	const FetchContext *context;
	Http *http;
	const char *tag; /* the name of the tags that are looked for */
	const char *name;
	const NameValues *labels;
	Arena *arena;
	/* Takes what one tag says. 1, 0 when it says nothing of use, or -ENOMEM. */
	int (*take)(const Discovery *d, const char *value);
	DiscoveredImages *images; /* where it is put */
	StrList *keys;
};

/* What takes the place of the name in braces; NULL when there is no such thing. */
static const char *variable(
	const char *in_braces, const char *name, const NameValues *labels, const char *ext)
{
	const char *value;

	if (streq(in_braces, "name"))
		return name;
	if (streq(in_braces, "ext"))
		return ext;
	value = name_values_find(labels, in_braces);
	return value || !streq(in_braces, "version") ? value : "latest";
}

int discovery_render(const char *url_template, const char *name, const NameValues *labels,
	const char *ext, Arena *arena, const char **ret)
{
	_cleanup_strbuf_ StrBuf url = STRBUF_INIT(URL_MAX);
	const char *open;

	*ret = NULL;
	while ((open = strchr(url_template, '{'))) {
		const char *close = strchr(open, '}'), *value;
		char in_braces[128];

		if (!close || (size_t)(close - open) > sizeof in_braces)
			return 0;
		(void)snprintf(
			in_braces, sizeof in_braces, "%.*s", (int)(close - open - 1), open + 1);
		value = variable(in_braces, name, labels, ext);
		if (!value)
			return 0;
		strbuf_add(&url, url_template, (size_t)(open - url_template));
		strbuf_puts(&url, value);
		url_template = close + 1;
	}
	strbuf_puts(&url, url_template);
	if (url.error == -E2BIG)
		return 0;
	*ret = arena_strdup(arena, strbuf_text(&url));
	return *ret ? 0 : -ENOMEM;
}

/* Fetches the page of prefix. Credentials go by https only: whoever reads http on the way could
 * use them. */
static int get_page(
	const Discovery *d, const char *scheme, const char *prefix, StrBuf *page, Error *err)
{
	_cleanup_credential_headers_ CredentialHeaders headers = {.lines = {NULL}};
	_cleanup_free_ char *url = NULL;
	HttpRequest request = {.max_body = PAGE_MAX, .body = {sink_collect, page}};
	HttpResponse response;
	int r = 0;

	if (str_format(&url, "%s://%s?ac-discovery=1", scheme, prefix) < 0)
		return fail_oom(err);
	request.url = url;
	if (streq(scheme, "https"))
		r = credentials_headers(
			d->context->credentials, "GET", url, time(NULL), &headers, err);
	if (r < 0)
		return r;
	for (size_t i = 0; headers.lines[i]; i++)
		http_add_header(&request, headers.lines[i]);
	r = http_request(d->http, &request, &response, err);
	if (r == 0 && response.status != HTTP_OK)
		r = fail(err, -ENOENT, "GET %s: bad HTTP status code: %ld", url, response.status);
	return r;
}

/* Takes what the tags say that are looked for. Returns how many were of use. */
static int take_tags(const Discovery *d, const MetaTags *tags)
{
	int n = 0;

	for (size_t i = 0; i < tags->n; i++) {
		const MetaTag *tag = &tags->items[i];
		int r = 0;

		if (streq(tag->name, d->tag) && startswith(d->name, tag->prefix))
			r = d->take(d, tag->value);
		if (r < 0)
			return r;
		n += r;
	}
	return n;
}

/* Looks at the page of one prefix, by https and, when that gives no page and http is allowed, by
 * http. */
static int look_at(const Discovery *d, const char *prefix, Error *err)
{
	_cleanup_strbuf_ StrBuf page = STRBUF_INIT(PAGE_MAX);
	MetaTags tags;
	int r = get_page(d, "https", prefix, &page, err);

	if (r < 0 && r != -ENOMEM && d->context->allow_http) {
		strbuf_clear(&page);
		r = get_page(d, "http", prefix, &page, NULL) == 0 ? 0 : r;
	}
	if (r < 0)
		return r;
	r = meta_tags_parse(strbuf_text(&page), page.len, d->arena, &tags);
	if (r == 0)
		r = take_tags(d, &tags);
	if (r < 0)
		return fail_oom(err);
	if (r == 0)
		return fail(err, -ENOENT, "meta tag '%s' not found on %s", d->tag, prefix);
	return 0;
}

/* Looks at the page of the name, then without its last component, and so on. Of several failures
 * the first one is told: that of the name itself. */
static int walk(const Discovery *d, Error *err)
{
	_cleanup_free_ char *prefix = strdup(d->name);
	Error first = ERROR_INIT;
	char *slash;
	int r;

	if (!prefix)
		return fail_oom(err);
	r = look_at(d, prefix, &first);
	while (r < 0 && r != -ENOMEM && (slash = strrchr(prefix, '/'))) {
		*slash = '\0';
		r = look_at(d, prefix, NULL);
	}
	if (r == 0)
		return 0;
	if (err)
		*err = first;
	return wrap(err, r == -ENOMEM ? r : -ENOENT, "discovery failed for \"%s\"", d->name);
}

static int take_image(const Discovery *d, const char *value)
{
	DiscoveredImage image;
	int r = discovery_render(value, d->name, d->labels, "aci", d->arena, &image.aci);

	if (r == 0)
		r = discovery_render(value, d->name, d->labels, "aci.asc", d->arena, &image.asc);
	if (r < 0 || !image.aci || !image.asc || d->images->n == META_TAGS_MAX)
		return r;
	if (!url_is_plain(image.aci) || !url_is_plain(image.asc))
		return 0;
	d->images->items[d->images->n++] = image;
	return 1;
}

int discovery_images(const FetchContext *context, Http *http, const char *name,
	const NameValues *labels, Arena *arena, DiscoveredImages *ret, Error *err)
{
	DiscoveredImages images = {.items = arena_new(arena, DiscoveredImage, META_TAGS_MAX)};
	Discovery d = {.context = context,
		.http = http,
		.tag = "ac-discovery",
		.name = name,
		.labels = labels,
		.arena = arena,
		.take = take_image,
		.images = &images};
	int r = images.items ? walk(&d, err) : fail_oom(err);

	if (r == 0)
		*ret = images;
	return r;
}

/* A page could name a file of this machine, or say something to its terminal. */
static int take_key(const Discovery *d, const char *value)
{
	if (!url_is_plain(value))
		return 0;
	return str_list_add(d->keys, value, d->arena) < 0 ? -ENOMEM : 1;
}

int discovery_keys(const FetchContext *context, Http *http, const char *prefix, Arena *arena,
	StrList *ret, Error *err)
{
	Discovery d = {.context = context,
		.http = http,
		.tag = "ac-discovery-pubkeys",
		.name = prefix,
		.arena = arena,
		.take = take_key,
		.keys = ret};

	return walk(&d, err);
}
