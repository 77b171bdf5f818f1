/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include "cli/suggest.h"

extern const Verb verb_app_add, verb_app_exec, verb_app_list, verb_app_rm, verb_app_sandbox,
	verb_app_start, verb_app_status, verb_app_stop, verb_cat_manifest, verb_completion,
	verb_enter, verb_fetch, verb_gc, verb_help, verb_image_cat_manifest, verb_image_fetch,
	verb_image_list, verb_image_rm, verb_list, verb_logs, verb_prepare, verb_rm, verb_run,
	verb_run_prepared, verb_status, verb_stop, verb_version;

const Verb *const verbs[] = {
	&verb_app_add,
	&verb_app_exec,
	&verb_app_list,
	&verb_app_rm,
	&verb_app_sandbox,
	&verb_app_start,
	&verb_app_status,
	&verb_app_stop,
	&verb_cat_manifest,
	&verb_completion,
	&verb_enter,
	&verb_fetch,
	&verb_gc,
	&verb_help,
	&verb_image_cat_manifest,
	&verb_image_fetch,
	&verb_image_list,
	&verb_image_rm,
	&verb_list,
	&verb_logs,
	&verb_prepare,
	&verb_rm,
	&verb_run,
	&verb_run_prepared,
	&verb_status,
	&verb_stop,
	&verb_version,
};
const size_t n_verbs = ARRAY_LEN(verbs);

const VerbGroup verb_groups[] = {
	{"app", "Operate on single apps of a running pod"},
	{"image", "Operate on images in the local store"},
};
const size_t n_verb_groups = ARRAY_LEN(verb_groups);

const char *verb_leaf(const Verb *verb)
{
	const char *blank = strrchr(verb->name, ' ');

	return blank ? blank + 1 : verb->name;
}

bool verb_in_group(const Verb *verb, const VerbGroup *group)
{
	const char *rest = startswith(verb->name, group->name);

	return rest && *rest == ' ';
}

/* Whether the verb is found at this level: in the group, or, without one, by a name of one word. */
static bool at_level(const Verb *verb, const VerbGroup *group)
{
	return group ? verb_in_group(verb, group) : !strchr(verb->name, ' ');
}

typedef struct Search {
	const char *word;
	VerbMatch match;
	size_t n; /* names that begin with word */
	bool exact;
	Suggestion nearest;
} Search;

static void consider(Search *s, const char *name, VerbMatch match, bool hidden)
{
	const char *rest = startswith(name, s->word);

	if (!hidden)
		suggestion_offer(&s->nearest, name);
	if (!rest || s->exact)
		return;
	s->exact = *rest == '\0';
	s->n = s->exact ? 1 : s->n + 1;
	s->match = match;
}

int verb_find(const VerbGroup *group, const char *word, VerbMatch *ret, Error *err)
{
	Search s = {.word = word, .nearest = SUGGESTION_INIT(word)};

	for (size_t i = 0; i < n_verbs; i++)
		if (at_level(verbs[i], group))
			consider(&s, verb_leaf(verbs[i]), (VerbMatch){.verb = verbs[i]},
				verbs[i]->flags & VERB_HIDDEN);
	for (size_t i = 0; i < n_verb_groups && !group; i++)
		consider(&s, verb_groups[i].name, (VerbMatch){.group = &verb_groups[i]}, false);
	if (s.n == 1) {
		*ret = s.match;
		return 0;
	}
	(void)fail(err, -EINVAL, "unknown command \"%s\" for \"rkt%s%s\"", word, group ? " " : "",
		group ? group->name : "");
	if (s.nearest.best && s.n == 0)
		error_hint(err, "did you mean \"%s%s%s\"?", group ? group->name : "",
			group ? " " : "", s.nearest.best);
	return -EINVAL;
}
