/* SPDX-License-Identifier: Apache-2.0 */

/* Plans of pods with a user namespace, and without overlays. */

#include "plan/test-compile-fixture.h"

#define CHECK(name) plan_check_golden(*state, #name, cases, ARRAY_LEN(cases))

#define IDS .first_id = 655360, .n_ids = 65536

static const char two_apps[] = APP_OF("web", WEB, "") "," APP_OF("other", OCI, "");

static void user_namespace(void **state)
{
	static char membership[] = "4:devices:/job/task\n";
	static const CgroupHost v1 = {CGROUP_V1, membership};
	static const PlanCase cases[] = {
		{.title = "one app", .options = {IDS}},
		{.title = "two apps that share a layer", .apps = two_apps, .options = {IDS}},
		{
			.title = "the host's network and IPC",
			.options = {IDS, .host_network = true, .host_ipc = true},
			.only = " pod owner network user ",
		},
		{
			.title = "files for the apps",
			.options = {IDS, .hosts = "1.2.3.4 x\n",
				.resolv_conf = "nameserver 1.2.3.4\n"},
			.only = " write ",
		},
		{
			.title = "no cgroup namespace on v1",
			.options = {IDS, .open = PLAN_OPEN_PATHS},
			.cgroups = &v1,
			.only = " pod user ",
		},
	};

	CHECK(user_namespace);
}

static void user_range(void **state)
{
	static const char empty[] =
		"{'name':'data','kind':'empty','mode':'0755','uid':65536,'gid':1}";
	static const char only[] = " identity groups oom-score ";
#define USER(rest) APP_OF("web", WEB, WITH("'exec':['/bin/true']," rest))
#define OOM(name, score)                                                                           \
	APP_OF(name, WEB,                                                                          \
		WITH(TRUE_APP ",'isolators':[{'name':'os/linux/oom-score-adj','value':" score      \
			      "}]"))
	static const PlanCase cases[] = {
		{"the last user", USER("'user':'65535','group':'65535'"), .options = {IDS},
			.only = only},
		{"a user too many", USER("'user':'65536','group':'5'"), .options = {IDS}},
		{"a group too many", USER("'user':'5','group':'65536'"), .options = {IDS}},
		{"a supplementary group too many",
			USER("'user':'5','group':'6','supplementaryGIDs':[7,70000]"),
			.options = {IDS}},
		{"an owner of a volume too many", .volumes = empty, .options = {IDS}},
		{"without a user namespace there are more",
			USER("'user':'65536','group':'70000','supplementaryGIDs':[80000]"),
			.only = only},
		{"a score", OOM("web", "100"), .options = {IDS}, .only = " owner oom-score exec "},
		{"the same score twice", OOM("web", "-5") "," OOM("other", "-5"), .options = {IDS},
			.only = only},
		{"two scores", OOM("web", "100") "," OOM("other", "0"), .options = {IDS}},
	};

	CHECK(user_range);
}

static void no_overlay(void **state)
{
	static const char only[] = " idmap overlay mount bind base pivot ";
	static const PlanCase cases[] = {
		{.title = "one app", .options = {.no_overlay = true}, .only = only},
		{.title = "two apps",
			.apps = two_apps,
			.options = {.no_overlay = true},
			.only = only},
		{.title = "in a user namespace",
			.apps = two_apps,
			.options = {IDS, .no_overlay = true},
			.only = " owner idmap user pivot "},
	};

	CHECK(no_overlay);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_namespace),
		cmocka_unit_test(user_range),
		cmocka_unit_test(no_overlay),
	};

	return cmocka_run_group_tests(tests, plan_fixture_set_up, plan_fixture_tear_down);
}
