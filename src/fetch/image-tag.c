/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/image-tag.h"

#include <ctype.h>
#include "spec/docker-ref.h"

#define TAGS_SHOWN 10

static bool same_reference(const char *a, const char *b)
{
	_cleanup_(arena_done) Arena arena = {0};
	DockerRef x, y;

	return docker_ref_parse(a, &arena, &x, NULL) == 0 &&
	       docker_ref_parse(b, &arena, &y, NULL) == 0 && x.tag && y.tag &&
	       streq(x.tag, y.tag) && streq(x.host, y.host) && streq(x.repository, y.repository);
}

bool image_tag_matches(const char *tag, const char *typed)
{
	size_t n = strlen(tag), m = strlen(typed);

	if (streq(tag, typed))
		return true;
	if (m > 0 && n > m && endswith(tag, typed) && strchr("/:", tag[n - m - 1]))
		return true;
	return same_reference(tag, typed);
}

/* Tags are what others wrote: nothing of them may move the cursor of a terminal. */
static bool printable(const char *s)
{
	while (isgraph((unsigned char)*s))
		s++;
	return *s == '\0';
}

void image_tags_add(ImageTags *tags, const char *tag)
{
	bool fits = tags->text.len + strlen(tag) + 2 < IMAGE_TAGS_TEXT;

	if (tags->shown == TAGS_SHOWN || !fits || !printable(tag)) {
		tags->left_out++;
		return;
	}
	strbuf_printf(&tags->text, "%s%s", tags->shown > 0 ? ", " : "", tag);
	tags->shown++;
}

void image_tags_add_list(ImageTags *tags, const Json *list)
{
	for (const Json *item = json_first(list); item; item = item->next)
		if (json_is(item, JSON_STRING))
			image_tags_add(tags, json_text(item));
}

void image_tags_done(ImageTags *tags)
{
	strbuf_done(&tags->text);
}

void image_tags_hint(const ImageTags *tags, Error *err)
{
	if (tags->shown == 0)
		return;
	if (tags->left_out > 0)
		error_hint(err, "the tags are %s, and %zu more", strbuf_text(&tags->text),
			tags->left_out);
	else
		error_hint(err, "the tags are %s", strbuf_text(&tags->text));
}
