/* SPDX-License-Identifier: Apache-2.0 */
/* What web servers say in pages and headers, and the signatures in manifests: what is found in them
 * has its form, and what templates make of it too. */
#include <stdint.h>
#include "fetch/challenge.h"
#include "fetch/discovery.h"
#include "fetch/jws.h"
#include "fetch/meta-tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		__builtin_trap();
}

static void check_tag(const MetaTag *tag, Arena *arena)
{
	static NameValue pairs[] = {{"os", "linux"}};
	const char *url;

	check(startswith(tag->name, "ac-") && *tag->prefix && *tag->value);
	check(!strpbrk(tag->value, " \t\r\n\f"));
	if (discovery_render(tag->value, "example.com/app", &(NameValues){pairs, 1}, "aci", arena,
		    &url) == 0 &&
		url)
		check(!strchr(url, '{'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *payload = NULL;
	MetaTags tags;
	Challenge challenge;
	size_t len;
	char *text;

	if (meta_tags_parse((const char *)data, size, &arena, &tags) < 0)
		return 0;
	for (size_t i = 0; i < tags.n; i++)
		check_tag(&tags.items[i], &arena);
	text = arena_strndup(&arena, (const char *)data, size);
	if (jws_payload((const char *)data, size, &payload, &len, NULL) == 0)
		check(payload && strlen(payload) <= len);
	if (text)
		(void)challenge_parse(text, &challenge);
	return 0;
}
