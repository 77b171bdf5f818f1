/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run-options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "cli/image-args.h"

typedef struct Fixture {
	Arena arena;
	RunOptions options;
	Error err;
} Fixture;

static void fixture_done(Fixture *f)
{
	arena_done(&f->arena);
}

#define _fixture_  __attribute__((cleanup(fixture_done)))
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The command line of "rkt run", parsed and checked. */
static int check(Fixture *f, const char *const *words)
{
	Args args = {.words = words, .arena = &f->arena};

	while (words[args.n])
		args.n++;
	options_init(run_option_sets, &f->options);
	args.targets[0] = (OptionTarget){.sets = app_option_sets};
	args.targets[1] = (OptionTarget){.sets = run_option_sets, .base = &f->options};
	assert_int_equal(
		image_args_parse(&args, &f->options.pod.apps, &f->options.pod.n_apps, &f->err), 0);
	return run_options_check(&f->options, &f->arena, &f->err);
}

static void expect_error(const char *const *words, const char *text)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(check(&f, words), -EINVAL);
	assert_string_equal(f.err.frames[0].text, text);
}

static void test_defaults(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(check(&f, WORDS("a")), 0);
	assert_int_equal(f.options.pull_policy, PULL_NEW);
	assert_int_equal(f.options.net.n, 1);
	assert_string_equal(f.options.net.items[0].name, "default");
	assert_int_equal(f.options.resolver.mode, RESOLVER_DEFAULT);
	assert_null(f.options.hostname);
}

static void test_pull_policy(void **state)
{
	_fixture_ Fixture never = {0};
	_fixture_ Fixture update = {0};

	assert_int_equal(check(&never, WORDS("--store-only", "a")), 0);
	assert_int_equal(never.options.pull_policy, PULL_NEVER);
	assert_int_equal(check(&update, WORDS("a", "--pull-policy=update")), 0);
	assert_int_equal(update.options.pull_policy, PULL_UPDATE);
	expect_error(WORDS("--store-only", "--no-store", "a"),
		"both --store-only and --no-store specified");
}

static void test_net(void **state)
{
	_fixture_ Fixture f = {0};
	_fixture_ Fixture colons = {0};

	assert_int_equal(check(&f, WORDS("--net=a:IP=10.1.2.3;X=1,b", "--net", "i", "--net=c")), 0);
	assert_int_equal(f.options.net.n, 4);
	assert_int_equal(
		check(&colons, WORDS("--net=a:MAC=02:11:22:33:44:55;IP=fd00::1;E=", "i")), 0);
	assert_string_equal(
		colons.options.net.items[0].args, "MAC=02:11:22:33:44:55;IP=fd00::1;E=");
	assert_string_equal(f.options.net.items[0].name, "a");
	assert_string_equal(f.options.net.items[0].args, "IP=10.1.2.3;X=1");
	assert_null(f.options.net.items[1].args);
	assert_string_equal(f.options.net.items[2].name, "default");
	assert_string_equal(f.options.net.items[3].name, "c");
	expect_error(WORDS("--net=a,,b", "i"), "--net: the name of a network is empty");
	expect_error(WORDS("--net=a", "--net=a", "i"), "--net: network \"a\" is given twice");
	expect_error(WORDS("--net=a:b:c", "i"),
		"--net: the arguments of network \"a\" must be KEY=VALUE, joined by ';', not "
		"\"b:c\"");
	expect_error(WORDS("--net=a:", "i"),
		"--net: the arguments of network \"a\" must be KEY=VALUE, joined by ';', not "
		"\"\"");
	expect_error(WORDS("--net=a:=x", "i"),
		"--net: the arguments of network \"a\" must be KEY=VALUE, joined by ';', not "
		"\"=x\"");
	expect_error(WORDS("--net=a:K=V;", "i"),
		"--net: the arguments of network \"a\" must be KEY=VALUE, joined by ';', not "
		"\"K=V;\"");
	expect_error(WORDS("--net=host:x=y", "i"), "--net: \"host\" takes no arguments");
	expect_error(WORDS("--net=all:x=y", "i"), "--net: \"all\" takes no arguments");
	expect_error(WORDS("--net=none", "--port=x:1", "i"),
		"--port flag does not work with 'none' networking");
	expect_error(WORDS("--net=host", "--port=x:1", "i"),
		"--port flag does not work with 'host' networking");
}

static void test_dns(void **state)
{
	_fixture_ Fixture f = {0};
	_fixture_ Fixture host = {0};
	_fixture_ Fixture none = {0};
	_fixture_ Fixture search = {0};

	assert_int_equal(
		check(&f, WORDS("--dns=8.8.8.8,::1", "--dns=1.1.1.1", "--dns-domain=d", "a")), 0);
	assert_int_equal(f.options.resolver.mode, RESOLVER_GIVEN);
	assert_int_equal(f.options.resolver.servers.n, 3);
	assert_string_equal(f.options.resolver.servers.items[1], "::1");
	assert_string_equal(f.options.resolver.domain, "d");
	assert_int_equal(check(&host, WORDS("--dns=host", "a")), 0);
	assert_int_equal(host.options.resolver.mode, RESOLVER_HOST);
	assert_int_equal(check(&none, WORDS("--dns=none", "a")), 0);
	assert_int_equal(none.options.resolver.mode, RESOLVER_NONE);
	assert_int_equal(check(&search, WORDS("--dns-search=x", "a")), 0);
	assert_int_equal(search.options.resolver.mode, RESOLVER_GIVEN);
	expect_error(
		WORDS("--dns=8.8.8", "a"), "--dns: \"8.8.8\" is not an IP address, host or none");
	expect_error(
		WORDS("--dns=8.8.8.8,", "a"), "--dns: \"\" is not an IP address, host or none");
	expect_error(WORDS("--dns=1.1.1.1,host", "a"),
		"--dns=host cannot be used together with another --dns");
	expect_error(WORDS("--dns=none", "--dns=1.1.1.1", "a"),
		"--dns=none cannot be used together with another --dns");
	expect_error(WORDS("--dns=none", "--dns-opt=x", "a"),
		"--dns=none cannot be used together with --dns-search, --dns-opt or --dns-domain");
}

