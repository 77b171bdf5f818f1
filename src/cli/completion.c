/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <stdio.h>
#include "cli/verb.h"

/* Where the words behind a verb come from: commands whose first column is offered. */
static const struct {
	const char *verb, *source;
} dynamic[] = {
	{"attach", "__rkt_pods running"},
	{"cat-manifest", "__rkt_pods"},
	{"enter", "__rkt_pods running"},
	{"exec", "__rkt_pods running"},
	{"help", "__rkt_verbs"},
	{"image cat-manifest", "__rkt_images"},
	{"image rm", "__rkt_images"},
	{"prepare", "__rkt_images"},
	{"restart", "__rkt_pods running exited"},
	{"rm", "__rkt_pods prepared exited garbage aborted prepare"},
	{"run", "__rkt_images"},
	{"run-prepared", "__rkt_pods prepared"},
	{"start", "__rkt_pods exited"},
	{"stats", "__rkt_pods running"},
	{"status", "__rkt_pods"},
	{"stop", "__rkt_pods running"},
	{"top", "__rkt_pods running"},
};

static const char *source_of(const Verb *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(dynamic); i++)
		if (streq(dynamic[i].verb, verb->name))
			return dynamic[i].source;
	return "";
}

static void put_names(const OptionSet *const *sets, StrBuf *out)
{
	for (; sets && *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++)
			if (option_visible(&(*sets)->rows[i]))
				strbuf_printf(out, " --%s%s", (*sets)->rows[i].name,
					option_needs_value(&(*sets)->rows[i]) ? "=" : "");
}

static void put_verb(const Verb *verb, StrBuf *out)
{
	if (verb->flags & VERB_HIDDEN)
		return;
	strbuf_printf(out, "\t\"%s\")\n\t\toptions=\"", verb->name);
	put_names(verb->options, out);
	put_names(verb->app_options, out);
	strbuf_printf(out, "\"\n\t\tsource=\"%s\" ;;\n", source_of(verb));
}

static void put_words(const OptionSet *const *sets, StrBuf *out)
{
	for (const Option *o = option_next(sets, NULL, NULL); o; o = option_next(sets, NULL, o)) {
		char start[64];

		(void)snprintf(start, sizeof start, "\t--%s)", o->name);
		/* Options of one name have the same values wherever they stand. */
		if (o->words && !strstr(strbuf_text(out), start))
			strbuf_printf(out, "%s echo \"%s\" ;;\n", start, o->words);
	}
}

/* The options whose possible values are known, once each. */
static void put_values(StrBuf *out)
{
	static const OptionSet *const global_sets[] = {&global_options, NULL};

	put_words(global_sets, out);
	for (size_t i = 0; i < n_verbs; i++)
		put_words(verbs[i]->options, out);
}

static const char functions[] =
	"# bash completion for rkt\n"
	"\n"
	"__rkt_images() {\n"
	"\trkt image list --no-legend 2>/dev/null | cut -f1\n"
	"}\n"
	"\n"
	"# UUIDs of the pods whose state is one of the arguments, of all without one. Lines that "
	"begin with\n"
	"# a tab are further apps of a pod.\n"
	"__rkt_pods() {\n"
	"\tlocal states=\" $* \"\n"
	"\trkt list --no-legend 2>/dev/null | grep -v $'^\\t' | while IFS=$'\\t' read -r uuid _ _ "
	"state _; do\n"
	"\t\t[[ $# -eq 0 || $states == *\" $state \"* ]] && echo \"$uuid\"\n"
	"\tdone\n"
	"}\n\n";

