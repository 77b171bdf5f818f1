/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile-seccomp.h"

#include "base/strbuf.h"
#include "isolate/seccomp.h"

static const Isolator *find_isolator(const App *app)
{
	for (size_t i = 0; i < app->n_isolators; i++)
		if (app->isolators[i].kind == ISOLATOR_SECCOMP_RETAIN ||
			app->isolators[i].kind == ISOLATOR_SECCOMP_REMOVE)
			return &app->isolators[i];
	return NULL;
}

static bool set_has(const StrList *set, const char *item)
{
	for (size_t i = 0; i < set->n; i++)
		if (streq(set->items[i], item))
			return true;
	return false;
}

/* The number of an error by its name, 0 when there is none. Some numbers have a second name, which
 * strerrorname_np() does not tell. */
static int errno_by_name(const char *wanted)
{
	static const struct {
		const char *name;
		int number;
	} aliases[] = {
		{"EDEADLOCK", EDEADLOCK},
		{"ENOTSUP", ENOTSUP},
		{"EWOULDBLOCK", EWOULDBLOCK},
	};

	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (streq(aliases[i].name, wanted))
			return aliases[i].number;
	for (int i = 1; i < 256; i++) {
		const char *name = strerrorname_np(i);

		if (name && streq(name, wanted))
			return i;
	}
	return 0;
}

/* "kill", or "errno N" for the name of an error. */
static int put_denial(StrBuf *rules, const char *errno_name, Error *err)
{
	int number = errno_name ? errno_by_name(errno_name) : 0;

	if (errno_name && number == 0)
		return fail(err, -EINVAL, "seccomp: unknown errno \"%s\"", errno_name);
	if (number > 0)
		strbuf_printf(rules, "errno %d", number);
	else
		strbuf_puts(rules, "kill");
	return 0;
}

/* Every line of rules that starts with "allow ". */
static void put_allowed(StrBuf *rules, const char *of)
{
	for (const char *line = of; *line;) {
		size_t n = strcspn(line, "\n") + 1;

		if (startswith(line, "allow "))
			strbuf_add(rules, line, n);
		line += n;
	}
}

/* The rules for one name of a set, which may stand for many. denial is the text of an action; NULL
 * in a retain set. */
static int put_name(StrBuf *rules, const char *name, const char *denial, Error *err)
{
	bool whitelist =
		streq(name, "@docker/default-whitelist") || streq(name, "@rkt/default-whitelist");
	bool blacklist =
		streq(name, "@docker/default-blacklist") || streq(name, "@rkt/default-blacklist");

	if (name[0] != '@') {
		strbuf_printf(rules, "%s %s\n", denial ? denial : "allow", name);
		return 0;
	}
	if (whitelist && !denial) {
		put_allowed(rules, seccomp_default_rules);
		return 0;
	}
	if (blacklist && denial) {
		for (size_t i = 0; i < n_seccomp_blacklist; i++)
			strbuf_printf(rules, "%s %s\n", denial, seccomp_blacklist[i]);
		return 0;
	}
	return fail(err, -EINVAL, "seccomp: the set \"%s\" cannot be used %s", name,
		denial ? "in a remove set" : "in a retain set");
}

static int put_set(StrBuf *rules, const Isolator *isolator, Error *err)
{
	bool remove = isolator->kind == ISOLATOR_SECCOMP_REMOVE;
	_cleanup_strbuf_ StrBuf denial = STRBUF_INIT(64);
	int r;

	r = put_denial(&denial, isolator->errno_name, err);
	if (r < 0)
		return r;
	strbuf_printf(rules, "default %s\n", remove ? "allow" : strbuf_text(&denial));
	for (size_t i = 0; i < isolator->set.n; i++) {
		r = put_name(
			rules, isolator->set.items[i], remove ? strbuf_text(&denial) : NULL, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int compile_seccomp_rules(const App *app, char **ret, Error *err)
{
	_cleanup_strbuf_ StrBuf rules = STRBUF_INIT(SECCOMP_RULES_MAX - 1);
	const Isolator *isolator = find_isolator(app);
	bool retain = isolator && isolator->kind == ISOLATOR_SECCOMP_RETAIN;
	int r = 0;

	if (retain && set_has(&isolator->set, "@appc.io/all")) {
		*ret = NULL;
		return 0;
	}
	if (!isolator || (!retain && set_has(&isolator->set, "@appc.io/empty")))
		strbuf_puts(&rules, seccomp_default_rules);
	else
		r = put_set(&rules, isolator, err);
	if (r < 0)
		return r;
	r = strbuf_finish(&rules, ret, NULL);
	return r < 0 ? fail(err, r, "seccomp: the set of system calls is too large") : 0;
}
