/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile-seccomp.h"

#include "base/errno-name.h"
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

static void put_rule(StrBuf *rules, const char *action, const char *call, size_t len)
{
	strbuf_printf(rules, "%s %.*s\n", action, (int)len, call);
}

/* Every system call that the default allows. */
static void put_whitelist(StrBuf *rules, const char *action)
{
	for (const char *line = seccomp_default_rules; *line;) {
		size_t n = strcspn(line, "\n");
		const char *call = startswith(line, "allow ");

		if (call)
			put_rule(rules, action, call, n - (size_t)(call - line));
		line += n + 1;
	}
}

static void put_blacklist(StrBuf *rules, const char *action)
{
	for (size_t i = 0; i < n_seccomp_blacklist; i++)
		put_rule(rules, action, seccomp_blacklist[i], strlen(seccomp_blacklist[i]));
}

static void put_calls(StrBuf *rules, const char *action, const char *calls)
{
	for (const char *call = calls; *call; call += strspn(call, " ")) {
		size_t n = strcspn(call, " ");

		put_rule(rules, action, call, n);
		call += n;
	}
}

/* The rules for one name of a set, which may stand for many. Names of sets that nobody knows are
 * passed over, as they always were. */
static void put_name(StrBuf *rules, const char *action, const char *name)
{
	if (name[0] != '@')
		put_rule(rules, action, name, strlen(name));
	else if (streq(name, "@docker/default-whitelist") || streq(name, "@rkt/default-whitelist"))
		put_whitelist(rules, action);
	else if (streq(name, "@docker/default-blacklist") || streq(name, "@rkt/default-blacklist"))
		put_blacklist(rules, action);
	for (size_t i = 0; i < n_seccomp_systemd_sets; i++)
		if (streq(name, seccomp_systemd_sets[i].name))
			put_calls(rules, action, seccomp_systemd_sets[i].calls);
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
	for (size_t i = 0; i < isolator->set.n; i++)
		put_name(rules, remove ? strbuf_text(&denial) : "allow", isolator->set.items[i]);
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
