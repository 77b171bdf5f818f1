/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/liveness.h"

#include "base/duration.h"
#include "base/number.h"

#define HOUR         (60 * 60 * 1000)
#define FAILURES_MAX 1000

#define AS_INTERVAL UINT32_MAX

static const Liveness usual = {
	.path = "/",
	.interval = 10000,
	.timeout = 1000,
	.delay = AS_INTERVAL,
	.failures = 3,
};

/* Times, with their bounds in milliseconds. */
static const struct {
	const char *key;
	size_t at;
	int64_t min;
} times[] = {
	{"interval", offsetof(Liveness, interval), 100},
	{"timeout", offsetof(Liveness, timeout), 10},
	{"delay", offsetof(Liveness, delay), 0},
};

static int set_time(const char *key, const char *value, Liveness *l)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		int64_t ns;
		uint32_t ms;

		if (!streq(key, times[i].key))
			continue;
		if (duration_parse(value, &ns) < 0 || ns < times[i].min * NS_PER_MS ||
			ns > HOUR * NS_PER_MS)
			return -EINVAL;
		ms = (uint32_t)(ns / NS_PER_MS);
		memcpy((char *)l + times[i].at, &ms, sizeof ms);
		return 0;
	}
	return -EINVAL;
}

static int set_failures(const char *value, Liveness *l)
{
	uint64_t n;

	if (number_parse_u64(value, FAILURES_MAX, &n) < 0 || n == 0)
		return -EINVAL;
	l->failures = (uint16_t)n;
	return 0;
}

static int set_port(const char *value, Liveness *l)
{
	uint64_t n;

	if (number_parse_u64(value, UINT16_MAX, &n) < 0 || n == 0)
		return -EINVAL;
	l->port = (uint16_t)n;
	return 0;
}

/* Of HTTP, whose requests end with the line. */
static bool path_ok(const char *path)
{
	for (; *path; path++)
		if (*path <= ' ' || *path == 0x7f)
			return false;
	return true;
}

static int set_http(char *value, Arena *arena, Liveness *l)
{
	char *slash = strchr(value, '/');
	const char *path;

	if (slash) {
		path = arena_strdup(arena, slash);
		if (!path)
			return -ENOMEM;
		l->path = path;
		*slash = '\0';
	}
	return path_ok(l->path) ? set_port(value, l) : -EINVAL;
}

static int set_words(char *value, Arena *arena, Liveness *l)
{
	char *rest = value, *word;
	int r = 0;

	while (r == 0 && (word = strsep(&rest, " ")))
		if (*word)
			r = str_list_add(&l->exec, word, arena);
	return r == 0 && l->exec.n == 0 ? -EINVAL : r;
}

static LivenessKind kind_of(const char *key)
{
	return streq(key, "exec")   ? LIVENESS_EXEC
	       : streq(key, "tcp")  ? LIVENESS_TCP
	       : streq(key, "http") ? LIVENESS_HTTP
				    : LIVENESS_NONE;
}

static int set_one(const char *key, char *value, Arena *arena, Liveness *l)
{
	l->kind = kind_of(key);
	switch (l->kind) {
	case LIVENESS_EXEC: return set_words(value, arena, l);
	case LIVENESS_TCP: return set_port(value, l);
	case LIVENESS_HTTP: return set_http(value, arena, l);
	default: return streq(key, "failures") ? set_failures(value, l) : set_time(key, value, l);
	}
}

/* The settings one after the other; what is probed takes all the rest. On failure *ret_wrong is the
 * part of the copy that is wrong, up to its end in text. */
static int parse(char *copy, Arena *arena, Liveness *l, const char **ret_wrong)
{
	char *next = copy;

	while (next && l->kind == LIVENESS_NONE) {
		char *key = next, *value = strchr(key, '=');
		int r;

		*ret_wrong = key;
		if (!value)
			return -EINVAL;
		*value++ = '\0';
		next = value;
		if (kind_of(key) == LIVENESS_NONE)
			(void)strsep(&next, ",");
		r = set_one(key, value, arena, l);
		if (r < 0)
			return r;
	}
	*ret_wrong = "";
	return l->kind == LIVENESS_NONE ? -EINVAL : 0;
}

static int complain(const char *text, const char *wrong, Error *err)
{
	if (*wrong)
		(void)fail(err, -EINVAL, "invalid liveness probe \"%s\": \"%s\" is wrong", text,
			wrong);
	else
		(void)fail(err, -EINVAL, "invalid liveness probe \"%s\": there is nothing to probe",
			text);
	error_hint(err, "it is [interval=10s,][timeout=1s,][delay=10s,][failures=3,] and then "
			"exec=PROGRAM [ARGUMENT...], tcp=PORT or http=PORT[/PATH]");
	return -EINVAL;
}

int liveness_parse(const char *text, Arena *arena, Liveness *ret, Error *err)
{
	Liveness l = usual;
	const char *wrong;
	char *copy;
	int r;

	if (!text) {
		*ret = (Liveness){.kind = LIVENESS_NONE};
		return 0;
	}
	copy = arena_strdup(arena, text);
	if (!copy)
		return fail_oom(err);
	r = parse(copy, arena, &l, &wrong);
	if (r < 0)
		return r == -ENOMEM ? fail_oom(err) : complain(text, wrong, err);
	if (l.delay == AS_INTERVAL)
		l.delay = l.interval;
	*ret = l;
	return 0;
}

int liveness_of(const NameValues *annotations, Arena *arena, Liveness *ret, Error *err)
{
	return liveness_parse(name_values_find(annotations, LIVENESS_ANNOTATION), arena, ret, err);
}
