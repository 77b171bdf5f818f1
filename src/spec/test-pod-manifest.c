/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/pod-manifest.h"

#include "spec/manifest-fixture.h"

#define MINIMAL                                                                                    \
	"{'acVersion': '1.30.0', 'acKind': 'PodManifest', 'apps': [{'name': 'a', 'image': {'id': " \
	"'sha512-00'}}]}"

static int parse(const char *text, size_t len, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *m = NULL;

	return pod_manifest_parse(text, len, &m, err);
}

static void check_golden(const char *name)
{
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	_cleanup_free_ char *golden = golden_read(name);

	assert_int_equal(pod_manifest_parse(golden, strlen(golden), &m, NULL), 0);
	assert_prints(pod_manifest_to_json(&m->arena, m), golden);
}

static void test_goldens(void **state)
{
	(void)state;
	check_golden("pod-minimal.json");
	check_golden("pod-full.json");
}

static void test_content(void **state)
{
	_cleanup_free_ char *golden = golden_read("pod-full.json");
	_cleanup_pod_manifest_ PodManifest *m = NULL;

	(void)state;
	assert_int_equal(pod_manifest_parse(golden, strlen(golden), &m, NULL), 0);
	assert_int_equal(m->n_apps, 2);
	assert_true(m->apps[0].read_only_rootfs);
	assert_null(m->apps[0].mounts[0].app_volume);
	assert_int_equal(m->apps[0].mounts[1].app_volume->read_only, 0);
	assert_int_equal(m->apps[0].mounts[1].app_volume->recursive, -1);
	assert_false(m->apps[1].has_app);
	assert_null(m->apps[1].image_name);
	assert_int_equal(m->volumes[0].read_only, 1);
	assert_int_equal(m->volumes[0].uid, 0);
	assert_int_equal(m->volumes[2].uid, 1000);
	assert_string_equal(m->volumes[2].mode, "1777");
	assert_null(m->ports[0].host_ip);
	assert_int_equal(m->ports[1].pod_port.port, 80);
	assert_ptr_equal(pod_manifest_volume(m, m->volumes[2].name), &m->volumes[2]);
	assert_null(pod_manifest_volume(m, "none"));
}

/* Defaults are filled in, and then printed. */
static void test_defaults(void **state)
{
	_cleanup_free_ char *text = changed(MINIMAL,
		"{'volumes': [{'name': 'e', 'kind': 'empty', 'source': ''}], 'annotations': []}");
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	_cleanup_free_ char *printed = NULL;

	(void)state;
	assert_int_equal(pod_manifest_parse(text, strlen(text), &m, NULL), 0);
	assert_int_equal(json_print(pod_manifest_to_json(&m->arena, m), false, &printed), 0);
	assert_string_equal(printed, "{\"acVersion\":\"1.30.0\",\"acKind\":\"PodManifest\","
				     "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":"
				     "\"sha512-00\"}}],\"volumes\":[{\"name\":\"e\",\"kind\":"
				     "\"empty\",\"mode\":\"0755\",\"uid\":0,\"gid\":0}],"
				     "\"isolators\":null,\"annotations\":null,\"ports\":[]}");
}

#define VOLUME(members) "{'volumes': [{'name': 'v', " members "}]}"
#define APP(members)    "{'apps': [{'name': 'a', 'image': {'id': 'sha512-00'}, " members "}]}"
#define PORT(members)   "{'ports': [{'name': 'p', " members "}]}"

