/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/args.h"

#include <fcntl.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/json.h"
#include "pod/test-args-fixture.h"

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
	_cleanup_free_ char *text = args_generate(&args, args_busybox, true);

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
		.annotations = LIST("example.com/a=1", "coreos.com/rkt/stage2/stdin=stream",
			"b=", "example.com/a=2"),
		.stream_modes = {"tty", "null", NULL},
		.restart = "on-failure:3",
		.liveness = "interval=1s,exec=/bin/a b",
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
	_cleanup_free_ char *text = args_generate(&args, args_rich, true);

	assert_golden(text, GOLDEN "/overridden.json");
}

/* The value of one member path of the only app, printed. */
static char *app_member(const char *manifest, const char *member)
{
	_cleanup_(arena_done) Arena arena = {0};
	const Json *app;
	Json *json;
	char *text = NULL;

	if (json_parse(&arena, manifest, strlen(manifest), "manifest", &json, NULL) < 0)
		fail_msg("%s", manifest);
	app = json_get(json_first(json_get(json, "apps")), "app");
	app = json_get(app, member);
	assert_int_equal(json_print(app, false, &text), 0);
	return text;
}

static void assert_member(
	const PodArgs *args, const char *manifest, const char *member, const char *want)
{
	_cleanup_free_ char *text = args_generate(args, manifest, false), *value = NULL;

	value = app_member(text, member);
	assert_string_equal(value, want);
}

static void exec_and_arguments(void **state)
{
	AppArgs app = {0};
	const PodArgs args = {.apps = &app, .n_apps = 1};

	assert_member(&args, args_rich, "exec", "[\"/bin/web\",\"--serve\"]");
	app.args = (StrList)LIST("more");
	assert_member(&args, args_rich, "exec", "[\"/bin/web\",\"--serve\",\"more\"]");
	app.exec = "/x";
	assert_member(&args, args_rich, "exec", "[\"/x\",\"more\"]");
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
	assert_member(&args, args_rich, "environment",
		"[{\"name\":\"FROM\",\"value\":\"image\"},{\"name\":\"KEEP\",\"value\":\"file\"},"
		"{\"name\":\"P\",\"value\":\"parent\"},{\"name\":\"F\",\"value\":\" x \"},"
		"{\"name\":\"E\",\"value\":\"app\"},{\"name\":\"S\",\"value\":\"set\"},"
		"{\"name\":\"A\",\"value\":\"again\"}]");
}

static void image_without_app(void **state)
{
	AppArgs app = {.image = "example.com/data"};
	const PodArgs args = {.apps = &app, .n_apps = 1};
	_cleanup_free_ char *text = args_generate(&args, args_no_app, false), *user = NULL,
			    *group = NULL;

	assert_string_equal(text, "error: image example.com/data has no app section and --exec "
				  "argument is not provided");
	app.exec = "/bin/sh";
	assert_int_equal(str_format(&user, "\"%u\"", getuid()), 0);
	assert_int_equal(str_format(&group, "\"%u\"", getgid()), 0);
	assert_member(&args, args_no_app, "user", user);
	assert_member(&args, args_no_app, "group", group);
	assert_member(&args, args_no_app, "exec", "[\"/bin/sh\"]");
}

static void isolators_replace_their_kind(void **state)
{
	AppArgs app = {.memory = "16M", .caps_remove = "CAP_CHOWN", .seccomp = "mode=remove,read"};
	const PodArgs args = {.apps = &app, .n_apps = 1};

	assert_member(&args, args_rich, "isolators",
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
	_cleanup_free_ char *text = args_generate(&args, args_rich, false), *clash = NULL;

	assert_non_null(strstr(text, "\"apps\":[{\"name\":\"web-app\""));
	args.n_apps = 2;
	clash = args_generate(&args, args_rich, false);
	assert_string_equal(clash, "error: multiple apps with name web-app");
}

static char said[1024]; /* by pod_ports_check() */

static void hear(const char *text)
{
	(void)snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", text);
}

static void check_ports(StrList ports, size_t n_apps, const char *message)
{
	_cleanup_image_ Image *image = args_image(args_rich);
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	AppArgs apps[] = {{.name = "a", .found = image}, {.name = "b", .found = image}};
	const PodArgs args = {.apps = apps, .n_apps = n_apps, .ports = ports};
	Error err = ERROR_INIT;
	int r;

	assert_int_equal(pod_manifest_generate(&args, &m, NULL), 0);
	said[0] = '\0';
	r = pod_ports_check(m, NULL, hear, &err);
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
	assert_string_equal(said, "");
}

/* Two apps that have other ports in common than the one that is named are no matter. */
static void ports_of_two_apps(void **state)
{
	static const char other[] =
		"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"other\","
		"\"app\":{\"exec\":[\"/x\"],\"user\":\"0\",\"group\":\"0\",\"ports\":["
		"{\"name\":\"range\",\"protocol\":\"tcp\",\"port\":78,\"count\":3},"
		"{\"name\":\"udp\",\"protocol\":\"udp\",\"port\":80},"
		"{\"name\":\"free\",\"protocol\":\"tcp\",\"port\":81}]}}";
	_cleanup_image_ Image *image = args_image(args_rich), *second = args_image(other);
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	AppArgs apps[] = {{.name = "a", .found = image}, {.name = "b", .found = second}};
	const PodArgs args = {
		.apps = apps, .n_apps = 2, .ports = LIST("http:80", "udp:80", "free:81")};

	assert_int_equal(pod_manifest_generate(&args, &m, NULL), 0);
	said[0] = '\0';
	assert_int_equal(pod_ports_check(m, NULL, hear, NULL), 0);
	assert_string_equal(said,
		"warning: port \"http\" leads to tcp port 80 of the pod, which is also port "
		"\"range\" of app \"b\": only one of them can listen there\n");
}

static void ports_that_are_not_there(void **state)
{
	_cleanup_image_ Image *image = args_image(args_rich), *bare = args_image(args_busybox);
	AppArgs apps[] = {{.name = "a", .found = image}, {.name = "b", .found = bare}};

	for (size_t first = 0; first < 2; first++) {
		const PodArgs args = {
			.apps = apps + first, .n_apps = 2 - first, .ports = LIST("ftp:21")};
		_cleanup_pod_manifest_ PodManifest *m = NULL;
		Error err = ERROR_INIT;

		assert_int_equal(pod_manifest_generate(&args, &m, NULL), 0);
		assert_int_equal(pod_ports_check(m, NULL, hear, &err), -EINVAL);
		assert_string_equal(err.hint,
			first == 0 ? "there are ports \"http\" (tcp 80) of app \"a\", \"dns\" "
				     "(udp 53) of app \"a\""
				   : "no app of the pod has a port: images name theirs");
	}
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
		cmocka_unit_test(ports_lead_somewhere),
		cmocka_unit_test(ports_of_two_apps),
		cmocka_unit_test(ports_that_are_not_there),
	};

	return cmocka_run_group_tests_name("pod/args", tests, NULL, NULL);
}
