/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/image-manifest.h"

#include "spec/manifest-fixture.h"

#define MINIMAL                                                                                    \
	"{'acKind': 'ImageManifest', 'acVersion': '0.8.11', 'name': 'example.com/a',"              \
	" 'app': {'exec': ['/a'], 'user': '0', 'group': '0'}}"

static int parse(const char *text, size_t len, Error *err)
{
	_cleanup_image_manifest_ ImageManifest *m = NULL;

	return image_manifest_parse(text, len, &m, err);
}

static ImageManifest *parse_changed(const char *change)
{
	_cleanup_free_ char *text = changed(MINIMAL, change);
	ImageManifest *m = NULL;
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT];

	if (image_manifest_parse(text, strlen(text), &m, &err) < 0)
		fail_msg("%s", error_message(&err, message, sizeof message));
	return m;
}

static void check_golden(const char *name)
{
	_cleanup_image_manifest_ ImageManifest *m = NULL;
	_cleanup_free_ char *golden = golden_read(name);

	assert_int_equal(image_manifest_parse(golden, strlen(golden), &m, NULL), 0);
	assert_prints(image_manifest_to_json(&m->arena, m), golden);
}

static void test_goldens(void **state)
{
	(void)state;
	check_golden("image-minimal.json");
	check_golden("image-full.json");
}

static void test_content(void **state)
{
	_cleanup_free_ char *golden = golden_read("image-full.json");
	_cleanup_image_manifest_ ImageManifest *m = NULL;
	_cleanup_free_ char *name = NULL;

	(void)state;
	assert_int_equal(image_manifest_parse(golden, strlen(golden), &m, NULL), 0);
	assert_true(m->has_app);
	assert_string_equal(m->app.exec.items[0], "bin/worker");
	assert_int_equal(m->app.supplementary_gids[1], 4000000000);
	assert_int_equal(m->app.ports[1].count, 536);
	assert_true(m->app.mount_points[1].read_only);
	assert_int_equal(m->app.isolators[0].request, 250);
	assert_int_equal(m->app.isolators[0].limit, 20000);
	assert_false(m->app.isolators[1].has_request);
	assert_int_equal(m->app.isolators[1].limit, 1610612736);
	assert_string_equal(m->app.isolators[5].errno_name, "EPERM");
	assert_int_equal(m->app.isolators[6].number, 1);
	assert_int_equal(m->app.isolators[7].number, -500);
	assert_int_equal(m->dependencies[0].size, 22017258);
	assert_string_equal(
		image_manifest_annotation(m, "created"), "2014-10-27T19:32:27.67021798Z");
	assert_null(image_manifest_annotation(m, "os"));
	assert_int_equal(image_manifest_display_name(m, &name), 0);
	assert_string_equal(name, "example.com/worker:1.0.0");
}

/* What manifests of the wild have: unknown members, null for "not given", no app at all, no exec.
 */
static void test_lenient(void **state)
{
	_cleanup_image_manifest_ ImageManifest *m =
		parse_changed("{'extra': {'a': [1]}, 'labels': [], 'app': {'exec': [], 'user': "
			      "'u', 'group': '/etc/passwd', 'x': 1}}");
	_cleanup_image_manifest_ ImageManifest *without = parse_changed("{'app': null}");
	static const char nulls[] =
		"{\"acKind\": \"ImageManifest\", \"acVersion\": \"0.8.9+git\", \"name\": \"a\","
		" \"labels\": null, \"app\": null, \"annotations\": null}";

	(void)state;
	assert_int_equal(m->app.exec.n, 0);
	assert_string_equal(m->app.group, "/etc/passwd");
	assert_null(m->app.working_directory);
	assert_false(without->has_app);
	assert_int_equal(parse(nulls, sizeof nulls - 1, NULL), 0);
}

static void test_defaults_and_quirks(void **state)
{
	_cleanup_image_manifest_ ImageManifest *m = parse_changed(
		"{'app': {'ports': [{'name': 'a', 'protocol': 'TCP', 'port': 65535, 'count': 0}],"
		" 'environment': [{'name': 'A'}], 'isolators': ["
		"{'name': 'os/linux/capabilities-retain-set', 'value': {'set': ['net_admin', "
		"'CAP_KILL']}},"
		"{'name': 'os/linux/capabilities-remove-set', 'value': {'set': ['KILL']}},"
		"{'name': 'resource/memory', 'value': {'limit': 4096}},"
		"{'name': 'os/linux/seccomp-retain-set', 'value': {'set': ['@appc.io/all']}}]}}");
	const App *app = &m->app;

	(void)state;
	assert_string_equal(app->ports[0].protocol, "tcp");
	assert_int_equal(app->ports[0].count, 1);
	assert_string_equal(app->environment.items[0].value, "");
	assert_string_equal(app->isolators[0].set.items[0], "CAP_NET_ADMIN");
	assert_string_equal(app->isolators[0].set.items[1], "CAP_KILL");
	assert_string_equal(app->isolators[1].set.items[0], "CAP_KILL");
	assert_string_equal(app->isolators[2].value_json, "{\"default\":false,\"limit\":\"4096\"}");
	assert_int_equal(app->isolators[2].limit, 4096);
	assert_null(app->isolators[3].errno_name);
}

