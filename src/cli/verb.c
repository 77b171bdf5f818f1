/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include "base/strbuf.h"
#include "cli/suggest.h"

extern const Verb verb_app_add, verb_app_exec, verb_app_list, verb_app_rm, verb_app_sandbox,
	verb_app_start, verb_app_status, verb_app_stop, verb_attach, verb_cat_manifest,
	verb_completion, verb_config, verb_cp, verb_enter, verb_exec, verb_export, verb_fetch,
	verb_fsck, verb_gc, verb_help, verb_image_cat_manifest, verb_image_df, verb_image_export,
	verb_image_extract, verb_image_fetch, verb_image_gc, verb_image_import, verb_image_list,
	verb_image_render, verb_image_rm, verb_image_verify, verb_list, verb_logs,
	verb_metadata_service, verb_prepare, verb_restart, verb_rm, verb_run, verb_run_prepared,
	verb_start, verb_stats, verb_status, verb_stop, verb_top, verb_trust, verb_version;

const Verb *const verbs[] = {
	&verb_app_add,
	&verb_app_exec,
	&verb_app_list,
	&verb_app_rm,
	&verb_app_sandbox,
	&verb_app_start,
	&verb_app_status,
	&verb_app_stop,
	&verb_attach,
	&verb_cat_manifest,
	&verb_completion,
	&verb_config,
	&verb_cp,
	&verb_enter,
	&verb_exec,
	&verb_export,
	&verb_fetch,
	&verb_fsck,
	&verb_gc,
	&verb_help,
	&verb_image_cat_manifest,
	&verb_image_df,
	&verb_image_export,
	&verb_image_extract,
	&verb_image_fetch,
	&verb_image_gc,
	&verb_image_import,
	&verb_image_list,
	&verb_image_render,
	&verb_image_rm,
	&verb_image_verify,
	&verb_list,
	&verb_logs,
	&verb_metadata_service,
	&verb_prepare,
	&verb_restart,
	&verb_rm,
	&verb_run,
	&verb_run_prepared,
	&verb_start,
	&verb_stats,
	&verb_status,
	&verb_stop,
	&verb_top,
	&verb_trust,
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
	size_t n;         /* names that begin with word */
	StrBuf beginners; /* they, in their order */
	bool exact;
	Suggestion nearest;
} Search;

static void search_done(Search *s)
{
	strbuf_done(&s->beginners);
}

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
	if (!hidden)
		strbuf_printf(&s->beginners, "%s%s", *strbuf_text(&s->beginners) ? ", " : "", name);
}

/* What other engines call a verb. */
static const struct {
	const char *name, *ours;
} elsewhere[] = {
	{"create", "prepare"},
	{"images", "image list"},
	{"inspect", "status"},
	{"kill", "stop --force"},
	{"prune", "gc"},
	{"ps", "list"},
	{"pull", "fetch"},
	{"rmi", "image rm"},
};

/* How a word is called here that is known elsewhere, or NULL. */
static const char *our_name(const VerbGroup *group, const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(elsewhere) && !group; i++)
		if (streq(elsewhere[i].name, word))
			return elsewhere[i].ours;
	return NULL;
}

static void hint(const Search *s, const VerbGroup *group, Error *err)
{
	const char *ours = our_name(group, s->word);

	if (ours)
		error_hint(err, "that is \"rkt %s\"", ours);
	else if (s->n > 1 && *s->word)
		error_hint(err, "it is the beginning of several: %s", strbuf_text(&s->beginners));
	else if (s->n == 0 && s->nearest.best)
		error_hint(err, "did you mean \"%s%s%s\"?", group ? group->name : "",
			group ? " " : "", s->nearest.best);
}

int verb_find(const VerbGroup *group, const char *word, VerbMatch *ret, Error *err)
{
	_cleanup_(search_done) Search s = {
		.word = word, .beginners = STRBUF_INIT(1024), .nearest = SUGGESTION_INIT(word)};

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
	hint(&s, group, err);
	return -EINVAL;
}
