/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test-compile-fixture.h"

#include "spec/liveness.h"
#include "spec/restart-policy.h"

#define CHECK(name) plan_check_golden(*state, #name, cases, ARRAY_LEN(cases))

static void whole(void **state)
{
	static const PlanCase cases[] = {
		{.title = "one app, nothing said", .with_seccomp = true},
		{
			.title = "two apps",
			.apps = APP_OF("web", WEB, "") "," APP_OF("other", OCI, ""),
			.with_seccomp = true,
		},
	};

	CHECK(whole);
}

/* Where everything is refused, nothing of a hierarchy is needed; else it has to be mounted. */
static void need_hierarchy(const char *path)
{
	if (access(path, F_OK) != 0) {
		print_message("%s is not mounted\n", path);
		skip();
	}
}

static void cgroup_v2(void **state)
{
	static char deep[] = "0::/system.slice/some job.service\n", none[] = "3:cpu:/\n";
	static const CgroupHost service = {CGROUP_V2, deep}, nowhere = {CGROUP_V2, none};
	static const CgroupHost no_groups = {CGROUP_NONE, none};
	static const char only[] = " cgroup write device-filter ";
	static const PlanCase cases[] = {
		{.title = "caller at the root", .only = only},
		{.title = "caller in a service", .cgroups = &service, .only = only},
		{.title = "any device", .options = {.open = PLAN_OPEN_PATHS}, .only = only},
		{.title = "caller is in no such hierarchy", .cgroups = &nowhere, .only = only},
		{.title = "no control groups", .cgroups = &no_groups, .only = only},
	};

	CHECK(cgroup_v2);
}

static void cgroup_v1(void **state)
{
	static char membership[] = "4:devices:/job/task\n2:cpu,cpuacct:/\n";
	static const CgroupHost v1 = {CGROUP_V1, membership};
	static const PlanCase cases[] = {
		{.title = "v1: no cgroup namespace", .cgroups = &v1},
		{
			.title = "v1, any device",
			.cgroups = &v1,
			.options = {.open = PLAN_OPEN_PATHS},
			.only = " cgroup write ",
		},
	};

	need_hierarchy("/sys/fs/cgroup/devices");
	CHECK(cgroup_v1);
}

static void cgroup_hybrid(void **state)
{
	static char membership[] = "4:devices:/job/task\n0::/job\n";
	static const CgroupHost hybrid = {CGROUP_HYBRID, membership};
	static const PlanCase cases[] = {
		{
			.title = "hybrid: the v2 hierarchy alone is entered",
			.cgroups = &hybrid,
			.only = " cgroup write device-filter ",
		},
	};

	need_hierarchy("/sys/fs/cgroup/unified");
	CHECK(cgroup_hybrid);
}

/* The first line tells the namespaces, the last ones the streams: the whole plan is shown. */
static void namespaces_and_streams(void **state)
{
	static const char apps[] = APP_OF("web", WEB, WITH(TRUE_APP));
	static const PlanCase cases[] = {
		{.title = "host network", .apps = apps, .options = {.host_network = true}},
		{.title = "host ipc", .apps = apps, .options = {.host_ipc = true}},
		{.title = "networks that may name DNS servers",
			.apps = apps,
			.options = {.network_dns = true}},
		{
			.title = "interactive, at a terminal",
			.apps = apps,
			.options = {.interactive = true, .terminal = true, .term = "xterm"},
		},
		{
			.title = "interactive, no terminal",
			.apps = apps,
			.options = {.interactive = true, .term = "xterm"},
		},
	};

	CHECK(namespaces_and_streams);
}

#define STREAM(name, value) "{'name':'coreos.com/rkt/stage2/" name "','value':'" value "'}"
#define STREAMS(list)       APP_OF("web", WEB, WITH(TRUE_APP) ",'annotations':[" list "]")

#define EXPERIMENT "coreos.com/rkt/experiment/"
#define LOGGED(mode, path)                                                                         \
	STREAMS(STREAM("stdout", mode) ",{'name':'" EXPERIMENT                                     \
				       "kubernetes-log-path','value':'" path "'}")
#define LOG_ANNOTATIONS(mode, dir)                                                                 \
	"{'name':'" EXPERIMENT "logmode','value':'" mode "'},"                                     \
	"{'name':'" EXPERIMENT "kubernetes-log-dir','value':'" dir "'}"

