/* SPDX-License-Identifier: Apache-2.0 */

/* --memory, --cpu, --cpu-shares, --pids-limit, --oom-score-adj, --caps-* and --seccomp as
 * isolators. */

#include "pod/args-internal.h"

#include "base/json.h"
#include "base/number.h"
#include "spec/quantity.h"

/* Less would not hold a page of the app. */
#define MEMORY_MIN 4096

/* Makes an isolator by the rules of the schema from a JSON value, NULL when memory was out. */
static int make(const char *name, const Json *value, Arena *arena, Isolator *ret, Error *err)
{
	return value ? isolator_parse(name, value, name, arena, ret, err) : fail_oom(err);
}

/* request and limit are the same: the app is promised what it may use. */
static Json *limit_value(Arena *arena, const char *quantity)
{
	Json *value = json_new(arena, JSON_OBJECT);

	value = json_add(arena, value, "default", json_new_bool(arena, false));
	value = json_add_text(arena, value, "request", quantity);
	return json_add_text(arena, value, "limit", quantity);
}

static int parse_memory(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	int64_t bytes;

	if (quantity_parse(text, 1, &bytes) < 0)
		return fail(err, -EINVAL, "must be a quantity of bytes, such as 16M");
	if (bytes < MEMORY_MIN)
		return fail(err, -EINVAL,
			"memory limit of %lld bytes too low. Try a reasonable value, such as "
			"--memory=16M",
			(long long)bytes);
	return make("resource/memory", limit_value(arena, text), arena, ret, err);
}

static int parse_cpu(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	int64_t millicores;

	if (quantity_parse(text, 1000, &millicores) < 0 || millicores <= 0)
		return fail(err, -EINVAL, "must be a quantity of cores, such as 2 or 500m");
	return make("resource/cpu", limit_value(arena, text), arena, ret, err);
}

static int parse_number(const char *name, const char *text, int64_t min, int64_t max, Arena *arena,
	Isolator *ret, Error *err)
{
	int64_t number;

	if (number_parse_i64(text, min, max, &number) < 0)
		return fail(err, -EINVAL, "must be a number from %lld to %lld", (long long)min,
			(long long)max);
	return make(name, json_new_integer(arena, number), arena, ret, err);
}

static int parse_cpu_shares(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	return parse_number("os/linux/cpu-shares", text, 2, 262144, arena, ret, err);
}

static int parse_pids_limit(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	return parse_number("resource/pids", text, 1, 4194304, arena, ret, err);
}

static int parse_oom_score_adj(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	return parse_number("os/linux/oom-score-adj", text, -1000, 1000, arena, ret, err);
}

static Json *set_value(Arena *arena, const StrList *names)
{
	Json *array = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < names->n; i++)
		array = json_append(array, json_new_text(arena, names->items[i]));
	return json_add(arena, json_new(arena, JSON_OBJECT), "set", array);
}

static int parse_caps(const char *name, const char *text, Arena *arena, Isolator *ret, Error *err)
{
	StrList set;
	int r;

	r = args_split_list(text, arena, &set, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < set.n; i++)
		if (!set.items[i][0])
			return fail(err, -EINVAL,
				"must be a list of capability names, such as "
				"CAP_NET_ADMIN,CAP_SYS_TIME");
	return make(name, set_value(arena, &set), arena, ret, err);
}

static int parse_caps_retain(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	return parse_caps("os/linux/capabilities-retain-set", text, arena, ret, err);
}

static int parse_caps_remove(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	return parse_caps("os/linux/capabilities-remove-set", text, arena, ret, err);
}

/* What --seccomp says, before it is known to be complete. */
typedef struct SeccompText {
	const char *mode, *errno_name;
	StrList calls;
} SeccompText;

static int set_mode(const char *value, void *target, Arena *arena, Error *err)
{
	SeccompText *s = target;

	if (streq(value, "retain"))
		s->mode = "os/linux/seccomp-retain-set";
	else if (streq(value, "remove"))
		s->mode = "os/linux/seccomp-remove-set";
	else
		return fail(
			err, -EINVAL, "mode must be \"retain\" or \"remove\", not \"%s\"", value);
	return 0;
}

