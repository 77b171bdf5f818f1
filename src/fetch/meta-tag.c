/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/meta-tag.h"

#include <stdlib.h>
#include <strings.h>

#define BLANKS " \t\r\n\f"

typedef struct Page {
	const char *at, *end; /* what is left of it */
	Arena *arena;
} Page;

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

static void skip_blanks(Page *p)
{
	while (p->at < p->end && is_blank(*p->at))
		p->at++;
}

/* Moves behind the next occurrence of text, in any case, or to the end. */
static void skip_behind(Page *p, const char *text)
{
	size_t len = strlen(text);

	for (; (size_t)(p->end - p->at) >= len; p->at++)
		if (strncasecmp(p->at, text, len) == 0) {
			p->at += len;
			return;
		}
	p->at = p->end;
}

/* Elements whose content is text, whatever it looks like. */
static const struct {
	const char *name, *end;
} raw_elements[] = {
	{"script", "</script"},
	{"style", "</style"},
	{"textarea", "</textarea"},
	{"title", "</title"},
};

static const struct {
	const char *name;
	char character;
} entities[] = {
	{"amp;", '&'},
	{"apos;", '\''},
	{"gt;", '>'},
	{"lt;", '<'},
	{"quot;", '"'},
};

/* Reads what stands behind '&'. Returns its length in the text, 0 when it stands for itself. */
static size_t read_entity(const char *s, char *ret)
{
	char *end;
	unsigned long code;

	for (size_t i = 0; i < ARRAY_LEN(entities); i++)
		if (startswith(s, entities[i].name)) {
			*ret = entities[i].character;
			return strlen(entities[i].name);
		}
	if (s[0] != '#')
		return 0;
	code = s[1] == 'x' || s[1] == 'X' ? strtoul(s + 2, &end, 16) : strtoul(s + 1, &end, 10);
	/* Beyond ASCII there is nothing that a URL is written with. */
	if (*end != ';' || code == 0 || code > 126)
		return 0;
	*ret = (char)code;
	return (size_t)(end + 1 - s);
}

/* In place. */
static void decode_entities(char *s)
{
	char *out = s;

	while (*s) {
		size_t n = *s == '&' ? read_entity(s + 1, out) : 0;

		if (n == 0)
			*out = *s;
		s += n + 1;
		out++;
	}
	*out = '\0';
}

/* Reads up to one of the characters in until, NUL bytes as they are. */
static char *read_until(Page *p, const char *until)
{
	const char *start = p->at;

	while (p->at < p->end && !(*p->at && strchr(until, *p->at)))
		p->at++;
	return arena_strndup(p->arena, start, (size_t)(p->at - start));
}

static char *read_attribute_value(Page *p)
{
	char quote[2] = {*p->at, '\0'}, *value;

	if (*quote != '"' && *quote != '\'')
		return read_until(p, BLANKS ">");
	p->at++;
	value = read_until(p, quote);
	p->at += p->at < p->end;
	return value;
}

/* Reads the attributes of a tag up to its '>', and keeps two of them; of one that is there twice
 * the first counts. */
static int read_attributes(Page *p, char **ret_name, char **ret_content)
{
	*ret_name = *ret_content = NULL;
	for (;;) {
		char *name, *value = NULL;

		while (p->at < p->end && (is_blank(*p->at) || *p->at == '/'))
			p->at++;
		if (p->at == p->end || *p->at == '>')
			return 0;
		/* A '=' at the start belongs to the name. */
		name = read_until(p, *p->at == '=' ? BLANKS "/>" : BLANKS "/>=");
		if (!name)
			return -ENOMEM;
		skip_blanks(p);
		if (p->at < p->end && *p->at == '=') {
			p->at++;
			skip_blanks(p);
			value = p->at < p->end ? read_attribute_value(p) : NULL;
			if (!value && p->at < p->end)
				return -ENOMEM;
		}
		if (strcasecmp(name, "name") == 0 && !*ret_name)
			*ret_name = value;
		else if (strcasecmp(name, "content") == 0 && !*ret_content)
			*ret_content = value;
	}
}

/* Splits content into its two words, in place. False when it has another number of them. */
static bool split_content(char *content, MetaTag *ret)
{
	char *word[3] = {NULL}, *rest = content;
	size_t n = 0;

	while (n < ARRAY_LEN(word) && (rest += strspn(rest, BLANKS), *rest)) {
		word[n++] = rest;
		rest += strcspn(rest, BLANKS);
		if (*rest)
			*rest++ = '\0';
	}
	ret->prefix = word[0];
	ret->value = word[1];
	return n == 2;
}

static int read_meta(Page *p, MetaTags *ret)
{
	char *name, *content;
	int r = read_attributes(p, &name, &content);

	if (r < 0 || !name || !content || ret->n == META_TAGS_MAX)
		return r;
	decode_entities(name);
	decode_entities(content);
	if (startswith(name, "ac-") && split_content(content, &ret->items[ret->n]))
		ret->items[ret->n++].name = name;
	return 0;
}

/* Reads a tag whose name begins here. */
static int read_tag(Page *p, MetaTags *ret)
{
	const char *name = read_until(p, BLANKS "/>"), *raw_end = NULL;
	char *unused[2];
	int r;

	if (!name)
		return -ENOMEM;
	if (strcasecmp(name, "meta") == 0)
		return read_meta(p, ret);
	for (size_t i = 0; i < ARRAY_LEN(raw_elements); i++)
		if (strcasecmp(name, raw_elements[i].name) == 0)
			raw_end = raw_elements[i].end;
	r = read_attributes(p, &unused[0], &unused[1]);
	if (r == 0 && raw_end)
		skip_behind(p, raw_end);
	return r;
}

int meta_tags_parse(const char *html, size_t len, Arena *arena, MetaTags *ret)
{
	Page p = {html, html + len, arena};
	MetaTags tags = {.items = arena_new(arena, MetaTag, META_TAGS_MAX)};
	int r = tags.items ? 0 : -ENOMEM;

	while (r == 0 && p.at < p.end) {
		skip_behind(&p, "<");
		if (p.end - p.at >= 3 && memcmp(p.at, "!--", 3) == 0) {
			p.at += 3;
			skip_behind(&p, "-->");
		} else if (p.at < p.end && ((*p.at | 0x20) >= 'a' && (*p.at | 0x20) <= 'z')) {
			r = read_tag(&p, &tags);
		}
	}
	if (r == 0)
		*ret = tags;
	return r;
}
