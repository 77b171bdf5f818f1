/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/args.h"

#include "pod/args-internal.h"
#include "pod/test-args-fixture.h"

/* Each flag with a value that it refuses, and what is said before there is an image. */
static void refusals(void **state)
{
	const struct {
		AppArgs app;
		const char *message;
	} rows[] = {
		{{.name = "Front End"},
			"invalid argument \"Front End\" for --name: must consist of lower-case "
			"letters, digits and \"-\""},
		{{.signature = "/nonexistent"},
			"invalid argument \"/nonexistent\" for --signature: no such file or "
			"directory"},
		{{.memory = "4095"},
			"invalid argument \"4095\" for --memory: memory limit of 4095 bytes too "
			"low. Try a reasonable value, such as --memory=16M"},
		{{.memory = "lots"}, "invalid argument \"lots\" for --memory: must be a quantity "
				     "of bytes, such as 16M"},
		{{.cpu = "0"}, "invalid argument \"0\" for --cpu: must be a quantity of cores, "
			       "such as 2 or 500m"},
		{{.cpu_shares = "1"}, "invalid argument \"1\" for --cpu-shares: must be a number "
				      "from 2 to 262144"},
		{{.pids_limit = "0"}, "invalid argument \"0\" for --pids-limit: must be a number "
				      "from 1 to 4194304"},
		{{.cpu_shares = "262145"},
			"invalid argument \"262145\" for --cpu-shares: must be a number from 2 to "
			"262144"},
		{{.oom_score_adj = "-1001"},
			"invalid argument \"-1001\" for --oom-score-adj: must be a number from "
			"-1000 to 1000"},
		{{.caps_retain = "CAP_KILL", .caps_remove = "CAP_CHOWN"},
			"cannot use both --caps-retain and --caps-remove on the same image"},
		{{.caps_retain = "CAP_KILL,"},
			"invalid argument \"CAP_KILL,\" for --caps-retain: must be a list of "
			"capability names, such as CAP_NET_ADMIN,CAP_SYS_TIME"},
		{{.seccomp = "read,write"}, "invalid argument \"read,write\" for --seccomp: "
					    "mode=retain or mode=remove is missing"},
		{{.seccomp = "mode=keep,read"},
			"invalid argument \"mode=keep,read\" for --seccomp: mode must be "
			"\"retain\" or \"remove\", not \"keep\""},
		{{.seccomp = "mode=retain,color=red,read"},
			"invalid argument \"mode=retain,color=red,read\" for --seccomp: unknown "
			"seccomp parameter \"color\""},
		{{.seccomp = "mode=retain"},
			"invalid argument \"mode=retain\" for --seccomp: no system call is named"},
		{{.supplementary_gids = "1,x"},
			"invalid argument \"1,x\" for --supplementary-gids: \"x\" is not a group "
			"number"},
		{{.working_dir = "srv"}, "invalid argument \"srv\" for --working-dir: must be an "
					 "absolute path"},
		{{.exec = ""}, "--exec must not be empty"},
		{{.stream_modes = {"log"}},
			"invalid argument \"log\" for --stdin: invalid stdin mode "
			"\"log\": must be one of null, stream and tty"},
		{{.stream_modes = {"stream", NULL, "tty"}},
			"invalid argument \"tty\" for --stderr: stderr mode \"tty\" does not go "
			"together with stdin mode \"stream\": an app has a terminal or streams "
			"(try "
			"stdin mode \"tty\")"},
		{{.liveness = "tcp=x"}, "invalid argument \"tcp=x\" for --liveness: invalid "
					"liveness probe \"tcp=x\": \"tcp\" is wrong"},
		{{.restart = "on-failure:0"},
			"invalid argument \"on-failure:0\" for --restart: invalid restart policy "
			"\"on-failure:0\": must be one of no, on-failure, on-failure:N with N from "
			"1 to 65535, and always"},
		{{.annotations = LIST("coreos.com/rkt/stage2/restart=x")},
			"invalid restart policy \"x\": must be one of no, on-failure, "
			"on-failure:N with N from 1 to 65535, and always"},
		{{.user = ""}, "--user must not be empty"},
		{{.user = "\xff"},
			"invalid argument \"\xff\" for --user: is not UTF-8 text, which is all "
			"that a pod manifest can hold"},
		{{.environment = LIST("A=\xff")},
			"invalid argument \"A=\xff\" for --environment: is not UTF-8 text, "
			"which is all that a pod manifest can hold"},
		{{.args = LIST("\xff")},
			"invalid app argument \"\xff\": is not UTF-8 text, which is all that a "
			"pod manifest can hold"},
		{{.environment = LIST("A")},
			"invalid argument \"A\" for --environment: must be specified as key=value"},
		{{.environment = LIST("1A=x")},
			"invalid argument \"1A=x\" for --environment: variable name \"1A\" must be "
			"letters, digits, \"_\", \".\" and \"-\", and not start with a digit"},
		{{.annotations = LIST("A=x")},
			"invalid argument \"A=x\" for --annotation: \"A\" must consist of "
			"lower-case letters, digits and \"-._~/\""},
		{{.user_labels = LIST("=x")},
			"invalid argument \"=x\" for --user-label: must be specified as key=value"},
		{{.mounts = LIST("volume=v,target=/t")},
			"dangling mount point \"/t\": volume \"v\" not found"},
		{{.mounts = LIST("volume=v,target=/t,mode=1")},
			"invalid argument \"volume=v,target=/t,mode=1\" for --mount: unknown mount "
			"parameter \"mode\""},
		{{.mounts = LIST("volume=v")},
			"invalid argument \"volume=v\" for --mount: target must be set"},
		{{.mounts = LIST("target=/t")},
			"invalid argument \"target=/t\" for --mount: volume must be set"},
		{{.mounts = LIST("target=t,volume=v")},
			"invalid argument \"target=t,volume=v\" for --mount: target \"t\" must be "
			"an absolute path in the app"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AppArgs app = rows[i].app;
		const PodArgs args = {.apps = &app, .n_apps = 1};
		_cleanup_free_ char *text = args_check(&args);

		assert_string_equal(text, rows[i].message);
	}
}

static void volume_refusals(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"v", "kind= is missing: it should be one of \"empty\", \"host\""},
		{"v,source=/tmp", "kind= is missing: it should be one of \"empty\", \"host\""},
		{"v,kind=tmpfs",
			"unrecognized volume type: kind should be one of \"empty\", \"host\""},
		{"V,kind=empty",
			"volume name \"V\" must consist of lower-case letters, digits and \"-\""},
		{"v,kind=host", "source for host volume cannot be empty"},
		{"v,kind=host,source=srv", "source for host volume must be absolute path"},
		{"v,kind=host,source=/s,mode=0755", "mode for host volume cannot be set"},
		{"v,kind=host,source=/s,uid=0", "uid for host volume cannot be set"},
		{"v,kind=host,source=/s,gid=0", "gid for host volume cannot be set"},
		{"v,kind=empty,source=/s", "source for empty volume must be empty"},
		{"v,kind=empty,mode=0999",
			"mode must be an octal number like 0755, \"0999\" is not"},
		{"v,kind=empty,uid=-1", "uid must be a number from 0 to 4294967294, \"-1\" is not"},
		{"v,kind=empty,readOnly=maybe",
			"readOnly must be true or false, \"maybe\" is neither"},
		{"v,kind=empty,size=1G", "unknown volume parameter \"size\""},
		{"v,kind=empty,kind=host", "volume parameter \"kind\" is given twice"},
		{"v,empty", "malformed string \"empty\": must be specified as key=value"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Arena arena = {0};
		Error err = ERROR_INIT;
		Volume volume;

		assert_int_equal(args_parse_volume(rows[i].text, &arena, &volume, &err), -EINVAL);
		assert_string_equal(fixture_origin(&err), rows[i].message);
		arena_done(&arena);
	}
}

