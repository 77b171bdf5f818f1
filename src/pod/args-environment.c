/* SPDX-License-Identifier: Apache-2.0 */

/* --environment, --set-env, --set-env-file and --inherit-env. */

#include "pod/args-internal.h"

#include <unistd.h>
#include "base/fd.h"
#include "base/strbuf.h"

/* An environment that is put together: the array grows in the arena. */
typedef struct Environment {
	Arena *arena;
	NameValues list;
	size_t room;
} Environment;

static int env_add(Environment *env, const NameValue *variable)
{
	if (env->list.n == env->room) {
		size_t room = env->room ? env->room * 2 : 16;
		NameValue *items = arena_new(env->arena, NameValue, room);

		if (!items)
			return -ENOMEM;
		if (env->list.n > 0)
			memcpy(items, env->list.items, env->list.n * sizeof *items);
		env->list.items = items;
		env->room = room;
	}
	env->list.items[env->list.n++] = *variable;
	return 0;
}

static int env_set(Environment *env, const NameValue *variable)
{
	NameValue *old = args_find_pair(&env->list, variable->name);

	if (!old)
		return env_add(env, variable);
	*old = *variable;
	return 0;
}

static int env_set_all(Environment *env, const NameValues *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (env_set(env, &list->items[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* The caller's variables, where the app has none of that name. What a shell puts there under names
 * that no app could have (exported functions) is left out, and so is what is not UTF-8. */
static int env_inherit(Environment *env)
{
	for (char **p = environ; p && *p; p++) {
		NameValue variable;

		if (args_split_pair(*p, env->arena, &variable, NULL) < 0 ||
			!app_env_name_valid(variable.name) ||
			args_find_pair(&env->list, variable.name))
			continue;
		if (env_add(env, &variable) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int check_name(const char *name, Error *err)
{
	if (app_env_name_valid(name))
		return 0;
	return fail(err, -EINVAL,
		"variable name \"%s\" must be letters, digits, \"_\", \".\" and \"-\", and not "
		"start with a digit",
		name);
}

/* One "K=V" behind flag. With unique, a name that is there already is refused. */
static int parse_variable(
	const char *text, const char *flag, bool unique, Environment *env, Error *err)
{
	NameValue variable;
	int r;

	r = args_split_pair(text, env->arena, &variable, err);
	if (r == 0)
		r = check_name(variable.name, err);
	if (r == 0 && unique && args_find_pair(&env->list, variable.name))
		r = fail(err, -EINVAL, "key \"%s\" already set", variable.name);
	if (r < 0)
		return wrap(err, r, "invalid argument \"%s\" for %s", text, flag);
	return env_set(env, &variable) < 0 ? fail_oom(err) : 0;
}

static int parse_variables(
	const StrList *texts, const char *flag, bool unique, Environment *env, Error *err)
{
	for (size_t i = 0; i < texts->n; i++) {
		int r = parse_variable(texts->items[i], flag, unique, env, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* One line of a file; blank lines and remarks count for nothing. */
static int parse_line(const char *line, Environment *env, Error *err)
{
	NameValue variable;
	int r;

	if (!*line || *line == '#' || *line == ';')
		return 0;
	r = args_split_pair(line, env->arena, &variable, err);
	if (r == 0)
		r = check_name(variable.name, err);
	if (r < 0)
		return r;
	if (args_find_pair(&env->list, variable.name))
		return fail(err, -EINVAL, "environment variable \"%s\" already set", variable.name);
	return env_add(env, &variable) < 0 ? fail_oom(err) : 0;
}

int args_parse_env_file(
	const char *text, size_t len, const char *path, Arena *arena, NameValues *list, Error *err)
{
	Environment env = {.arena = arena, .list = *list, .room = list->n};
	size_t number = 0;

	if (memchr(text, '\0', len))
		return fail(err, -EINVAL, "environment file %s: holds a NUL byte", path);
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;
		char *line = arena_strndup(arena, text, n);
		int r = line ? parse_line(line, &env, err) : fail_oom(err);

		number++;
		if (r < 0)
			return wrap(err, r, "environment file %s, line %zu", path, number);
		text += n + (newline != NULL);
		len -= n + (newline != NULL);
	}
	*list = env.list;
	return 0;
}

static int read_env_files(const StrList *paths, Arena *arena, NameValues *list, Error *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		_cleanup_free_ char *text = NULL;
		size_t len;
		int r;

		r = fd_read_input(paths->items[i], ENV_FILE_MAX, &text, &len, err);
		if (r < 0)
			return wrap(err, r, "invalid argument \"%s\" for --set-env-file",
				paths->items[i]);
		r = args_parse_env_file(text, len, paths->items[i], arena, list, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int args_common_environment(PodArgs *args, Arena *arena, Error *err)
{
	Environment set = {.arena = arena};
	NameValues from_files = {0};
	int r = read_env_files(&args->set_env_files, arena, &from_files, err);

	if (r == 0)
		r = parse_variables(&args->set_env, "--set-env", true, &set, err);
	if (r < 0)
		return r;
	args->env_from_files = from_files;
	args->env_set = set.list;
	return 0;
}

int args_environment(const PodArgs *args, const AppArgs *app, Arena *arena, App *target, Error *err)
{
	Environment env = {.arena = arena};
	int r;

	if (env_set_all(&env, &target->environment) < 0 ||
		(args->inherit_env && env_inherit(&env) < 0) ||
		env_set_all(&env, &args->env_from_files) < 0 ||
		env_set_all(&env, &args->env_set) < 0)
		return fail_oom(err);
	r = parse_variables(&app->environment, "--environment", false, &env, err);
	if (r < 0)
		return r;
	target->environment = env.list;
	return 0;
}
