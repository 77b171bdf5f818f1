/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/args.h"

#include <fcntl.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/json.h"
#include "pod/args-internal.h"
#include "pod/test-fixture.h"

#define KEY "sha512-e213b0761271dd212cf24432146e37da669886ec3c28b9a5e6af82e23f4c2de7"

#define LIST(...)                                                                                  \
	{                                                                                          \
		.items = (const char *[]){__VA_ARGS__},                                            \
		.n = ARRAY_LEN(((const char *[]){__VA_ARGS__}))                                    \
	}

static const char busybox[] =
	"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/busybox\","
	"\"labels\":[{\"name\":\"version\",\"value\":\"1.0\"},{\"name\":\"arch\",\"value\":"
	"\"amd64\"},"
	"{\"name\":\"os\",\"value\":\"linux\"}],"
	"\"app\":{\"exec\":[\"/bin/true\"],\"user\":\"0\",\"group\":\"0\"}}";

/* An image that says something about everything. */
static const char rich[] =
	"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/tools/"
	"web_app\","
	"\"app\":{\"exec\":[\"/bin/web\",\"--serve\"],\"user\":\"www\",\"group\":\"www\","
	"\"supplementaryGIDs\":[7],\"workingDirectory\":\"/srv\","
	"\"environment\":[{\"name\":\"FROM\",\"value\":\"image\"},{\"name\":\"KEEP\",\"value\":"
	"\"image\"}],"
	"\"ports\":[{\"name\":\"http\",\"protocol\":\"tcp\",\"port\":80},"
	"{\"name\":\"dns\",\"protocol\":\"udp\",\"port\":53}],"
	"\"isolators\":["
	"{\"name\":\"resource/"
	"memory\",\"value\":{\"default\":false,\"request\":\"1G\",\"limit\":\"2G\"}},"
	"{\"name\":\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"CAP_KILL\"]}},"
	"{\"name\":\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"read\"]}},"
	"{\"name\":\"os/linux/no-new-privileges\",\"value\":true}],"
	"\"userAnnotations\":{\"from\":\"image\"},\"userLabels\":{\"from\":\"image\"}}}";

static const char no_app[] =
	"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/data\"}";

static Image *image_new(const char *manifest)
{
	Image *image = calloc(1, sizeof *image);
	Error err = ERROR_INIT;

	assert_non_null(image);
	memcpy(image->key, KEY, sizeof image->key);
	image->manifest_text = strdup(manifest);
	image->manifest_len = strlen(manifest);
	if (image_manifest_parse(manifest, image->manifest_len, &image->manifest, &err) < 0)
		fail_msg("%s", fixture_origin(&err));
	return image;
}

/* The manifest for one app of an image, as JSON; or the error, "outermost: innermost". */
static char *generate(const PodArgs *args, const char *manifest, bool pretty)
{
	_cleanup_image_ Image *image = image_new(manifest);
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	_cleanup_json_ json_t *json = NULL;
	Error err = ERROR_INIT;
	char *text = NULL, message[2 * ERROR_TEXT];

	for (size_t i = 0; i < args->n_apps; i++) {
		args->apps[i].found = image;
		if (!args->apps[i].image)
			args->apps[i].image = "IMAGE";
	}
	if (pod_manifest_generate(args, &m, &err) < 0) {
		assert_null(m);
		return strdup(error_message(&err, message, sizeof message));
	}
	m->ac_version = "1.30.0";
	json = pod_manifest_to_json(m);
	assert_non_null(json);
	assert_int_equal(json_print(json, pretty, &text), 0);
	/* What is generated is valid: it reads back. */
	pod_manifest_free(m);
	m = NULL;
	if (pod_manifest_parse(text, strlen(text), &m, &err) < 0)
		fail_msg("%s", error_message(&err, message, sizeof message));
	return text;
}

static void assert_golden(const char *text, const char *path)
{
	_cleanup_free_ char *golden = NULL;

	assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &golden, NULL, NULL), 0);
	assert_true(endswith(golden, "\n"));
	golden[strlen(golden) - 1] = '\0';
	assert_string_equal(text, golden);
}

static void as_rkt_writes_it(void **state)
{
	AppArgs apps[] = {
		{
			.name = "one",
			.exec = "/bin/sleep",
			.args = LIST("20"),
			.memory = "64M",
			.cpu = "500m",
		},
		{
			.name = "two",
			.exec = "/bin/sleep",
			.args = LIST("20"),
			.user = "100",
			.group = "200",
		},
	};
	const PodArgs args = {.apps = apps, .n_apps = 2};
	_cleanup_free_ char *text = generate(&args, busybox, true);

	assert_golden(text, GOLDEN "/two-apps.json");
}