static const BrokenRule manifest_rules[] = {
	{"{'acKind': null}", "acKind: must be given"},
	{"{'acKind': 'PodManifest'}", "acKind: \"PodManifest\" is not \"ImageManifest\""},
	{"{'acKind': 1}", "acKind: must be a string, not 1"},
	{"{'acVersion': '1.0'}",
		"acVersion: \"1.0\" is not a version of the form X.Y.Z (semver 2.0)"},
	{"{'name': null}", "name: must be given"},
	{"{'name': ''}", "name: must not be empty"},
	{"{'name': 'A b'}", "name: \"A b\" is not an AC identifier (lower-case letters, digits, "
			    "and \"-._~/\" between them)"},
	{"{'labels': {}}", "labels: must be an array, not an object"},
	{"{'labels': ['x']}", "labels[0]: must be an object, not \"x\""},
	{"{'labels': [{'name': 'name', 'value': 'x'}]}",
		"labels[0].name: \"name\" is not a label name (an AC identifier other than "
		"\"name\")"},
	{"{'labels': [{'name': 'a', 'value': '1'}, {'name': 'a', 'value': '2'}]}",
		"labels[1].name: \"a\" is given more than once"},
	{"{'labels': [{'name': 'os', 'value': 'plan9'}]}",
		"labels: bad os \"plan9\" (must be one of: linux, freebsd, darwin)"},
	{"{'labels': [{'name': 'os', 'value': 'freebsd'}, {'name': 'arch', 'value': 'z80'}]}",
		"labels: bad arch \"z80\" for freebsd (must be one of: amd64, i386, arm)"},
	{"{'app': []}", "app: must be an object, not an array"},
	{"{'dependencies': [{}]}", "dependencies[0].imageName: must be given"},
	{"{'dependencies': [{'imageName': 'a', 'imageID': 'sha256-00'}]}",
		"dependencies[0].imageID: \"sha256-00\" is not an image ID (\"sha512-\" and up to "
		"128 hex digits in "
		"lower case)"},
	{"{'dependencies': [{'imageName': 'a', 'size': -1}]}",
		"dependencies[0].size: -1 is not in the range 0 to 9223372036854775807"},
	{"{'pathWhitelist': ['a']}", "pathWhitelist[0]: \"a\" is not an absolute path"},
	{"{'annotations': [{'name': 'created', 'value': 'now'}]}",
		"annotations[0].value: \"now\" of annotation \"created\" is not a date and time as "
		"in RFC 3339 "
		"(2006-01-02T15:04:05Z)"},
	{"{'annotations': [{'name': 'homepage', 'value': 'ftp://x'}]}",
		"annotations[0].value: \"ftp://x\" of annotation \"homepage\" is not an http or "
		"https URL"},
	{"{'annotations': [{'name': 'documentation', 'value': 'http:///x'}]}",
		"annotations[0].value: \"http:///x\" of annotation \"documentation\" is not an "
		"http or https URL"},
	{"{'annotations': [{'name': 'b', 'value': '1'}, {'name': 'b', 'value': '2'}]}",
		"annotations[1].name: \"b\" is given more than once"},
};