static int set_errno(const char *value, void *target, Arena *arena, Error *err)
{
	SeccompText *s = target;

	s->errno_name = arena_strdup(arena, value);
	return s->errno_name ? 0 : fail_oom(err);
}

static int split_seccomp(const char *text, Arena *arena, SeccompText *ret, Error *err)
{
	static const ArgsKey keys[] = {{"mode", set_mode}, {"errno", set_errno}};
	unsigned seen = 0;
	StrList items;
	int r;

	r = args_split_list(text, arena, &items, err);
	if (r < 0)
		return r;
	ret->calls.items = arena_new(arena, const char *, items.n);
	if (!ret->calls.items)
		return fail_oom(err);
	for (size_t i = 0; i < items.n; i++) {
		if (!items.items[i][0])
			return fail(err, -EINVAL, "a system call's name is empty");
		if (!strchr(items.items[i], '=')) {
			ret->calls.items[ret->calls.n++] = items.items[i];
			continue;
		}
		r = args_set_key(
			items.items[i], "seccomp", keys, ARRAY_LEN(keys), &seen, ret, arena, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int args_parse_seccomp(const char *text, Arena *arena, Isolator *ret, Error *err)
{
	SeccompText s = {0};
	Json *value;
	int r;

	r = split_seccomp(text, arena, &s, err);
	if (r < 0)
		return r;
	if (!s.mode)
		return fail(err, -EINVAL, "mode=retain or mode=remove is missing");
	if (s.calls.n == 0)
		return fail(err, -EINVAL, "no system call is named");
	value = set_value(arena, &s.calls);
	if (s.errno_name)
		value = json_add_text(arena, value, "errno", s.errno_name);
	return make(s.mode, value, arena, ret, err);
}

/* Whether an option's isolator takes the place of one that the image has. Capabilities and system
 * calls are each one thing said in two ways. */
static bool replaces(IsolatorKind new, IsolatorKind old)
{
	switch (new) {
	case ISOLATOR_CAPS_RETAIN:
	case ISOLATOR_CAPS_REMOVE:
		return old == ISOLATOR_CAPS_RETAIN || old == ISOLATOR_CAPS_REMOVE;
	case ISOLATOR_SECCOMP_RETAIN:
	case ISOLATOR_SECCOMP_REMOVE:
		return old == ISOLATOR_SECCOMP_RETAIN || old == ISOLATOR_SECCOMP_REMOVE;
	default: return new == old;
	}
}

static void put(App *app, const Isolator *isolator)
{
	size_t kept = 0;

	for (size_t i = 0; i < app->n_isolators; i++)
		if (!replaces(isolator->kind, app->isolators[i].kind))
			app->isolators[kept++] = app->isolators[i];
	app->isolators[kept++] = *isolator;
	app->n_isolators = kept;
}

int args_isolators(const AppArgs *args, Arena *arena, App *app, Error *err)
{
	const struct {
		const char *flag, *text;
		int (*parse)(const char *text, Arena *arena, Isolator *ret, Error *err);
	} rows[] = {
		{"--memory", args->memory, parse_memory},
		{"--cpu", args->cpu, parse_cpu},
		{"--cpu-shares", args->cpu_shares, parse_cpu_shares},
		{"--pids-limit", args->pids_limit, parse_pids_limit},
		{"--oom-score-adj", args->oom_score_adj, parse_oom_score_adj},
		{"--caps-retain", args->caps_retain, parse_caps_retain},
		{"--caps-remove", args->caps_remove, parse_caps_remove},
		{"--seccomp", args->seccomp, args_parse_seccomp},
	};
	Isolator *all = arena_new(arena, Isolator, app->n_isolators + ARRAY_LEN(rows));

	if (!all)
		return fail_oom(err);
	if (args->caps_retain && args->caps_remove)
		return fail(err, -EINVAL,
			"cannot use both --caps-retain and --caps-remove on the same image");
	if (app->n_isolators > 0)
		memcpy(all, app->isolators, app->n_isolators * sizeof *all);
	app->isolators = all;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Isolator isolator;
		int r;

		if (!rows[i].text)
			continue;
		r = rows[i].parse(rows[i].text, arena, &isolator, err);
		if (r < 0)
			return wrap(err, r, "invalid argument \"%s\" for %s", rows[i].text,
				rows[i].flag);
		put(app, &isolator);
	}
	return 0;
}
