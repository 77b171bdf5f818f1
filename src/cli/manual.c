/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manual.h"

#include <ctype.h>
#include <stdio.h>
#include "cli/manual-text.h"

static const OptionSet *const global_sets[] = {&global_options, NULL};

const char *manual_page_name(const Verb *verb, char buf[static MANUAL_PAGE_NAME])
{
	(void)snprintf(buf, MANUAL_PAGE_NAME, "rkt_%s", verb->name);
	for (char *c = buf; *c; c++)
		if (*c == ' ')
			*c = '_';
	return buf;
}

/* Text in which no character means anything to scdoc. */
static void put_plain(const char *text, size_t len, StrBuf *out)
{
	for (size_t i = 0; i < len; i++) {
		/* Some have a meaning anywhere, others at the beginning of a line. */
		if (strchr("*_\\", text[i]) || (i == 0 && strchr("|[]#.;-", text[i])))
			strbuf_putc(out, '\\');
		strbuf_putc(out, text[i]);
	}
}

/* Lines that begin with blanks stay as they are laid out, the others become paragraphs. */
static void put_description(const char *text, StrBuf *out)
{
	bool literal = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool indented = startswith(text, "  ") != NULL;

		if (indented != literal)
			strbuf_puts(out, "```\n");
		literal = indented;
		if (indented)
			strbuf_add(out, text, len);
		else
			put_plain(text, len, out);
		strbuf_putc(out, '\n');
		text += len + (text[len] == '\n');
	}
	if (literal)
		strbuf_puts(out, "```\n");
}

static void put_value(const Option *o, StrBuf *out)
{
	const char *name = o->value_name ? o->value_name : "BOOL";

	if (option_needs_value(o))
		strbuf_putc(out, '=');
	else
		strbuf_puts(out, "\\[=");
	put_plain(name, strlen(name), out);
	if (!option_needs_value(o))
		strbuf_puts(out, "\\]");
}

static void put_option(const Option *o, StrBuf *out)
{
	if (o->letter)
		strbuf_printf(out, "*-%c*, ", o->letter);
	strbuf_printf(out, "*--%s*", o->name);
	put_value(o, out);
	strbuf_printf(out, "\n\t%c", toupper((unsigned char)o->help[0]));
	put_plain(o->help + 1, strlen(o->help + 1), out);
	strbuf_putc(out, '.');
	if (o->default_text) {
		strbuf_puts(out, " Default: ");
		put_plain(o->default_text, strlen(o->default_text), out);
		strbuf_putc(out, '.');
	}
	strbuf_puts(out, "\n\n");
}

static void put_options(
	const char *title, const OptionSet *const *a, const OptionSet *const *b, StrBuf *out)
{
	const Option *o = option_next(a, b, NULL);

	if (!o)
		return;
	strbuf_printf(out, "\n# %s\n\n", title);
	for (; o; o = option_next(a, b, o))
		put_option(o, out);
}

static void put_verb_page(const Verb *verb, StrBuf *out)
{
	const ManualText *text = manual_text(verb->name);
	char page[MANUAL_PAGE_NAME];

	strbuf_printf(out, "%s(1)\n\n# NAME\n\n", manual_page_name(verb, page));
	strbuf_printf(out, "rkt %s - %s\n\n# SYNOPSIS\n\n*rkt %s*%s", verb->name, verb->brief,
		verb->name, verb->synopsis[0] ? " " : "");
	put_plain(verb->synopsis, strlen(verb->synopsis), out);
	strbuf_puts(out, "\n\n# DESCRIPTION\n\n");
	put_description(verb->description, out);
	put_options("OPTIONS", verb->options, verb->app_options, out);
	put_options("GLOBAL OPTIONS", global_sets, NULL, out);
	if (text && text->sections)
		strbuf_puts(out, text->sections);
	strbuf_printf(out, "\n# SEE ALSO\n\n*rkt*(1)%s%s\n", text && text->see_also ? ", " : "",
		text && text->see_also ? text->see_also : "");
}

static void put_commands(StrBuf *out)
{
	char page[MANUAL_PAGE_NAME];

	strbuf_puts(out, "\n# COMMANDS\n\n");
	for (size_t i = 0; i < n_verbs; i++) {
		if (verbs[i]->flags & VERB_HIDDEN)
			continue;
		manual_page_name(verbs[i], page);
		strbuf_putc(out, '*');
		put_plain(page, strlen(page), out);
		strbuf_printf(out, "*(1)\n\t%s\n\n", verbs[i]->brief);
	}
}

static const char rkt_head[] =
	"rkt(1)\n\n# NAME\n\nrkt - run applications in pods\n\n# SYNOPSIS\n\n*rkt* COMMAND "
	"\\[OPTIONS\\] \\[ARGUMENTS\\]\n\n"
	"# DESCRIPTION\n\n"
	"rkt runs images (appc, OCI, Docker) as pods: one command that fetches, prepares and runs, "
	"without a daemon. A pod is the child of "
	"whoever started it. Names of commands may be shortened as long as they are unique.\n";

static void put_see_also(StrBuf *out)
{
	char page[MANUAL_PAGE_NAME];
	const char *between = "";

	strbuf_puts(out, "\n# SEE ALSO\n\n");
	for (size_t i = 0; i < n_verbs; i++) {
		if (verbs[i]->flags & VERB_HIDDEN)
			continue;
		manual_page_name(verbs[i], page);
		strbuf_printf(out, "%s*", between);
		put_plain(page, strlen(page), out);
		strbuf_puts(out, "*(1)");
		between = ", ";
	}
	strbuf_putc(out, '\n');
}

static void put_rkt_page(StrBuf *out)
{
	strbuf_puts(out, rkt_head);
	put_commands(out);
	put_options("GLOBAL OPTIONS", global_sets, NULL, out);
	strbuf_puts(out, manual_text("")->sections);
	put_see_also(out);
}

void manual_put_page(const Verb *verb, StrBuf *out)
{
	if (verb)
		put_verb_page(verb, out);
	else
		put_rkt_page(out);
}

static Json *option_to_json(Arena *arena, const Option *o)
{
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_text(arena, json, "name", o->name);
	json = json_add_text(arena, json, "value", option_needs_value(o) ? "required" : "optional");
	json = json_add_text(arena, json, "default", o->default_text ? o->default_text : "");
	return json_add_text(arena, json, "help", o->help);
}

static Json *options_to_json(Arena *arena, const OptionSet *const *a, const OptionSet *const *b)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (const Option *o = option_next(a, b, NULL); o; o = option_next(a, b, o))
		list = json_append(list, option_to_json(arena, o));
	return list;
}

static Json *verb_to_json(Arena *arena, const Verb *verb)
{
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_text(arena, json, "name", verb->name);
	json = json_add_text(arena, json, "synopsis", verb->synopsis);
	json = json_add_text(arena, json, "brief", verb->brief);
	return json_add(
		arena, json, "options", options_to_json(arena, verb->options, verb->app_options));
}

Json *manual_options(Arena *arena)
{
	Json *json = json_new(arena, JSON_OBJECT), *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < n_verbs; i++)
		if (!(verbs[i]->flags & VERB_HIDDEN))
			list = json_append(list, verb_to_json(arena, verbs[i]));
	json = json_add(arena, json, "global", options_to_json(arena, global_sets, NULL));
	return json_add(arena, json, "verbs", list);
}