static void stream_modes(void **state)
{
	static const char only[] = " app exec ";
	static const PlanCase cases[] = {
		{"streams", STREAMS(STREAM("stdin", "stream") "," STREAM("stderr", "stream")),
			.only = only},
		{"nothing", STREAMS(STREAM("stdout", "null") "," STREAM("stderr", "null")),
			.only = only},
		{"a terminal", STREAMS(STREAM("stdin", "tty") "," STREAM("stdout", "tty")),
			.only = only},
		{"of a manifest, interactive", STREAMS(STREAM("stdout", "log")), .only = only,
			.options = {.interactive = true}},
		{"lines to a file", LOGGED("stream", "web.log"), .only = only,
			.annotations = LOG_ANNOTATIONS("k8s-plain", "/var/log/pods")},
		{"no stream, no file", LOGGED("log", "web.log"), .only = only,
			.annotations = LOG_ANNOTATIONS("k8s-plain", "/var/log/pods")},
		{"a file somewhere else", LOGGED("stream", "../web.log"),
			.annotations = LOG_ANNOTATIONS("k8s-plain", "/var/log/pods")},
		{"a directory of who knows where", LOGGED("stream", "web.log"),
			.annotations = LOG_ANNOTATIONS("k8s-plain", "pods")},
		{"another log mode", LOGGED("stream", "web.log"),
			.annotations = LOG_ANNOTATIONS("k8s-cri", "/var/log/pods")},
		{"no mode", STREAMS(STREAM("stdin", "log"))},
		{"terminal and streams",
			STREAMS(STREAM("stdin", "tty") "," STREAM("stdout", "stream"))},
		{"streams, interactive", STREAMS(STREAM("stdin", "stream")),
			.options = {.interactive = true}},
	};

	CHECK(stream_modes);
}

#define HANDLER(name, program) "{'name':'" name "','exec':['" program "','-x']}"
#define RESTART(policy)                                                                            \
	APP_OF("web", WEB,                                                                         \
		",'annotations':[{'name':'" RESTART_ANNOTATION "','value':'" policy "'}]")

#define LIVENESS(probe)                                                                            \
	APP_OF("web", WEB,                                                                         \
		",'annotations':[{'name':'" LIVENESS_ANNOTATION "','value':'" probe "'}]")

static void handlers(void **state)
{
	static const char only[] =
		" app pre-start post-stop liveness groups identity no-new-privs seccomp exec "
		"connect ";
	static const PlanCase cases[] = {
		{"both",
			APP_OF("web", WEB,
				WITH("'exec':['/bin/true'],'user':'7','group':'8',"
				     "'eventHandlers':[" HANDLER("post-stop",
					     "/behind") "," HANDLER("pre-start", "true") "]")),
			.with_seccomp = true, .only = only},
		{"a program that is not there", APP_OF("web", WEB,
							WITH(TRUE_APP ",'eventHandlers':[" HANDLER(
								"post-stop", "nonesuch") "]"))},
		{"restarts", RESTART("on-failure:3"), .only = " app "},
		{"restarts without end", RESTART("always"), .only = " app "},
		{"no restarts", RESTART("no"), .only = " app "},
		{"unknown policy", RESTART("sometimes")},
		{"a liveness probe by a program", LIVENESS("failures=1,exec=true -x"),
			.with_seccomp = true, .only = only},
		{"by HTTP", LIVENESS("interval=1s,timeout=250ms,http=80/x"), .only = only},
		{"by TCP", LIVENESS("delay=0,tcp=53"), .only = only},
		{"a probe whose program is not there", LIVENESS("exec=nonesuch")},
		{"no probe", LIVENESS("interval=1s")},
	};

	CHECK(handlers);
}