static void everything_overridden(void **state)
{
	AppArgs app = {
		.name = "front",
		.exec = "/bin/other",
		.user = "/etc/passwd",
		.group = "12",
		.working_dir = "/var",
		.read_only_rootfs = 1,
		.memory = "1.5Gi",
		.cpu = "2",
		.cpu_shares = "2048",
		.oom_score_adj = "-5",
		.caps_remove = "CAP_KILL,CAP_CHOWN",
		.seccomp = "mode=remove,errno=EPERM,mount,umount2",
		.supplementary_gids = "1,0,4294967294",
		.environment = LIST("FROM=app", "NEW=a=b"),
		.annotations = LIST("example.com/a=1", "b=", "example.com/a=2"),
		.user_annotations = LIST("z=1", "a=2"),
		.user_labels = LIST("l=x"),
		.mounts = LIST("volume=data,target=/data"),
		.args = LIST("-x", "--", ""),
	};
	const PodArgs args = {
		.apps = &app,
		.n_apps = 1,
		.volumes = LIST("data,kind=host,source=/srv/d,readOnly=true,recursive=0",
			"scratch,kind=empty,mode=01777,uid=3,gid=4", "plain,kind=empty"),
		.mounts = LIST("target=/data/,volume=scratch", "volume=plain,target=/p"),
		.ports = LIST("http:8080", "dns:127.0.0.1:53", "http:[::1]:81"),
		.set_env = LIST("SET=1", "KEEP=set"),
	};
	_cleanup_free_ char *text = generate(&args, rich, true);

	assert_golden(text, GOLDEN "/overridden.json");
}

/* The value of one member path of the only app, printed. */
static char *app_member(const char *manifest, const char *member)
{
	_cleanup_json_ json_t *json = json_loads(manifest, 0, NULL);
	json_t *app;
	char *text = NULL;

	if (!json)
		fail_msg("%s", manifest);
	app = json_object_get(json_array_get(json_object_get(json, "apps"), 0), "app");
	app = json_object_get(app, member);
	assert_int_equal(json_print(app, false, &text), 0);
	return text;
}

static void assert_member(
	const PodArgs *args, const char *manifest, const char *member, const char *want)
{
	_cleanup_free_ char *text = generate(args, manifest, false), *value = NULL;

	value = app_member(text, member);
	assert_string_equal(value, want);
}

static void exec_and_arguments(void **state)
{
	AppArgs app = {0};
	const PodArgs args = {.apps = &app, .n_apps = 1};

	assert_member(&args, rich, "exec", "[\"/bin/web\",\"--serve\"]");
	app.args = (StrList)LIST("more");
	assert_member(&args, rich, "exec", "[\"/bin/web\",\"--serve\",\"more\"]");
	app.exec = "/x";
	assert_member(&args, rich, "exec", "[\"/x\",\"more\"]");
}

static void write_file(const char *path, const char *text)
{
	assert_int_equal(fd_write_file(AT_FDCWD, path, 0600, text, strlen(text), NULL), 0);
}

static void environment_precedence(void **state)
{
	Fixture *f = *state;
	_cleanup_free_ char *first = NULL, *second = NULL;
	AppArgs app = {.environment = LIST("E=app", "A=app", "A=again")};
	PodArgs args = {.apps = &app, .n_apps = 1, .inherit_env = true};

	assert_int_equal(str_format(&first, "%s/first", f->dir), 0);
	assert_int_equal(str_format(&second, "%s/second", f->dir), 0);
	write_file(first, "# remark\n; remark\n\nE=file\nS=file\nF= x \n");
	write_file(second, "KEEP=file");
	assert_int_equal(clearenv(), 0);
	assert_int_equal(setenv("FROM", "parent", 1), 0);
	assert_int_equal(setenv("P", "parent", 1), 0);
	assert_int_equal(setenv("F", "parent", 1), 0);
	assert_int_equal(setenv("LATIN", "\xe4", 1), 0);
	assert_int_equal(setenv("BASH_FUNC_x%%", "() { :; }", 1), 0);
	args.set_env_files = (StrList)LIST(first, second);
	args.set_env = (StrList)LIST("E=set", "S=set");
	assert_member(&args, rich, "environment",
		"[{\"name\":\"FROM\",\"value\":\"image\"},{\"name\":\"KEEP\",\"value\":\"file\"},"
		"{\"name\":\"P\",\"value\":\"parent\"},{\"name\":\"F\",\"value\":\" x \"},"
		"{\"name\":\"E\",\"value\":\"app\"},{\"name\":\"S\",\"value\":\"set\"},"
		"{\"name\":\"A\",\"value\":\"again\"}]");
}

static void image_without_app(void **state)
{
	AppArgs app = {.image = "example.com/data"};
	const PodArgs args = {.apps = &app, .n_apps = 1};
	_cleanup_free_ char *text = generate(&args, no_app, false), *user = NULL, *group = NULL;

	assert_string_equal(text, "error: image example.com/data has no app section and --exec "
				  "argument is not provided");
	app.exec = "/bin/sh";
	assert_int_equal(str_format(&user, "\"%u\"", getuid()), 0);
	assert_int_equal(str_format(&group, "\"%u\"", getgid()), 0);
	assert_member(&args, no_app, "user", user);
	assert_member(&args, no_app, "group", group);
	assert_member(&args, no_app, "exec", "[\"/bin/sh\"]");
}

