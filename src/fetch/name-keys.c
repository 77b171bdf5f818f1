/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/name-keys.h"

#include "base/log.h"
#include "fetch/discovery.h"
#include "fetch/key.h"

int name_keys_find(const FetchContext *context, const char *prefix, bool allow_http, Arena *arena,
	StrList *ret, Error *err)
{
	HttpOptions options = {.insecure_tls = context->insecure_tls, .allow_http = allow_http};
	FetchContext mine = *context;
	_cleanup_http_ Http *http = NULL;
	int r = http_new(&options, &http, err);

	mine.allow_http = allow_http;
	return r < 0 ? r : discovery_keys(&mine, http, prefix, arena, ret, err);
}

/* One of https does not come by http because a server says so. */
static int get_key(
	const FetchContext *context, const char *url, char **ret, size_t *ret_len, Error *err)
{
	HttpOptions options = {
		.insecure_tls = context->insecure_tls, .allow_http = startswith(url, "http:")};

	if (options.allow_http && !(context->allow_http && context->insecure_pubkey))
		return fail(err, -EPERM, "%s is not a secure place for a key", url);
	return key_fetch(&options, url, ret, ret_len, err);
}

static int add_key(const FetchContext *context, const char *name, const char *url, Error *err)
{
	_cleanup_openpgp_key_ OpenpgpKey key = {0};
	_cleanup_free_ char *text = NULL, *path = NULL;
	size_t len;
	int r = get_key(context, url, &text, &len, err);

	if (r == 0)
		r = openpgp_show(text, len, &key, err);
	if (r < 0)
		return wrap(err, r, "%s", url);
	r = context->accept_key(context->userdata, name, url, &key, err);
	if (r != KEY_ACCEPTED)
		return r;
	r = keystore_add(&context->keystore, name, key.fingerprint, text, len, &path, err);
	if (r == 0)
		log_line("pubkey", "Added key for prefix \"%s\" at \"%s\"", name, path);
	return r;
}

static int find_and_add(const FetchContext *context, const char *name, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	StrList urls = {0};
	int r = name_keys_find(
		context, name, context->allow_http && context->insecure_pubkey, &arena, &urls, err);

	for (size_t i = 0; i < urls.n && r >= 0; i++)
		r = add_key(context, name, urls.items[i], err);
	return r;
}

static void tell(const char *name, const Error *why)
{
	char text[2 * ERROR_TEXT];

	log_line("pubkey", "no key was added for \"%s\": %s", name,
		error_message(why, text, sizeof text));
	if (why->hint[0])
		log_line("pubkey", "hint: %s", why->hint);
}

void name_keys_complete(const FetchContext *context, const char *name)
{
	Error why = ERROR_INIT;
	int r;

	/* Whoever may change what comes by TLS could change the keys with it. */
	if (!context->accept_key || (context->insecure_tls && !context->insecure_pubkey))
		return;
	r = keystore_knows(&context->keystore, name, &why);
	if (r > 0)
		log_line("image", "keys already exist for prefix \"%s\", not fetching again", name);
	else if (r == 0)
		r = find_and_add(context, name, &why);
	if (r < 0)
		tell(name, &why);
}