static const BrokenRule app_rules[] = {
	{"{'app': {'user': null}}", "app.user: must be given"},
	{"{'app': {'user': ''}}", "app.user: must not be empty"},
	{"{'app': {'group': ''}}", "app.group: must not be empty"},
	{"{'app': {'exec': '/bin/sh'}}", "app.exec: must be an array, not \"/bin/sh\""},
	{"{'app': {'exec': ['a', 1]}}", "app.exec[1]: must be a string, not 1"},
	{"{'app': {'workingDirectory': 'tmp'}}",
		"app.workingDirectory: \"tmp\" is not an absolute path"},
	{"{'app': {'supplementaryGIDs': [-1]}}",
		"app.supplementaryGIDs[0]: -1 is not in the range 0 to 4294967294"},
	{"{'app': {'supplementaryGIDs': [1.5]}}",
		"app.supplementaryGIDs[0]: must be a whole number, not 1.5"},
	{"{'app': {'eventHandlers': [{'name': 'on-fire', 'exec': ['a']}]}}",
		"app.eventHandlers[0].name: \"on-fire\" is not \"pre-start\" or \"post-stop\""},
	{"{'app': {'eventHandlers': [{'name': 'pre-start', 'exec': []}]}}",
		"app.eventHandlers[0].exec: must not be empty"},
	{"{'app': {'eventHandlers': [{'name': 'pre-start', 'exec': ['a']}, {'name': 'pre-start', "
	 "'exec': ['b']}]}}",
		"app.eventHandlers[1].name: \"pre-start\" is given more than once"},
	{"{'app': {'environment': [{'name': '1A', 'value': ''}]}}",
		"app.environment[0].name: \"1A\" is not a variable name (letters, digits and "
		"\"_.-\", not beginning with a "
		"digit, '.' or '-')"},
	{"{'app': {'environment': [{'name': 'A', 'value': '1'}, {'name': 'A', 'value': '2'}]}}",
		"app.environment[1].name: \"A\" is given more than once"},
	{"{'app': {'environment': [{'name': 'A', 'value': 1}]}}",
		"app.environment[0].value: must be a string, not 1"},
	{"{'app': {'mountPoints': [{'name': 'a/b', 'path': '/a'}]}}",
		"app.mountPoints[0].name: \"a/b\" is not an AC name (lower-case letters, digits, "
		"and '-' between them)"},
	{"{'app': {'mountPoints': [{'name': 'a', 'path': 'a'}]}}",
		"app.mountPoints[0].path: \"a\" is not an absolute path"},
	{"{'app': {'mountPoints': [{'name': 'a', 'path': '/a', 'readOnly': 'yes'}]}}",
		"app.mountPoints[0].readOnly: must be true or false, not \"yes\""},
	{"{'app': {'ports': [{'name': 'a', 'protocol': 'tcp', 'port': 70000}]}}",
		"app.ports[0].port: 70000 is not in the range 1 to 65535"},
	{"{'app': {'ports': [{'name': 'a', 'protocol': 'tcp', 'port': 65530, 'count': 10}]}}",
		"app.ports[0].count: 10 ports from 65530 on go beyond port 65535"},
	{"{'app': {'ports': [{'name': 'a', 'port': 80}]}}", "app.ports[0].protocol: must be given"},
	{"{'app': {'userLabels': {'a': 1}}}", "app.userLabels.a: must be a string, not 1"},
	{"{'app': {'userAnnotations': []}}",
		"app.userAnnotations: must be an object, not an array"},
};

static void test_rules(void **state)
{
	(void)state;
	assert_refused(parse, MINIMAL, manifest_rules, ARRAY_LEN(manifest_rules));
	assert_refused(parse, MINIMAL, app_rules, ARRAY_LEN(app_rules));
}

static void check_platform(const char *labels, const char *expected)
{
	_cleanup_image_manifest_ ImageManifest *m = parse_changed(labels);
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT];
	int r = image_manifest_check_platform(m, &err);

	assert_int_equal(r, expected ? -EINVAL : 0);
	assert_string_equal(error_message(&err, message, sizeof message), expected ? expected : "");
}

static void test_platform(void **state)
{
	(void)state;
	check_platform("{}", "missing os label in the image manifest");
	check_platform("{'labels': [{'name': 'os', 'value': 'linux'}]}",
		"missing arch label in the image manifest");
	check_platform("{'labels': [{'name': 'os', 'value': 'linux'}, {'name': 'arch', 'value': "
		       "'amd64'}]}",
		NULL);
	check_platform("{'labels': [{'name': 'os', 'value': 'darwin'}, {'name': 'arch', 'value': "
		       "'i386'}]}",
		"bad os \"darwin\" (must be one of: linux)");
}

static void check_text(const char *text, size_t len, const char *expected)
{
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT];

	assert_int_equal(parse(text, len, &err), -EINVAL);
	assert_string_equal(error_message(&err, message, sizeof message), expected);
}

static void test_not_json(void **state)
{
	_cleanup_free_ char *large = calloc(1, IMAGE_MANIFEST_MAX + 1);

	(void)state;
	check_text("[]", 2, "must be an object, not an array");
	check_text("{\"a\": 1, \"a\": 2}", 16,
		"image manifest: line 1, column 10: the object has this name already");
	check_text(large, IMAGE_MANIFEST_MAX + 1,
		"image manifest: 4194305 bytes are more than the 4194304 that are accepted");
}

/* A message stays readable, and on its line, whatever the manifest has in it. */
static void test_hostile_value(void **state)
{
	static const char text[] = "{\"acKind\": \"\\u001b[31m\\nRun: rm -rf /\"}";

	(void)state;
	check_text(text, sizeof text - 1,
		"acKind: \"\\x1b[31m\\x0aRun: rm -rf /\" is not \"ImageManifest\"");
}

/* U+009B is what ESC [ is in one character; a letter of the same first byte is none. */
static void test_hostile_character(void **state)
{
	static const char text[] = "{\"acKind\": \"\\u009b31m \\u00a9\"}";

	(void)state;
	check_text(
		text, sizeof text - 1, "acKind: \"\\u009b31m \xc2\xa9\" is not \"ImageManifest\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_lenient),
		cmocka_unit_test(test_defaults_and_quirks),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_platform),
		cmocka_unit_test(test_not_json),
		cmocka_unit_test(test_hostile_value),
		cmocka_unit_test(test_hostile_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