static void confinement(void **state)
{
	static const char only[] = " mount readonly mask bounding no-new-privs seccomp ";
	static const PlanCase cases[] = {
		{
			.title = "every capability",
			.options = {.open = PLAN_ALL_CAPABILITIES},
			.with_seccomp = true,
			.only = only,
		},
		{
			.title = "open paths",
			.options = {.open = PLAN_OPEN_PATHS},
			.with_seccomp = true,
			.only = only,
		},
		{.title = "no filter", .options = {.open = PLAN_NO_SECCOMP}, .only = only},
		{
			.title = "no new privileges",
			.apps = APP_OF("web", WEB,
				WITH(TRUE_APP ",'isolators':[{'name':'os/linux/no-new-privileges',"
					      "'value':true}]")),
			.with_seccomp = true,
			.only = only,
		},
		{
			.title = "a filter for who is not root",
			.apps = APP_OF(
				"web", WEB, WITH("'exec':['/bin/true'],'user':'7','group':'7'")),
			.with_seccomp = true,
			.only = only,
		},
	};

	CHECK(confinement);
}

#define AS(user, group) WITH("'exec':['/bin/true'],'user':'" user "','group':'" group "'")

static void identity(void **state)
{
	static const char only[] = " groups identity ";
	static const PlanCase cases[] = {
		{"by number", APP_OF("web", WEB, AS("1234", "4321")), .only = only},
		{"by name", APP_OF("web", WEB, AS("alice", "users")), .only = only},
		{"root by name", APP_OF("web", WEB, AS("root", "root")), .only = only},
		{"owner of a path", APP_OF("web", WEB, AS("/srv/tool", "/srv/tool")), .only = only},
		{"a user that is the beginning of another", APP_OF("web", WEB, AS("alic", "0")),
			.only = only},
		{"unknown user", APP_OF("web", WEB, AS("nobody", "0")), .only = only},
		{"unknown group", APP_OF("web", WEB, AS("0", "nogroup")), .only = only},
		{"unknown path", APP_OF("web", WEB, AS("/none", "0")), .only = only},
		{"a number that is none", APP_OF("web", WEB, AS("bad", "0")), .only = only},
		{"a number that is too large", APP_OF("web", WEB, AS("4294967295", "0")),
			.only = only},
		{"user:user of a Docker image means the user", APP_OF("web", DOCKER, ""),
			.only = only},
		{"but not when the group was given", APP_OF("web", DOCKER, AS("alice", "nogroup")),
			.only = only},
		{"supplementary groups",
			APP_OF("web", WEB, WITH(TRUE_APP ",'supplementaryGIDs':[10,4294967294]")),
			.only = only},
	};

	CHECK(identity);
}

#define SET(kind, set) "{'name':'os/linux/capabilities-" kind "-set','value':{'set':[" set "]}}"
#define CAPS(sets)     APP_OF("web", WEB, WITH(TRUE_APP ",'isolators':[" sets "]"))

static void capabilities(void **state)
{
	static const char only[] = " bounding ";
	static const PlanCase cases[] = {
		{"default", .only = only},
		{"retain", CAPS(SET("retain", "'CAP_NET_ADMIN','CAP_KILL'")), .only = only},
		{"remove", CAPS(SET("remove", "'CAP_CHOWN','CAP_SYS_ADMIN'")), .only = only},
		{"both",
			CAPS(SET("retain", "'CAP_NET_ADMIN','CAP_KILL'") "," SET(
				"remove", "'CAP_KILL'")),
			.only = only},
		{"insecure options win", CAPS(SET("retain", "'CAP_KILL'")),
			.options = {.open = PLAN_ALL_CAPABILITIES}, .only = only},
	};

	CHECK(capabilities);
}

static void root_files(void **state)
{
	static const char only[] = " hostname file bind overlay readonly-root workdir loopback ";
	static const PlanCase cases[] = {
		{.title = "default", .only = only},
		{.title = "hostname", .options = {.hostname = "box"}, .only = only},
		{.title = "hosts entries",
			.options = {.hosts = "10.0.0.1 db\n10.0.0.2 cache\n"},
			.only = only},
		{.title = "hosts of the host", .options = {.host_hosts = true}, .only = only},
		{.title = "resolv.conf given",
			.options = {.resolv_conf = "nameserver 10.0.0.1\n"},
			.only = only},
		{.title = "resolv.conf of the host",
			.options = {.host_resolv_conf = true},
			.only = only},
		{.title = "host network: no loopback to bring up",
			.options = {.host_network = true},
			.only = " loopback "},
		{.title = "durable", .options = {.durable = true}, .only = " overlay "},
		{"read-only root", APP_OF("web", WEB, ",'readOnlyRootFS':true"), .only = only},
		{"the longest hostname", .only = " hostname ",
			.options = {.hostname = "a234567890123456789012345678901234567890"
						"123456789012345678901234"}},
		{"a hostname that is too long", .only = only,
			.options = {.hostname = "a234567890123456789012345678901234567890"
						"1234567890123456789012345"}},
	};

	CHECK(root_files);
}

