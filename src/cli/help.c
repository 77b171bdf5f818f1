/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "cli/table.h"
#include "cli/version.h"

#define HELP_MAX (256u << 10)

/* Characters in a line: of the text behind an option, and of a description. */
#define HELP_WIDTH 78
#define TEXT_WIDTH 90

static void put_default(const Option *o, StrBuf *out)
{
	bool may_stand_alone = !option_needs_value(o);
	bool quoted = o->kind == OPTION_STRING && !(o->flags & OPTION_UNQUOTED);
	const char *value = o->default_text ? o->default_text : o->value_name;

	if (o->kind == OPTION_BOOL && !value)
		value = "false";
	strbuf_puts(out, may_stand_alone ? "[=" : "=");
	strbuf_printf(out, quoted && o->default_text ? "\"%s\"" : "%s", value ? value : "");
	if (may_stand_alone)
		strbuf_putc(out, ']');
}

/* Words of text (of len characters) in lines of at most width, each but the first behind start. */
static void put_wrapped(const char *text, size_t len, size_t width, const char *start, StrBuf *out)
{
	const char *end = text + len;
	size_t column = 0;

	while (text < end) {
		size_t word = MIN(strcspn(text, " "), (size_t)(end - text));

		if (column > 0 && column + 1 + word > width) {
			strbuf_printf(out, "\n%s", start);
			column = 0;
		}
		if (column > 0)
			strbuf_putc(out, ' ');
		strbuf_add(out, text, word);
		column += word + (column > 0);
		text += word + 1;
	}
	strbuf_putc(out, '\n');
}

static void put_option(const Option *o, StrBuf *out)
{
	if (o->letter)
		strbuf_printf(out, "  -%c, --%s", o->letter, o->name);
	else
		strbuf_printf(out, "      --%s", o->name);
	put_default(o, out);
	strbuf_putc(out, '\t');
	put_wrapped(o->help, strlen(o->help), HELP_WIDTH, "\t", out);
}

static void put_options(
	const char *title, const OptionSet *const *a, const OptionSet *const *b, StrBuf *out)
{
	const Option *o = option_next(a, b, NULL);

	if (!o)
		return;
	strbuf_printf(out, "\n%s:\n", title);
	for (; o; o = option_next(a, b, o))
		put_option(o, out);
}

static void put_global_options(StrBuf *out)
{
	static const OptionSet *const sets[] = {&global_options, NULL};

	put_options("GLOBAL OPTIONS", sets, NULL, out);
}

/* Each line of text is a paragraph, except that lines which begin with blanks stay as they are. */
static void put_description(const char *text, StrBuf *out)
{
	strbuf_puts(out, "\nDESCRIPTION:\n");
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			strbuf_putc(out, '\t');
		if (startswith(text, "  "))
			strbuf_printf(out, "%.*s\n", (int)len, text);
		else
			put_wrapped(text, len, TEXT_WIDTH, "\t", out);
		text += len + (text[len] == '\n');
	}
}

static void put_commands(const VerbGroup *group, StrBuf *out)
{
	size_t g = 0;

	strbuf_puts(out, "\nCOMMANDS:\n");
	for (size_t i = 0; i < n_verbs; i++) {
		if (group && !verb_in_group(verbs[i], group))
			continue;
		/* A group stands in front of its verbs. */
		if (!group && g < n_verb_groups && verb_in_group(verbs[i], &verb_groups[g])) {
			strbuf_printf(out, "\t%s\t%s\n", verb_groups[g].name, verb_groups[g].brief);
			g++;
		}
		if (!(verbs[i]->flags & VERB_HIDDEN))
			strbuf_printf(out, "\t%s\t%s\n", verbs[i]->name, verbs[i]->brief);
	}
}

static void print(StrBuf *text, FILE *to)
{
	_cleanup_strbuf_ StrBuf aligned = STRBUF_INIT(2 * HELP_MAX);

	if (table_align(strbuf_text(text), &aligned) == 0)
		(void)fputs(strbuf_text(&aligned), to);
}

/* Between the verb and what stands behind it. */
static const char *blank(const Verb *verb)
{
	return verb->synopsis[0] ? " " : "";
}

void help_print_verb(const Verb *verb, FILE *to)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(HELP_MAX);

	strbuf_printf(&out, "NAME:\n\trkt %s - %s\n", verb->name, verb->brief);
	strbuf_printf(&out, "\nUSAGE:\n\trkt %s%s%s\n", verb->name, blank(verb), verb->synopsis);
	put_description(verb->description, &out);
	put_options("OPTIONS", verb->options, verb->app_options, &out);
	put_global_options(&out);
	print(&out, to);
}

void help_print_group(const VerbGroup *group, FILE *to)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(HELP_MAX);

	if (group)
		strbuf_printf(&out, "NAME:\n\trkt %s - %s\n\nUSAGE:\n\trkt %s [command]\n",
			group->name, group->brief, group->name);
	else
		strbuf_puts(&out, "NAME:\n\trkt - rkt, the application container runner\n"
				  "\nUSAGE:\n\trkt [command]\n\nVERSION:\n\t" RKT_VERSION "\n");
	put_commands(group, &out);
	if (!group)
		put_description(
			"rkt runs images (appc, OCI, Docker) as pods: one command that fetches, "
			"prepares and runs, without a daemon. \"rkt help COMMAND\" tells about "
			"each command.",
			&out);
	put_global_options(&out);
	print(&out, to);
}

void help_print_usage(const Verb *verb, FILE *to)
{
	(void)fprintf(to, "USAGE:\n\trkt %s%s%s\n\nRun 'rkt help %s' for its options.\n",
		verb->name, blank(verb), verb->synopsis, verb->name);
}