static void test_hosts(void **state)
{
	_fixture_ Fixture f = {0};
	_fixture_ Fixture host = {0};

	assert_int_equal(check(&f, WORDS("--hosts-entry=10.0.0.1=a,10.0.0.2=b",
					   "--hosts-entry=10.0.0.1=c", "i")),
		0);
	assert_int_equal(f.options.resolver.n_hosts, 2);
	assert_string_equal(f.options.resolver.hosts[0].ip, "10.0.0.1");
	assert_int_equal(f.options.resolver.hosts[0].names.n, 2);
	assert_string_equal(f.options.resolver.hosts[0].names.items[1], "c");
	assert_int_equal(check(&host, WORDS("--hosts-entry=host", "i")), 0);
	assert_true(host.options.resolver.host_hosts);
	expect_error(WORDS("--hosts-entry=10.0.0.1=a\n10.0.0.2", "i"),
		"--hosts-entry must be one word, not \"a\n10.0.0.2\"");
	expect_error(WORDS("--dns-search=a b", "i"), "--dns-search must be one word, not \"a b\"");
	expect_error(WORDS("--dns-opt=ndots:5\nnameserver 10.0.0.1", "i"),
		"--dns-opt must be one word, not \"ndots:5\nnameserver 10.0.0.1\"");
	expect_error(WORDS("--hosts-entry=host,10.0.0.1=a", "i"),
		"--hosts-entry=host cannot be used together with entries");
	expect_error(WORDS("--hosts-entry=10.0.0.1", "i"),
		"--hosts-entry: \"10.0.0.1\" must have the form IP=HOST");
	expect_error(WORDS("--hosts-entry=a=b", "i"), "--hosts-entry: \"a\" is not an IP address");
}

static void test_conflicts(void **state)
{
	static const char manifest[] = "conflicting flags set with --pod-manifest (see --help)";
	_fixture_ Fixture f = {0};

	assert_int_equal(
		check(&f, WORDS("--pod-manifest=x", "--private-users", "--hostname=h")), 0);
	expect_error(WORDS("--pod-manifest=x", "a"), manifest);
	expect_error(WORDS("--pod-manifest=x", "--volume=v,kind=empty"), manifest);
	expect_error(WORDS("--pod-manifest=x", "--mount=volume=v,target=/"), manifest);
	expect_error(WORDS("--pod-manifest=x", "--port=p:1"), manifest);
	expect_error(WORDS("--pod-manifest=x", "--inherit-env"), manifest);
	expect_error(WORDS("--pod-manifest=x", "--set-env=a=b"), manifest);
	expect_error(WORDS("--pod-manifest=x", "--set-env-file=/dev/null"), manifest);
	expect_error(WORDS("--pod-manifest=x", "--pull-policy=never"), manifest);
	expect_error(WORDS("--net"), "must provide at least one image or specify the pod manifest");
	expect_error(
		WORDS("--interactive", "a", "b"), "interactive option only supports one image");
	expect_error(WORDS("--stage1-path=x", "--stage1-hash=y", "a"),
		"flags --stage1-path and --stage1-hash are mutually exclusive");
	expect_error(
		WORDS("--ipc=host", "a"), "--ipc must be auto, private or parent, not \"host\"");
}

/* Of all that is wrong with a command line, what rkt would have told of first is told of. Each row
 * adds a mistake that goes before those of the rows above. */
static void test_order(void **state)
{
	static const struct {
		const char *mistake, *message;
	} rows[] = {
		{"--dns=x", "--dns: \"x\" is not an IP address, host or none"},
		{"--hostname=a b",
			"--hostname must be letters, digits, \"-\", \"_\" and \".\", 64 of them at "
			"most, not \"a b\""},
		{"--ipc=x", "--ipc must be auto, private or parent, not \"x\""},
		{"--interactive", "interactive option only supports one image"},
		{"--pod-manifest=m", "conflicting flags set with --pod-manifest (see --help)"},
		{"--mds-register",
			"--mds-register flag does not work with --net=none. Please use 'host', "
			"'default' or an equivalent network"},
		{"--port=p:1", "--port flag does not work with 'none' networking"},
		{"--no-store", "both --store-only and --no-store specified"},
		{"--set-env=x", "must be specified as key=value"},
		{"--net=", "--net: the name of a network is empty"},
		{"--stage1-url=x", "flags --stage1-url and --stage1-path are mutually exclusive"},
	};
	const char *words[ARRAY_LEN(rows) + 6] = {"a", "b", "--net=none", "--store-only"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		words[4 + i] = rows[i].mistake;
		if (streq(rows[i].mistake, "--stage1-url=x"))
			words[5 + i] = "--stage1-path=x";
		expect_error(words, rows[i].message);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_pull_policy),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