static void port_refusals(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"http", "\"http\" is not in NAME:[HOSTIP:]HOSTPORT form"},
		{"HTTP:80",
			"port name \"HTTP\" must consist of lower-case letters, digits and \"-\""},
		{"http:65536", "port \"65536\" must be a number from 1 to 65535"},
		{"http:0", "port \"0\" must be a number from 1 to 65535"},
		{"http:", "port \"\" must be a number from 1 to 65535"},
		{"http:host:80", "\"host\" is not an IP address"},
		{"http:[127.0.0.1]:80", "\"127.0.0.1\" is not an IP address"},
		{"http::80", "\"\" is not an IP address"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Arena arena = {0};
		Error err = ERROR_INIT;
		ExposedPort port;

		assert_int_equal(args_parse_port(rows[i].text, &arena, &port, &err), -EINVAL);
		assert_string_equal(fixture_origin(&err), rows[i].message);
		arena_done(&arena);
	}
}

static void pod_port_refusals(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"http:80", "\"http:80\" is not in NAME:PROTOCOL:PODPORT:[HOSTIP:]HOSTPORT form"},
		{"http:tcp:80",
			"\"http:tcp:80\" is not in NAME:PROTOCOL:PODPORT:[HOSTIP:]HOSTPORT form"},
		{"HTTP:tcp:80:80",
			"port name \"HTTP\" must consist of lower-case letters, digits and \"-\""},
		{"http:icmp:80:80", "protocol \"icmp\" must be tcp, udp or sctp"},
		{"http:tcp:x:80", "port \"x\" must be a number from 1 to 65535"},
		{"http:tcp:80:", "port \"\" must be a number from 1 to 65535"},
		{"http:tcp:80:0", "port \"0\" must be a number from 1 to 65535"},
		{"http:tcp:80:host:80", "\"host\" is not an IP address"},
		{"http:tcp:80:::80", "\"\" is not an IP address"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Arena arena = {0};
		Error err = ERROR_INIT;
		ExposedPort port;

		assert_int_equal(args_parse_pod_port(rows[i].text, &arena, &port, &err), -EINVAL);
		assert_string_equal(fixture_origin(&err), rows[i].message);
		arena_done(&arena);
	}
}