static const BrokenRule rules[] = {
	{"{'acKind': 'ImageManifest'}", "acKind: \"ImageManifest\" is not \"PodManifest\""},
	{"{'acVersion': null}", "acVersion: must be given"},
	{"{'apps': [{'image': {'id': 'sha512-00'}}]}", "apps[0].name: must be given"},
	{"{'apps': [{'name': 'a.b', 'image': {'id': 'sha512-00'}}]}",
		"apps[0].name: \"a.b\" is not an AC name (lower-case letters, digits, and '-' "
		"between them)"},
	{"{'apps': [{'name': 'a'}]}", "apps[0].image: must be given"},
	{"{'apps': [{'name': 'a', 'image': {}}]}", "apps[0].image.id: must be given"},
	{"{'apps': [{'name': 'a', 'image': {'id': 'sha512-XY'}}]}",
		"apps[0].image.id: \"sha512-XY\" is not an image ID (\"sha512-\" and up to 128 hex "
		"digits in lower case)"},
	{"{'apps': [{'name': 'a', 'image': {'id': 'sha512-00', 'name': 'A'}}]}",
		"apps[0].image.name: \"A\" is not an AC identifier (lower-case letters, digits, "
		"and \"-._~/\" between "
		"them)"},
	{"{'apps': [{'name': 'a', 'image': {'id': 'sha512-00'}}, {'name': 'a', 'image': {'id': "
	 "'sha512-00'}}]}",
		"apps[1].name: \"a\" is given more than once"},
	{APP("'app': {'user': '0', 'group': ''}"), "apps[0].app.group: must not be empty"},
	{APP("'readOnlyRootFS': 1"), "apps[0].readOnlyRootFS: must be true or false, not 1"},
	{APP("'mounts': [{'path': '/a'}]"), "apps[0].mounts[0].volume: must be given"},
	{APP("'mounts': [{'volume': 'v', 'path': 'a'}]"),
		"apps[0].mounts[0].path: \"a\" is not an absolute path"},
	{APP("'mounts': [{'volume': 'v', 'path': '/a', 'appVolume': {'name': 'v', 'kind': "
	     "'tmp'}}]"),
		"apps[0].mounts[0].appVolume.kind: \"tmp\" is not \"host\" or \"empty\""},
	{APP("'annotations': [{'name': 'A', 'value': ''}]"),
		"apps[0].annotations[0].name: \"A\" is not an AC identifier (lower-case letters, "
		"digits, and \"-._~/\" "
		"between them)"},
	{APP("'mounts': [{'volume': 'V', 'path': '/a'}]"),
		"apps[0].mounts[0].volume: \"V\" is not an AC name (lower-case letters, digits, "
		"and '-' between them)"},
	{APP("'mounts': {}"), "apps[0].mounts: must be an array, not an object"},
	{APP("'app': {'user': '0', 'group': '0', 'isolators': [{'name': 'x', 'value': 1}]}"),
		"apps[0].app.isolators[0].name: \"x\" is not a known isolator"},
	{"{'volumes': [{'name': 'V', 'kind': 'empty'}]}",
		"volumes[0].name: \"V\" is not an AC name (lower-case letters, digits, and '-' "
		"between them)"},
	{VOLUME("'kind': 1"), "volumes[0].kind: must be \"host\" or \"empty\", not 1"},
	{VOLUME("'source': '/a'"), "volumes[0].kind: must be given"},
	{VOLUME("'kind': 'host'"), "volumes[0].source: must be given for a host volume"},
	{VOLUME("'kind': 'host', 'source': 'a'"),
		"volumes[0].source: source for host volume must be absolute path, not \"a\""},
	{VOLUME("'kind': 'host', 'source': '/a', 'mode': '0755'"),
		"volumes[0].mode: is only for empty volumes"},
	{VOLUME("'kind': 'host', 'source': '/a', 'uid': 0"),
		"volumes[0].uid: is only for empty volumes"},
	{VOLUME("'kind': 'host', 'source': '/a', 'gid': 0"),
		"volumes[0].gid: is only for empty volumes"},
	{VOLUME("'kind': 'empty', 'source': '/a'"), "volumes[0].source: is only for host volumes"},
	{VOLUME("'kind': 'empty', 'mode': '0999'"),
		"volumes[0].mode: \"0999\" is not a mode in octal digits such as \"0755\""},
	{VOLUME("'kind': 'empty', 'uid': 4294967295"),
		"volumes[0].uid: 4294967295 is not in the range 0 to 4294967294"},
	{VOLUME("'kind': 'empty', 'readOnly': 'no'"),
		"volumes[0].readOnly: must be true or false, not \"no\""},
	{"{'volumes': [{'name': 'v', 'kind': 'empty'}, {'name': 'v', 'kind': 'empty'}]}",
		"volumes[1].name: \"v\" is given more than once"},
	{"{'isolators': [{'name': 'x', 'value': 1}]}",
		"isolators[0].name: \"x\" is not a known isolator"},
	{"{'annotations': [{'name': 'a', 'value': '1'}, {'name': 'a', 'value': '1'}]}",
		"annotations[1].name: \"a\" is given more than once"},
	{PORT("'hostPort': 65536"), "ports[0].hostPort: 65536 is not in the range 0 to 65535"},
	{PORT("'hostPort': 80, 'hostIP': 'localhost'"),
		"ports[0].hostIP: \"localhost\" is not an IPv4 or IPv6 address"},
	{PORT("'hostPort': 80, 'podPort': {'name': 'p', 'protocol': 'tcp', 'port': 0}"),
		"ports[0].podPort.port: 0 is not in the range 1 to 65535"},
	{"{'ports': [{'name': 'P', 'hostPort': 80}]}",
		"ports[0].name: \"P\" is not an AC name (lower-case letters, digits, and '-' "
		"between them)"},
	{PORT("'hostPort': 80, 'podPort': {'name': 'p', 'port': 80}"),
		"ports[0].podPort.protocol: must be given"},
	{PORT("'hostPort': 80, 'podPort': {'name': 'p', 'protocol': 'tcp', 'port': 65535, "
	      "'count': 2}"),
		"ports[0].podPort.count: 2 ports from 65535 on go beyond port 65535"},
	{"{'userLabels': {'a': null}}", "userLabels.a: must be a string, not null"},
};

static void test_rules(void **state)
{
	(void)state;
	assert_refused(parse, MINIMAL, rules, ARRAY_LEN(rules));
}

/* A list that is too long is refused before memory is spent on it. */
static void test_ceiling(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *value = json_new(&arena, JSON_OBJECT), *volumes = json_new(&arena, JSON_ARRAY);
	_cleanup_free_ char *printed = NULL;
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT];

	(void)state;
	for (int i = 0; i < 4097; i++)
		volumes = json_append(volumes, json_new(&arena, JSON_OBJECT));
	value = json_add_text(&arena, value, "acKind", "PodManifest");
	value = json_add_text(&arena, value, "acVersion", "1.30.0");
	value = json_add(&arena, value, "volumes", volumes);
	assert_int_equal(json_print(value, false, &printed), 0);
	assert_int_equal(parse(printed, strlen(printed), &err), -EINVAL);
	assert_string_equal(error_message(&err, message, sizeof message),
		"volumes: 4097 entries are more than the 4096 that are accepted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
