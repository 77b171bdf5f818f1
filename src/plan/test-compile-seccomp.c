/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile-seccomp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "isolate/seccomp.h"

#include <cmocka.h>

#define LIST(...)                                                                                  \
	{                                                                                          \
		.items = (const char *[]){__VA_ARGS__},                                            \
		.n = ARRAY_LEN(((const char *[]){__VA_ARGS__}))                                    \
	}

/* The rules for an app with this isolator, or the error's text; NULL for no filter. */
static char *rules_of(Isolator isolator)
{
	App app = {.isolators = &isolator, .n_isolators = 1};
	Error err = ERROR_INIT;
	char text[2 * ERROR_TEXT], *rules = NULL;

	if (compile_seccomp_rules(&app, &rules, &err) < 0)
		return strdup(error_message(&err, text, sizeof text));
	return rules;
}

#define EXPECT(want, ...)                                                                          \
	do {                                                                                       \
		_cleanup_free_ char *rules = rules_of((Isolator){__VA_ARGS__});                    \
		assert_non_null(rules);                                                            \
		assert_string_equal(rules, want);                                                  \
	} while (0)

static void no_isolator_is_default(void **state)
{
	_cleanup_free_ char *rules = NULL;
	const App app = {0};

	assert_int_equal(compile_seccomp_rules(&app, &rules, NULL), 0);
	assert_string_equal(rules, seccomp_default_rules);
}

static void retain(void **state)
{
	EXPECT("default kill\nallow read\nallow exit\n", .kind = ISOLATOR_SECCOMP_RETAIN,
		.set = LIST("read", "exit"));
	EXPECT("default errno 1\nallow read\n", .kind = ISOLATOR_SECCOMP_RETAIN,
		.set = LIST("read"), .errno_name = "EPERM");
}

static void retain_all_is_no_filter(void **state)
{
	assert_null(rules_of(
		(Isolator){.kind = ISOLATOR_SECCOMP_RETAIN, .set = LIST("read", "@appc.io/all")}));
}

static void retain_whitelist_is_what_the_default_allows(void **state)
{
	static const char *const names[] = {"@docker/default-whitelist", "@rkt/default-whitelist"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *rules = rules_of((Isolator){
			.kind = ISOLATOR_SECCOMP_RETAIN, .set = LIST(names[i], "keyctl")});

		assert_non_null(strstr(rules, "\nallow write\n"));
		assert_non_null(strstr(rules, "\nallow keyctl\n"));
		assert_null(strstr(rules, "errno"));
		assert_null(strstr(rules, "\nallow unshare\n"));
	}
}

static void remove_set(void **state)
{
	EXPECT("default allow\nkill read\nkill exit\n", .kind = ISOLATOR_SECCOMP_REMOVE,
		.set = LIST("read", "exit"));
	EXPECT("default allow\nerrno 38 read\n", .kind = ISOLATOR_SECCOMP_REMOVE,
		.set = LIST("read"), .errno_name = "ENOSYS");
	EXPECT("default allow\nerrno 95 read\n", .kind = ISOLATOR_SECCOMP_REMOVE,
		.set = LIST("read"), .errno_name = "ENOTSUP");
	EXPECT(seccomp_default_rules, .kind = ISOLATOR_SECCOMP_REMOVE,
		.set = LIST("@appc.io/empty"));
}

static bool has(Isolator isolator, const char *rule)
{
	_cleanup_free_ char *rules = rules_of(isolator);

	assert_non_null(rules);
	return strstr(rules, rule);
}

/* Each set in either mode: what is behind its name, and nothing of another one. */
static void sets_are_expanded(void **state)
{
	static const struct {
		const char *set, *has, *lacks;
	} cases[] = {
		{"@docker/default-whitelist", "read", "reboot"},
		{"@rkt/default-whitelist", "read", "reboot"},
		{"@docker/default-blacklist", "reboot", "read"},
		{"@rkt/default-blacklist", "reboot", "read"},
		{"@systemd/clock", "clock_settime", "clock_gettime"},
		{"@systemd/default-whitelist", "clock_gettime", "clock_settime"},
		{"@systemd/mount", "pivot_root", "read"},
		{"@systemd/network-io", "socketpair", "read"},
		{"@systemd/obsolete", "uselib", "read"},
		{"@systemd/privileged", "chroot", "read"},
		{"@systemd/process", "clone", "read"},
		{"@systemd/raw-io", "iopl", "read"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		Isolator retain = {.kind = ISOLATOR_SECCOMP_RETAIN, .set = LIST(cases[i].set)};
		Isolator remove = {.kind = ISOLATOR_SECCOMP_REMOVE,
			.set = LIST(cases[i].set),
			.errno_name = "EPERM"};
		char rule[64];

		(void)snprintf(rule, sizeof rule, "\nallow %s\n", cases[i].has);
		assert_true(has(retain, rule));
		(void)snprintf(rule, sizeof rule, "\nallow %s\n", cases[i].lacks);
		assert_false(has(retain, rule));
		(void)snprintf(rule, sizeof rule, "\nerrno 1 %s\n", cases[i].has);
		assert_true(has(remove, rule));
		(void)snprintf(rule, sizeof rule, "\nerrno 1 %s\n", cases[i].lacks);
		assert_false(has(remove, rule));
	}
}

static void unknown_sets_are_passed_over(void **state)
{
	EXPECT("default kill\nallow read\n", .kind = ISOLATOR_SECCOMP_RETAIN,
		.set = LIST("@who/knows", "read", "@systemd/none", "@appc.io/empty"));
	EXPECT("default allow\nkill read\n", .kind = ISOLATOR_SECCOMP_REMOVE,
		.set = LIST("@who/knows", "read", "@appc.io/all"));
}

static void remove_blacklist(void **state)
{
	_cleanup_free_ char *rules = rules_of((Isolator){.kind = ISOLATOR_SECCOMP_REMOVE,
		.set = LIST("@rkt/default-blacklist"),
		.errno_name = "EPERM"});
	size_t lines = 0;

	for (const char *c = rules; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, n_seccomp_blacklist + 1);
	assert_non_null(startswith(rules, "default allow\nerrno 1 acct\n"));
	assert_non_null(strstr(rules, "\nerrno 1 unshare\n"));
}

static void unknown_errno(void **state)
{
	EXPECT("seccomp: unknown errno \"EWHAT\"", .kind = ISOLATOR_SECCOMP_REMOVE,
		.set = LIST("read"), .errno_name = "EWHAT");
}

static void too_large(void **state)
{
	enum { N = 20000 };
	const char **items = malloc(N * sizeof *items);
	Isolator isolator = {.kind = ISOLATOR_SECCOMP_REMOVE, .set = {items, N}};
	_cleanup_free_ char *text = NULL;

	assert_non_null(items);
	for (size_t i = 0; i < N; i++)
		items[i] = "read";
	text = rules_of(isolator);
	assert_string_equal(text, "seccomp: the set of system calls is too large");
	free(items);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_isolator_is_default),
		cmocka_unit_test(retain),
		cmocka_unit_test(retain_all_is_no_filter),
		cmocka_unit_test(retain_whitelist_is_what_the_default_allows),
		cmocka_unit_test(remove_set),
		cmocka_unit_test(sets_are_expanded),
		cmocka_unit_test(unknown_sets_are_passed_over),
		cmocka_unit_test(remove_blacklist),
		cmocka_unit_test(unknown_errno),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
