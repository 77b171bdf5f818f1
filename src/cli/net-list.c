/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/net-list.h"

#include "base/strbuf.h"

#define TEXT_MAX (1u << 20)

static bool takes_no_arguments(const char *name)
{
	return streq(name, "all") || streq(name, "host") || streq(name, "none");
}

bool net_list_has(const NetList *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i].name, name))
			return true;
	return false;
}

/* "K=V;K2=V2", as CNI_ARGS has it. */
static bool is_arguments(const char *text)
{
	for (;; text++) {
		size_t key = strcspn(text, "=;");

		if (key == 0 || text[key] != '=')
			return false;
		text += strcspn(text, ";");
		if (*text == '\0')
			return true;
	}
}

/* text is "NAME" or "NAME:ARGS", in the arena. */
static int add(NetList *list, char *text, Error *err)
{
	char *colon = strchr(text, ':');

	if (colon)
		*colon++ = '\0';
	if (text[0] == '\0')
		return fail(err, -EINVAL, "--net: the name of a network is empty");
	if (net_list_has(list, text))
		return fail(err, -EINVAL, "--net: network \"%s\" is given twice", text);
	if (colon && takes_no_arguments(text))
		return fail(err, -EINVAL, "--net: \"%s\" takes no arguments", text);
	if (colon && !is_arguments(colon)) {
		(void)fail(err, -EINVAL,
			"--net: the arguments of network \"%s\" must be KEY=VALUE, joined by ';', "
			"not "
			"\"%s\"",
			text, colon);
		error_hint(err, "where a shell reads a ';', the word has to be quoted");
		return -EINVAL;
	}
	list->items[list->n++] = (NetRequest){.name = text, .args = colon};
	return 0;
}

static int add_list(NetList *list, const char *value, Arena *arena, Error *err)
{
	for (;;) {
		size_t len = strcspn(value, ",");
		char *text = arena_strndup(arena, value, len);
		int r;

		if (!text)
			return fail_oom(err);
		r = add(list, text, err);
		if (r < 0)
			return r;
		if (value[len] == '\0')
			return 0;
		value += len + 1;
	}
}

static size_t count_names(const StrList *values)
{
	size_t n = 1;

	for (size_t i = 0; i < values->n; i++) {
		n++;
		for (const char *s = values->items[i]; (s = strchr(s, ',')); s++)
			n++;
	}
	return n;
}

int net_list_parse(const StrList *values, Arena *arena, NetList *ret, Error *err)
{
	NetList list = {.items = arena_new(arena, NetRequest, count_names(values))};
	int r = 0;

	if (!list.items)
		return fail_oom(err);
	for (size_t i = 0; i < values->n && r == 0; i++)
		r = add_list(&list, values->items[i], arena, err);
	if (values->n == 0)
		list.items[list.n++] = (NetRequest){.name = "default"};
	if (r == 0)
		*ret = list;
	return r;
}

int net_list_format(const NetList *list, char **ret)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(TEXT_MAX);

	for (size_t i = 0; i < list->n; i++)
		strbuf_printf(&text, "%s%s%s%s", i > 0 ? "," : "", list->items[i].name,
			list->items[i].args ? ":" : "",
			list->items[i].args ? list->items[i].args : "");
	return strbuf_finish(&text, ret, NULL) < 0 ? -ENOMEM : 0;
}