/* bash takes "--net=none" apart at the "=": words puts it together again. */
static const char complete[] =
	"__rkt() {\n"
	"\tlocal words=() word verb=\"\" options=\"\" source=\"\" i\n"
	"\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"\t\tif ((${#words[@]} > 0)) && [[ ${COMP_WORDS[i]} == = ||\n"
	"\t\t\t( ${words[-1]} == --*= && ${COMP_WORDS[i-1]} == = ) ]]; then\n"
	"\t\t\twords[-1]+=${COMP_WORDS[i]}\n"
	"\t\telse\n"
	"\t\t\twords+=(\"${COMP_WORDS[i]}\")\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tword=${words[-1]}\n"
	"\tunset 'words[-1]'\n"
	"\t__rkt_verb_of \"${words[@]:1}\"\n"
	"\t__rkt_verb \"$verb\"\n"
	"\tif [[ $word == --*=* ]]; then\n"
	"\t\t__rkt_offer_values \"${word%%=*}\" \"${word#*=}\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif __rkt_takes_next \"${words[-1]}\"; then\n"
	"\t\t__rkt_offer_values \"${words[-1]}\" \"$word\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ $word == -* ]]; then\n"
	"\t\tcompopt -o nospace 2>/dev/null\n"
	"\t\tCOMPREPLY=($(compgen -W \"$options $__rkt_global_options\" -- \"$word\"))\n"
	"\telif [[ -n $source ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$($source)\" -- \"$word\"))\n"
	"\tfi\n"
	"\tif [[ $verb == run || $verb == prepare || $verb == fetch ]]; then\n"
	"\t\tcompopt -o default 2>/dev/null\n"
	"\tfi\n"
	"}\n\n"
	"complete -F __rkt rkt\n";

static const char helpers[] =
	"# sets verb to the one among the words\n"
	"__rkt_verb_of() {\n"
	"\tlocal before=\"\" w\n"
	"\tfor w; do\n"
	"\t\tif [[ $w == -* ]] || __rkt_takes_next \"$before\"; then\n"
	"\t\t\tbefore=$w\n"
	"\t\t\tcontinue\n"
	"\t\tfi\n"
	"\t\tbefore=$w\n"
	"\t\tverb+=${verb:+ }$w\n"
	"\t\t__rkt_is_group \"$verb\" || break\n"
	"\tdone\n"
	"}\n\n"
	"# whether the value of the option is the next word\n"
	"__rkt_takes_next() {\n"
	"\t[[ $1 == --* && $1 != *=* && \" $options $__rkt_global_options \" == *\" $1= \"* ]]\n"
	"}\n\n"
	"# the values that the option can have; what is not known may be a file\n"
	"__rkt_offer_values() {\n"
	"\tlocal values\n"
	"\tvalues=$(__rkt_values \"$1\")\n"
	"\tif [[ -n $values ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$values\" -- \"$2\"))\n"
	"\telse\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tCOMPREPLY=($(compgen -f -- \"$2\"))\n"
	"\tfi\n"
	"}\n\n";

static void put_verb_names(const VerbGroup *group, StrBuf *out)
{
	for (size_t i = 0; i < n_verbs; i++) {
		bool here = group ? verb_in_group(verbs[i], group) : !strchr(verbs[i]->name, ' ');

		if (here && !(verbs[i]->flags & VERB_HIDDEN))
			strbuf_printf(out, " %s", verb_leaf(verbs[i]));
	}
	for (size_t i = 0; i < n_verb_groups && !group; i++)
		strbuf_printf(out, " %s", verb_groups[i].name);
}

static void put_groups(StrBuf *out)
{
	strbuf_puts(out, "__rkt_is_group() {\n\tcase \"$1\" in\n");
	for (size_t i = 0; i < n_verb_groups; i++)
		strbuf_printf(out, "\t%s) return 0 ;;\n", verb_groups[i].name);
	strbuf_puts(out, "\t*) return 1 ;;\n\tesac\n}\n\n__rkt_verbs() {\n\techo \"");
	put_verb_names(NULL, out);
	strbuf_puts(out, "\"\n}\n\n");
	for (size_t i = 0; i < n_verb_groups; i++) {
		strbuf_printf(out, "__rkt_%s_verbs() {\n\techo \"", verb_groups[i].name);
		put_verb_names(&verb_groups[i], out);
		strbuf_puts(out, "\"\n}\n\n");
	}
}

static void put_verbs(StrBuf *out)
{
	strbuf_puts(out, "# sets options and source for a verb\n__rkt_verb() {\n\tcase \"$1\" in\n"
			 "\t\"\") source=__rkt_verbs ;;\n");
	for (size_t i = 0; i < n_verb_groups; i++)
		strbuf_printf(out, "\t\"%s\") source=__rkt_%s_verbs ;;\n", verb_groups[i].name,
			verb_groups[i].name);
	for (size_t i = 0; i < n_verbs; i++)
		put_verb(verbs[i], out);
	strbuf_puts(out, "\tesac\n}\n\n");
}

void completion_put_bash(StrBuf *out)
{
	static const OptionSet *const global_sets[] = {&global_options, NULL};

	strbuf_puts(out, functions);
	strbuf_puts(out, "__rkt_global_options=\"");
	put_names(global_sets, out);
	strbuf_puts(out,
		"\"\n\n# the values that an option can have\n__rkt_values() {\n\tcase \"$1\" in\n");
	put_values(out);
	strbuf_puts(out, "\tesac\n}\n\n");
	put_groups(out);
	put_verbs(out);
	strbuf_puts(out, helpers);
	strbuf_puts(out, complete);
}