static void pod_ports(void **state)
{
	static const struct {
		const char *text, *name, *protocol, *host_ip;
		unsigned pod_port, host_port;
	} rows[] = {
		{"http:tcp:80:8080", "http", "tcp", NULL, 80, 8080},
		{"http:tcp:80::8080", "http", "tcp", NULL, 80, 8080},
		{"dns:udp:53:127.0.0.1:1053", "dns", "udp", "127.0.0.1", 53, 1053},
		{"dns:udp:53:[::1]:1053", "dns", "udp", "::1", 53, 1053},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Arena arena = {0};
		Error err = ERROR_INIT;
		ExposedPort port;

		assert_int_equal(args_parse_pod_port(rows[i].text, &arena, &port, &err), 0);
		assert_string_equal(port.name, rows[i].name);
		assert_true(port.has_pod_port);
		assert_string_equal(port.pod_port.name, rows[i].name);
		assert_string_equal(port.pod_port.protocol, rows[i].protocol);
		assert_int_equal(port.pod_port.port, rows[i].pod_port);
		assert_int_equal(port.pod_port.count, 1);
		assert_int_equal(port.host_port, rows[i].host_port);
		if (rows[i].host_ip)
			assert_string_equal(port.host_ip, rows[i].host_ip);
		else
			assert_null(port.host_ip);
		arena_done(&arena);
	}
}

static void env_file_refusals(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"A=1\nB\n", "environment file F, line 2: must be specified as key=value"},
		{"A=1\n\nA=2",
			"environment file F, line 3: environment variable \"A\" already set"},
		{" # x\n", "environment file F, line 1: must be specified as key=value"},
		{"1A=1", "environment file F, line 1: variable name \"1A\" must be letters, "
			 "digits, \"_\", \".\" and \"-\", and not start with a digit"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Arena arena = {0};
		Error err = ERROR_INIT;
		NameValues list = {0};
		char text[2 * ERROR_TEXT];

		assert_int_equal(args_parse_env_file(rows[i].text, strlen(rows[i].text), "F",
					 &arena, &list, &err),
			-EINVAL);
		assert_string_equal(error_message(&err, text, sizeof text), rows[i].message);
		arena_done(&arena);
	}
}

static void pod_refusals(void **state)
{
	const struct {
		PodArgs pod;
		const char *message;
	} rows[] = {
		{{.set_env = LIST("A=1", "A=2")},
			"invalid argument \"A=2\" for --set-env: key \"A\" already set"},
		{{.set_env = LIST("A")},
			"invalid argument \"A\" for --set-env: must be specified as key=value"},
		{{.set_env_files = LIST("/nonexistent")},
			"invalid argument \"/nonexistent\" for --set-env-file: open /nonexistent: "
			"no such file or directory"},
		{{.volumes = LIST("v,kind=empty", "v,kind=empty")},
			"invalid argument \"v,kind=empty\" for --volume: a volume of this name is "
			"given already"},
		{{.mounts = LIST("volume=v,target=/t")},
			"dangling mount point \"/t\": volume \"v\" not found"},
		{{.ports = LIST("http")}, "invalid argument \"http\" for --port: \"http\" is not "
					  "in NAME:[HOSTIP:]HOSTPORT form"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AppArgs app = {0};
		PodArgs args = rows[i].pod;
		_cleanup_free_ char *text = NULL;

		args.apps = &app;
		args.n_apps = 1;
		text = args_check(&args);
		assert_string_equal(text, rows[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(volume_refusals),
		cmocka_unit_test(port_refusals),
		cmocka_unit_test(pod_port_refusals),
		cmocka_unit_test(pod_ports),
		cmocka_unit_test(env_file_refusals),
		cmocka_unit_test(pod_refusals),
	};

	return cmocka_run_group_tests_name("pod/args-refusals", tests, NULL, NULL);
}
