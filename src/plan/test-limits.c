/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/limits.h"
#include "plan/test-compile-fixture.h"

#define CHECK(name) plan_check_golden(*state, #name, cases, ARRAY_LEN(cases))

#define LIMITED(isolators) WITH(TRUE_APP ",'isolators':[" isolators "]")
#define QUANTITY(name, limit)                                                                      \
	"{'name':'resource/" name "','value':{'default':false,'limit':'" limit "'}}"
#define NUMBER(name, n) "{'name':'" name "','value':" n "}"
#define MEMORY(limit)   QUANTITY("memory", limit)
#define CPU(limit)      QUANTITY("cpu", limit)
#define SHARES(n)       NUMBER("os/linux/cpu-shares", n)
#define PIDS(n)         NUMBER("resource/pids", n)
#define ALL_LIMITS      MEMORY("64Mi") "," CPU("250m") "," SHARES("512") "," PIDS("100")

static const char only[] = " pod app cgroup controllers write device-filter unshare ";

/* A hierarchy that the host does not have leaves its limit out of the plan. */
static void need_hierarchies(void)
{
	static const char *const paths[] = {"/sys/fs/cgroup/devices", "/sys/fs/cgroup/unified",
		"/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/pids"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (access(paths[i], F_OK) != 0) {
			print_message("%s is not mounted\n", paths[i]);
			skip();
		}
}

static void limits_v1(void **state)
{
	static char membership[] =
		"7:devices:/job\n5:pids:/job\n4:memory:/other job\n2:cpu:/\n0::/job\n";
	static char without[] = "7:devices:/job\n5:pids:/job\n2:cpu:/\n";
	static const CgroupHost v1 = {.mode = CGROUP_V1, .membership = membership};
	static const CgroupHost hybrid = {.mode = CGROUP_HYBRID, .membership = membership};
	static const CgroupHost no_memory = {.mode = CGROUP_V1, .membership = without};
	static const char few[] = " app cgroup write ";
	static const PlanCase cases[] = {
		{
			.title = "v1, all limits",
			.apps = APP_OF("web", WEB, LIMITED(ALL_LIMITS)),
			.cgroups = &v1,
			.options = {.open = PLAN_OPEN_PATHS},
			.only = few,
		},
		{
			.title = "hybrid: limits are v1's, the pod is in v2",
			.apps = APP_OF("web", WEB, LIMITED(ALL_LIMITS)),
			.cgroups = &hybrid,
			.only = few,
		},
		{
			.title = "hybrid: only the hierarchies that each app needs",
			.apps = APP_OF("web", WEB, LIMITED(MEMORY("64Mi"))) "," APP_OF(
				"db", WEB, LIMITED(MEMORY("1G") "," CPU("2"))) "," APP_OF("free",
				WEB, WITH(TRUE_APP)),
			.cgroups = &hybrid,
			.only = few,
		},
		{
			.title = "v1 without memory: the other limits hold",
			.apps = APP_OF("web", WEB, LIMITED(ALL_LIMITS)),
			.cgroups = &no_memory,
			.options = {.open = PLAN_OPEN_PATHS},
			.only = few,
		},
	};

	need_hierarchies();
	CHECK(limits_v1);
}

/* Mutable pods: what their start leaves room for, and the cgroups of an app that is added. */
static void limits_added(void **state)
{
	static char membership[] =
		"7:devices:/job\n5:pids:/job\n4:memory:/other job\n2:cpu:/\n0::/job\n";
	static char at_root[] = "0::/\n", scope[] = "0::/user.slice/u.slice/session.scope\n";
	static const CgroupHost v1 = {.mode = CGROUP_V1, .membership = membership};
	static const CgroupHost hybrid = {.mode = CGROUP_HYBRID, .membership = membership};
	static const CgroupHost v2 = {
		CGROUP_V2, at_root, 1, {CGROUP_PIDS}, {CGROUP_ALL_CONTROLLERS}, 4096};
	static const CgroupHost nothing = {CGROUP_V2, scope, 4, {0}, {0}, 0};
	static const char limited[] = APP_OF("web", WEB, LIMITED(ALL_LIMITS));
	static const char few[] = " pod app cgroup controllers write unshare ";
#define START(text, host)                                                                          \
	{                                                                                          \
		.title = text ", the pod", .mutable = true, .cgroups = &(host), .only = few        \
	}
#define ADD(text, host, app)                                                                       \
	{                                                                                          \
		.title = text, .mutable = true, .added = true, .apps = app, .cgroups = &(host),    \
		.only = few                                                                        \
	}
	static const PlanCase cases[] = {
		START("v1", v1),
		ADD("v1, an app", v1, limited),
		START("hybrid", hybrid),
		ADD("hybrid, an app", hybrid, limited),
		START("v2", v2),
		ADD("v2, an app", v2, limited),
		ADD("v2, an app without limits", v2, APP_OF("web", WEB, WITH(TRUE_APP))),
		START("v2 without controllers", nothing),
		ADD("v2 without controllers, an app", nothing, limited),
	};

	need_hierarchies();
	CHECK(limits_added);
}

static void limits_v2(void **state)
{
	static char at_root[] = "0::/\n", scope[] = "0::/user.slice/u.slice/session.scope\n";
	static const CgroupHost root = {
		CGROUP_V2, at_root, 1, {CGROUP_PIDS}, {CGROUP_ALL_CONTROLLERS}, 4096};
	static const CgroupHost delegated = {
		CGROUP_V2, scope, 1, {CGROUP_ALL_CONTROLLERS}, {CGROUP_ALL_CONTROLLERS}, 0};
	static const CgroupHost session = {CGROUP_V2, scope, 4,
		{0, CGROUP_PIDS, CGROUP_PIDS | CGROUP_MEMORY, CGROUP_PIDS | CGROUP_MEMORY},
		{0, CGROUP_PIDS, CGROUP_PIDS | CGROUP_MEMORY, CGROUP_ALL_CONTROLLERS}, 4096};
	static const CgroupHost nothing = {CGROUP_V2, scope, 4, {0}, {0}, 0};
	static const PlanCase cases[] = {
		{
			.title = "v2, no limit: the default limit of processes only",
			.cgroups = &root,
			.only = only,
		},
		{
			.title = "v2, all limits",
			.apps = APP_OF("web", WEB, LIMITED(ALL_LIMITS)),
			.cgroups = &root,
			.only = only,
		},
		{
			.title = "two apps, one limited, in a cgroup that was delegated",
			.apps = APP_OF("web", WEB, LIMITED(MEMORY("64Mi"))) "," APP_OF(
				"free", WEB, WITH(TRUE_APP)),
			.cgroups = &delegated,
			.only = only,
		},
		{
			.title = "in a session: memory is enabled two levels above",
			.apps = APP_OF("web", WEB, LIMITED(MEMORY("64Mi"))),
			.cgroups = &session,
			.only = only,
		},
		{
			.title = "in a session: cpu can be had at the root only; any device",
			.apps = APP_OF("web", WEB, LIMITED(CPU("2"))),
			.cgroups = &session,
			.options = {.open = PLAN_OPEN_PATHS},
			.only = only,
		},
		{
			.title = "no controller anywhere: as without limits",
			.apps = APP_OF("web", WEB, LIMITED(ALL_LIMITS)),
			.cgroups = &nothing,
			.only = only,
		},
	};

	CHECK(limits_v2);
}

static void limit_values(void **state)
{
	static char at_root[] = "0::/\n";
	static const CgroupHost root = {
		CGROUP_V2, at_root, 1, {CGROUP_ALL_CONTROLLERS}, {CGROUP_ALL_CONTROLLERS}, 0};
#define VALUES(what, isolators)                                                                    \
	{                                                                                          \
		.title = what, .apps = APP_OF("web", WEB, LIMITED(isolators)), .cgroups = &root,   \
		.options = {.open = PLAN_OPEN_PATHS, .hosts = ""}, .only = " write "               \
	}
	static const PlanCase cases[] = {
		VALUES("a hundred cores", CPU("100")),
		VALUES("less than the kernel's least quota", CPU("1m")),
		VALUES("more cores than there will ever be", CPU("4P")),
		VALUES("the least shares", SHARES("2")),
		VALUES("the usual shares", SHARES("1024")),
		VALUES("the most shares", SHARES("262144")),
		VALUES("of several the last counts", MEMORY("64M") "," MEMORY("32M")),
		VALUES("a request is no limit",
			MEMORY("64M") ",{'name':'resource/memory','value':{'request':'1M'}}"),
		VALUES("a limit of nothing is none", MEMORY("0") "," CPU("0")),
	};

	CHECK(limit_values);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_v1),
		cmocka_unit_test(limits_v2),
		cmocka_unit_test(limits_added),
		cmocka_unit_test(limit_values),
	};

	return cmocka_run_group_tests(tests, plan_fixture_set_up, plan_fixture_tear_down);
}