static void isolators_replace_their_kind(void **state)
{
	AppArgs app = {.memory = "16M", .caps_remove = "CAP_CHOWN", .seccomp = "mode=remove,read"};
	const PodArgs args = {.apps = &app, .n_apps = 1};

	assert_member(&args, rich, "isolators",
		"[{\"name\":\"os/linux/no-new-privileges\",\"value\":true},"
		"{\"name\":\"resource/memory\",\"value\":{\"default\":false,\"request\":\"16M\","
		"\"limit\":\"16M\"}},"
		"{\"name\":\"os/linux/"
		"capabilities-remove-set\",\"value\":{\"set\":[\"CAP_CHOWN\"]}},"
		"{\"name\":\"os/linux/seccomp-remove-set\",\"value\":{\"set\":[\"read\"]}}]");
}

static void app_names(void **state)
{
	AppArgs apps[2] = {{0}, {0}};
	PodArgs args = {.apps = apps, .n_apps = 1};
	_cleanup_free_ char *text = generate(&args, rich, false), *clash = NULL;

	assert_non_null(strstr(text, "\"apps\":[{\"name\":\"web-app\""));
	args.n_apps = 2;
	clash = generate(&args, rich, false);
	assert_string_equal(clash, "error: multiple apps with name web-app");
}

/* Each flag with a value that it refuses, and what is said. */
static void refusals(void **state)
{
	const struct {
		AppArgs app;
		const char *message;
	} rows[] = {
		{{.name = "Front End"},
			"invalid argument \"Front End\" for --name: must consist of lower-case "
			"letters, digits and \"-\""},
		{{.memory = "4095"},
			"invalid argument \"4095\" for --memory: memory limit of 4095 bytes too "
			"low. Try a reasonable value, such as --memory=16M"},
		{{.memory = "lots"}, "invalid argument \"lots\" for --memory: must be a quantity "
				     "of bytes, such as 16M"},
		{{.cpu = "0"}, "invalid argument \"0\" for --cpu: must be a quantity of cores, "
			       "such as 2 or 500m"},
		{{.cpu_shares = "1"}, "invalid argument \"1\" for --cpu-shares: must be a number "
				      "from 2 to 262144"},
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
		_cleanup_free_ char *text = generate(&args, busybox, false);

		assert_string_equal(text, rows[i].message);
	}
}

static void volume_refusals(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"v", "unrecognized volume type: kind should be one of \"empty\", \"host\""},
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
		{"http:65536", "port \"65536\" must be a number from 0 to 65535"},
		{"http:", "port \"\" must be a number from 0 to 65535"},
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
		text = generate(&args, busybox, false);
		assert_string_equal(text, rows[i].message);
	}
}

static void check_ports(StrList ports, size_t n_apps, const char *message)
{
	_cleanup_image_ Image *image = image_new(rich);
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	AppArgs apps[] = {{.name = "a", .found = image}, {.name = "b", .found = image}};
	const PodArgs args = {.apps = apps, .n_apps = n_apps, .ports = ports};
	Error err = ERROR_INIT;
	int r;

	assert_int_equal(pod_manifest_generate(&args, &m, NULL), 0);
	r = pod_ports_check(m, NULL, &err);
	assert_int_equal(r, message ? -EINVAL : 0);
	assert_string_equal(fixture_origin(&err), message ? message : "");
}

static void ports_lead_somewhere(void **state)
{
	check_ports((StrList)LIST("http:80", "dns:80"), 1, NULL);
	check_ports((StrList)LIST("http:127.0.0.1:80", "http:127.0.0.2:80"), 1, NULL);
	check_ports((StrList)LIST("ftp:21"), 1, "port name \"ftp\" could not be found in any apps");
	check_ports((StrList)LIST("http:80"), 2, "port name \"http\" defined multiple apps");
	check_ports((StrList)LIST("http:80", "http:127.0.0.1:80"), 1,
		"port tcp-0.0.0.0:80 already mapped to pod port 80");
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_rkt_writes_it),
		cmocka_unit_test(everything_overridden),
		cmocka_unit_test(exec_and_arguments),
		T(environment_precedence),
		cmocka_unit_test(image_without_app),
		cmocka_unit_test(isolators_replace_their_kind),
		cmocka_unit_test(app_names),
		cmocka_unit_test(refusals),
		cmocka_unit_test(volume_refusals),
		cmocka_unit_test(port_refusals),
		cmocka_unit_test(env_file_refusals),
		cmocka_unit_test(pod_refusals),
		cmocka_unit_test(ports_lead_somewhere),
	};

	return cmocka_run_group_tests_name("pod/args", tests, NULL, NULL);
}
