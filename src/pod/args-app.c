/* SPDX-License-Identifier: Apache-2.0 */

/* What the options of one app say, over what its image says. */

#include "pod/args-internal.h"

#include <unistd.h>
#include "base/number.h"
#include "spec/ac-types.h"
#include "spec/liveness.h"
#include "spec/restart-policy.h"

static int check_name(const char *name, Error *err)
{
	if (!name || ac_name_valid(name))
		return 0;
	return fail(err, -EINVAL,
		"invalid argument \"%s\" for --name: must consist of lower-case letters, digits "
		"and \"-\"",
		name);
}

/* The executable of --exec or all that the image would run, then the arguments. */
static int join_exec(const AppArgs *args, Arena *arena, StrList *exec, Error *err)
{
	StrList base = args->exec ? (StrList){.items = (const char **)&args->exec, .n = 1} : *exec;
	const char **items = arena_new(arena, const char *, base.n + args->args.n);

	if (!items)
		return fail_oom(err);
	for (size_t i = 0; i < base.n + args->args.n; i++) {
		const char *item = i < base.n ? base.items[i] : args->args.items[i - base.n];
		int r = args_copy(item, arena, &items[i], err);

		if (r < 0)
			return wrap(err, r, "invalid app argument \"%s\"", item);
	}
	*exec = (StrList){.items = items, .n = base.n + args->args.n};
	return 0;
}

static int override_text(
	const char *text, const char *flag, Arena *arena, const char **target, Error *err)
{
	int r;

	if (!text)
		return 0;
	if (!text[0])
		return fail(err, -EINVAL, "%s must not be empty", flag);
	r = args_copy(text, arena, target, err);
	return r < 0 ? wrap(err, r, "invalid argument \"%s\" for %s", text, flag) : 0;
}

static int override_gids(const char *text, Arena *arena, App *app, Error *err)
{
	StrList items;
	int r;

	if (!text)
		return 0;
	r = args_split_list(text, arena, &items, err);
	if (r < 0)
		return r;
	app->supplementary_gids = arena_new(arena, int64_t, items.n);
	if (!app->supplementary_gids)
		return fail_oom(err);
	for (size_t i = 0; i < items.n; i++)
		if (number_parse_i64(items.items[i], 0, ARGS_ID_MAX, &app->supplementary_gids[i]) <
			0)
			return fail(err, -EINVAL,
				"invalid argument \"%s\" for --supplementary-gids: \"%s\" is not "
				"a group number",
				text, items.items[i]);
	app->n_supplementary_gids = items.n;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const NameValue *)a)->name, ((const NameValue *)b)->name);
}

int args_map(const StrList *texts, const char *flag, Arena *arena, NameValues *map, Error *err)
{
	int r;

	if (texts->n == 0)
		return 0;
	r = args_pairs(texts, flag, arena, map, err);
	if (r == 0)
		qsort(map->items, map->n, sizeof *map->items, by_name);
	return r;
}

static int override_app(const AppArgs *args, Arena *arena, App *app, Error *err)
{
	int r;

	if (args->exec && !args->exec[0])
		return fail(err, -EINVAL, "--exec must not be empty");
	r = join_exec(args, arena, &app->exec, err);
	if (r == 0)
		r = override_text(args->user, "--user", arena, &app->user, err);
	if (r == 0)
		r = override_text(args->group, "--group", arena, &app->group, err);
	if (r == 0 && args->working_dir && args->working_dir[0] != '/')
		r = fail(err, -EINVAL,
			"invalid argument \"%s\" for --working-dir: must be an absolute path",
			args->working_dir);
	if (r == 0)
		r = override_text(
			args->working_dir, "--working-dir", arena, &app->working_directory, err);
	if (r == 0)
		r = override_gids(args->supplementary_gids, arena, app, err);
	if (r == 0)
		r = args_map(&args->user_annotations, "--user-annotation", arena,
			&app->user_annotations, err);
	if (r == 0)
		r = args_map(&args->user_labels, "--user-label", arena, &app->user_labels, err);
	return r;
}

int args_annotations(const StrList *texts, Arena *arena, NameValues *ret, Error *err)
{
	int r = args_pairs(texts, "--annotation", arena, ret, err);

	for (size_t i = 0; r == 0 && i < ret->n; i++)
		if (!ac_identifier_valid(ret->items[i].name))
			return fail(err, -EINVAL,
				"invalid argument \"%s=%s\" for --annotation: \"%s\" must consist "
				"of lower-case letters, digits and \"-._~/\"",
				ret->items[i].name, ret->items[i].value, ret->items[i].name);
	return r;
}

int args_set_annotation(
	Arena *arena, NameValues *annotations, const char *name, const char *value, Error *err)
{
	NameValue *items, *old = args_find_pair(annotations, name);

	if (old) {
		old->value = value;
		return 0;
	}
	items = arena_new(arena, NameValue, annotations->n + 1);
	if (!items)
		return fail_oom(err);
	for (size_t i = 0; i < annotations->n; i++)
		items[i] = annotations->items[i];
	items[annotations->n] = (NameValue){.name = name, .value = value};
	*annotations = (NameValues){.items = items, .n = annotations->n + 1};
	return 0;
}

int args_restart(const AppArgs *args, Arena *arena, NameValues *annotations, Error *err)
{
	RestartPolicy policy;
	int r = restart_policy_parse(args->restart, &policy, err);

	if (r < 0)
		return wrap(err, r, "invalid argument \"%s\" for --restart", args->restart);
	if (args->restart)
		r = args_set_annotation(arena, annotations, RESTART_ANNOTATION, args->restart, err);
	return r < 0 ? r : restart_policy_of(annotations, &policy, err);
}

int args_liveness(const AppArgs *args, Arena *arena, NameValues *annotations, Error *err)
{
	const char *text = NULL;
	Liveness liveness;
	int r = args->liveness ? args_copy(args->liveness, arena, &text, err) : 0;

	if (r == 0)
		r = liveness_parse(text, arena, &liveness, err);
	if (r < 0)
		return wrap(err, r, "invalid argument \"%s\" for --liveness", args->liveness);
	if (text)
		r = args_set_annotation(arena, annotations, LIVENESS_ANNOTATION, text, err);
	return r < 0 ? r : liveness_of(annotations, arena, &liveness, err);
}

/* Only a fetch reads it, and only where there is something to fetch; but what is not there is a
 * mistake either way. */
static int check_signature(const char *path, Error *err)
{
	if (!path || access(path, F_OK) == 0)
		return 0;
	return fail_errno(err, -errno, "invalid argument \"%s\" for --signature", path);
}

int args_app(const PodArgs *pod, const AppArgs *args, PodManifest *m, RuntimeApp *app, Error *err)
{
	Arena *arena = &m->arena;
	int r = check_name(args->name, err);

	if (r == 0)
		r = check_signature(args->signature, err);
	if (r == 0)
		r = override_app(args, arena, &app->app, err);
	if (r == 0)
		r = args_environment(pod, args, arena, &app->app, err);
	if (r == 0)
		r = args_isolators(args, arena, &app->app, err);
	if (r == 0)
		r = args_mounts(pod, args, m, app, err);
	if (r == 0)
		r = args_annotations(&args->annotations, arena, &app->annotations, err);
	if (r == 0)
		r = args_stream_modes(args, arena, &app->annotations, err);
	if (r == 0)
		r = args_restart(args, arena, &app->annotations, err);
	if (r == 0)
		r = args_liveness(args, arena, &app->annotations, err);
	return r;
}