#define MOUNTS(mounts)   APP_OF("web", WEB, ",'mounts':[" mounts "]")
#define HOST(name, more) "{'name':'" name "','kind':'host','source':'/host/" name "'" more "}"

#define LONG50 "a-name-that-is-longer-than-most-and-so-needs-room-"
#define LONG   LONG50 LONG50 LONG50 LONG50 "end"

static void volumes(void **state)
{
	static const char only[] = " bind ";
	static const PlanCase cases[] = {
		{"mount points nobody has a volume for", .only = only},
		{"host and empty volumes for the mount points", .only = only,
			.volumes = HOST("data", "") ",{'name':'conf','kind':'empty'}"},
		{"the volume's readOnly stands above the mount point's", .only = only,
			.volumes = HOST("data", ",'readOnly':true") "," HOST(
				"conf", ",'readOnly':false")},
		{"not recursive", .only = only,
			.volumes = HOST("data", ",'recursive':false") "," HOST(
				"conf", ",'recursive':true")},
		{"a mount instead of the mount point's volume",
			MOUNTS("{'volume':'data','path':'/etc/web'}"), HOST("data", ""),
			.only = only},
		{"slashes at the end of a path say nothing",
			MOUNTS("{'volume':'data','path':'/etc/web//'}"), HOST("data", ""),
			.only = only},
		{"a volume of the app itself",
			MOUNTS("{'volume':'own','path':'/own','appVolume':" HOST("own", "") "}"),
			.only = only},
		{"a long name stays as it is", MOUNTS("{'volume':'" LONG "','path':'/long'}"),
			"{'name':'" LONG "','kind':'empty'}", .only = only},
		{"a mount without its volume", MOUNTS("{'volume':'none','path':'/none'}"),
			.only = only},
	};

	CHECK(volumes);
}

#define EXEC(argv, more) APP_OF("web", WEB, WITH("'exec':[" argv "]," ROOT_USER more))
#define PATH_OF(value)   ",'environment':[{'name':'PATH','value':'" value "'}]"

static void executable(void **state)
{
	static const char only[] = " workdir exec ";
	static const PlanCase cases[] = {
		{"absolute, there or not", EXEC("'/no/such','a b','\\u0007'", ""), .only = only},
		{"relative to the working directory",
			EXEC("'./tool'", ",'workingDirectory':'/srv'"), .only = only},
		{"searched without PATH: in the working directory first",
			EXEC("'tool'", ",'workingDirectory':'/srv'"), .only = only},
		{"searched without PATH: then in /bin", EXEC("'web'", ""), .only = only},
		{"searched in PATH, which may be relative", EXEC("'tool'", PATH_OF("/usr/bin:srv")),
			.only = only},
		{"searched in PATH only", EXEC("'true'", PATH_OF("/usr/bin:/opt")), .only = only},
		{"not executable", EXEC("'note'", PATH_OF("/usr/bin")), .only = only},
		{"an OCI image: found in its upper layer, working directory made, stop signal",
			APP_OF("web", OCI, "")},
		{"no exec in the image", APP_OF("web", HOLLOW, ""), .only = only},
		{"no app anywhere", APP_OF("web", DATA, ""), .only = only},
		{"an image without an app, the pod brings one", APP_OF("web", DATA, WITH(TRUE_APP)),
			.only = only},
		{"the out-of-memory score",
			EXEC("'/bin/true'", ",'isolators':[{'name':'os/linux/oom-score-adj',"
					    "'value':-500}]"),
			.only = " oom-score "},
		{"TERM given is kept",
			EXEC("'/bin/true'", ",'environment':[{'name':'TERM','value':'dumb'},"
					    "{'name':'AC_APP_NAME','value':'other'}]"),
			.options = {.interactive = true, .terminal = true, .term = "xterm"},
			.only = only},
	};

	CHECK(executable);
}

