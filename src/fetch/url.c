/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/url.h"

#include <errno.h>

#define SCHEME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."

bool url_is_plain(const char *text)
{
	if (!startswith(text, "https://") && !startswith(text, "http://"))
		return false;
	while (*text > ' ' && *text < 0x7f && *text != '\\' && *text != '@')
		text++;
	return *text == '\0';
}

int url_split(const char *url, UrlParts *ret, Error *err)
{
	const char *at = url + strspn(url, SCHEME_CHARS);
	UrlParts parts = {0};
	const char *user;

	if (at == url || !startswith(at, "://"))
		return fail(err, -EINVAL, "\"%s\" is not a URL", url);
	at += 3;
	parts.host = at;
	parts.host_len = strcspn(at, "/?#");
	at += parts.host_len;
	user = memrchr(parts.host, '@', parts.host_len);
	if (user) {
		parts.host_len -= (size_t)(user + 1 - parts.host);
		parts.host = user + 1;
	}
	if (parts.host_len == 0)
		return fail(err, -EINVAL, "\"%s\" names no host", url);
	parts.path = at;
	parts.path_len = strcspn(at, "?#");
	at += parts.path_len;
	parts.query = at + (*at == '?');
	parts.query_len = strcspn(parts.query, "#");
	*ret = parts;
	return 0;
}
