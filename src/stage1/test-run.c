/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/run.h"

#include <stdio.h>
#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static char heard[512];

static void hear(const char *text)
{
	(void)snprintf(heard + strlen(heard), sizeof heard - strlen(heard), "%s\n", text);
}

/* What a stage1 of that version is called with. */
static void expect_words(const Stage1Run *run, unsigned version, const char *want)
{
	RunArgs args = {.version = version};
	StrBuf text = STRBUF_INIT(4096);
	EntryPoint e;

	heard[0] = '\0';
	entry_point_init(&e, "/run", "run");
	args.entry_point = &e;
	assert_int_equal(run_args_add(&args, run, "UUID"), 0);
	for (size_t i = 0; i < e.n; i++)
		strbuf_printf(&text, "%s%s", i > 0 ? " " : "", e.argv[i]);
	assert_string_equal(strbuf_text(&text), want);
	strbuf_done(&text);
	run_args_done(&args);
}

static const Stage1Run everything = {
	.debug = true,
	.interactive = true,
	.net = "a,b:K=V",
	.users = {.first = 65536, .n = 65536},
	.metadata_token = "0123abcd",
	.local_config = "/etc/rkt",
	.hostname = "host",
	.resolv = "stage0",
	.hosts = "host",
	.open = PLAN_ALL_CAPABILITIES | PLAN_OPEN_PATHS | PLAN_NO_SECCOMP,
	.mutable = true,
	.ipc = "auto",
	.warn = hear,
};

#define BEFORE                                                                                     \
	"run --debug --net=a,b:K=V --interactive --private-users=65536:65536 "                     \
	"--mds-token=0123abcd --local-config=/etc/rkt "
#define DISABLING "--disable-capabilities-restriction --disable-paths --disable-seccomp "

static void in_the_order_of_the_interface(void **state)
{
	expect_words(&everything, 6,
		BEFORE "--hostname=host --dns-conf-mode=resolv=stage0,hosts=host " DISABLING
		       "--mutable --ipc=auto UUID");
	assert_string_equal(heard, "");
}

static void by_the_version(void **state)
{
	static const char ipc[] = "warning: --ipc option is not supported by stage1\n";
	static const char dns[] = "warning: --dns-conf-mode option is not supported by stage1\n"
				  "warning: --ipc option is not supported by stage1\n";

	expect_words(&everything, 5,
		BEFORE "--hostname=host --dns-conf-mode=resolv=stage0,hosts=host " DISABLING
		       "--mutable UUID");
	assert_string_equal(heard, ipc);
	expect_words(&everything, 4,
		BEFORE "--hostname=host --dns-conf-mode=resolv=stage0,hosts=host " DISABLING
		       "--mutable UUID");
	assert_string_equal(heard, ipc);
	expect_words(&everything, 3, BEFORE "--hostname=host " DISABLING "--mutable UUID");
	assert_string_equal(heard, dns);
	expect_words(&everything, 2, BEFORE "--hostname=host --mutable UUID");
	assert_string_equal(heard, dns);
	expect_words(&everything, 1, BEFORE "--mutable UUID");
	assert_non_null(strstr(heard, "--hostname option is not supported by stage1"));
}

static void only_what_was_asked_for(void **state)
{
	const Stage1Run little = {
		.net = "default", .resolv = "default", .hosts = "default", .ipc = "", .warn = hear};
	const Stage1Run names = {.net = "host", .hosts = "stage0"};

	expect_words(&little, 6, "run --net=default UUID");
	expect_words(&little, 1, "run --net=default UUID");
	assert_string_equal(heard, "");
	expect_words(&names, 6, "run --net=host --dns-conf-mode=resolv=default,hosts=stage0 UUID");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_order_of_the_interface),
		cmocka_unit_test(by_the_version),
		cmocka_unit_test(only_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