static void metadata(void **state)
{
	static const char only[] = " exec ", token[] = "0123456789abcdef0123456789abcdef";
	static const char apps[] =
		EXEC("'/bin/true'", ",'environment':[{'name':'AC_METADATA_URL','value':'other'}]");
	static const PlanCase cases[] = {
		{"networks of its own, whose gateway is not known yet", apps,
			.options = {.metadata_token = token}, .only = only},
		{"the host's network", apps,
			.options = {.metadata_token = token, .host_network = true}, .only = only},
		{"not registered", apps, .only = only},
	};

	CHECK(metadata);
}

static void stop_signals(void **state)
{
	static const char app[] = APP_OF("web", OCI, ""), only[] = " app ";
	static const PlanCase cases[] = {
		{"by name", app, .only = only, .stop_signal = "SIGWINCH"},
		{"without SIG", app, .only = only, .stop_signal = "USR1"},
		{"by number", app, .only = only, .stop_signal = "9"},
		{"as an init system wants it", app, .only = only, .stop_signal = "SIGRTMIN+3"},
		{"the last one", app, .only = only, .stop_signal = "RTMAX"},
		{"counted from the last one", app, .only = only, .stop_signal = "RTMAX-1"},
		{"none such: SIGTERM", app, .only = only, .stop_signal = "SIGNAL"},
		{"no number of a signal: SIGTERM", app, .only = only, .stop_signal = "65"},
		{"nor zero", app, .only = only, .stop_signal = "0"},
	};

	CHECK(stop_signals);
}

static void compile_fails(void *state, const PodManifest *m, const char *message)
{
	static char at_root[] = "0::/\n";
	static const CgroupHost v2 = {.mode = CGROUP_V2, .membership = at_root};
	const PlanInput in = {.uuid = UUID, .data_dir = "/none", .manifest = m, .cgroups = &v2};
	void *data = state;
	size_t len = 7;
	Error err = ERROR_INIT;
	char text[2 * ERROR_TEXT];

	assert_int_equal(plan_compile(&in, &data, &len, &err), -EINVAL);
	assert_string_equal(error_message(&err, text, sizeof text), message);
	/* Outputs are untouched. */
	assert_ptr_equal(data, state);
	assert_int_equal(len, 7);
}

static void number_of_apps(void **state)
{
	RuntimeApp *apps = calloc(PLAN_APPS_MAX + 1, sizeof *apps);
	const PodManifest none = {.apps = apps};
	const PodManifest many = {.apps = apps, .n_apps = PLAN_APPS_MAX + 1};

	assert_non_null(apps);
	compile_fails(*state, &none, "pod must contain at least one application");
	compile_fails(*state, &many, "a pod can have 128 apps at most");
	free(apps);
}

/* More groups than any fixed table would hold are all there. */
static void many_groups(void **state)
{
	_cleanup_strbuf_ StrBuf app = STRBUF_INIT(1u << 16), want = STRBUF_INIT(1u << 16);
	_cleanup_free_ char *text = NULL;
	PlanCase c = {.title = "many groups", .only = " groups "};

	test_need_root();
	strbuf_puts(&app, "{'name':'web','image':{'id':'" WEB "'}"
			  ",'app':{" TRUE_APP ",'supplementaryGIDs':[");
	strbuf_puts(&want, "\tgroups");
	for (int i = 0; i < 200; i++) {
		strbuf_printf(&app, "%s%d", i > 0 ? "," : "", 1000 + i);
		strbuf_printf(&want, " %d", 1000 + i);
	}
	strbuf_puts(&app, "]}}");
	strbuf_puts(&want, "\n");
	c.apps = strbuf_text(&app);
	text = plan_case_print(*state, &c);
	assert_string_equal(text, strbuf_text(&want));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(cgroup_v2),
		cmocka_unit_test(cgroup_v1),
		cmocka_unit_test(cgroup_hybrid),
		cmocka_unit_test(namespaces_and_streams),
		cmocka_unit_test(stream_modes),
		cmocka_unit_test(handlers),
		cmocka_unit_test(confinement),
		cmocka_unit_test(identity),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(root_files),
		cmocka_unit_test(volumes),
		cmocka_unit_test(executable),
		cmocka_unit_test(metadata),
		cmocka_unit_test(stop_signals),
		cmocka_unit_test(number_of_apps),
		cmocka_unit_test(many_groups),
	};

	return cmocka_run_group_tests(tests, plan_fixture_set_up, plan_fixture_tear_down);
}
