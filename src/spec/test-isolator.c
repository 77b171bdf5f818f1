/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/app.h"

#include "spec/manifest-fixture.h"

#define MINIMAL "{'exec': ['/a'], 'user': '0', 'group': '0'}"

static int parse(const char *text, size_t len, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *value;
	App app;

	assert_int_equal(json_parse(&arena, text, len, "app", &value, NULL), 0);
	return app_parse(value, "app", &arena, &app, err);
}

#define ONE(name, value) "{'isolators': [{'name': '" name "', 'value': " value "}]}"

static const BrokenRule rules[] = {
	{"{'isolators': [{'value': 1}]}", "app.isolators[0].name: must be given"},
	{"{'isolators': [{'name': 'resource/cpu'}]}", "app.isolators[0].value: must be given"},
	{ONE("os/linux/foo", "1"),
		"app.isolators[0].name: \"os/linux/foo\" is not a known isolator"},
	{ONE("resource/cpu", "'1'"), "app.isolators[0].value: must be an object, not \"1\""},
	{ONE("resource/cpu", "{'default': true, 'limit': '1'}"),
		"app.isolators[0].value.default: must be false for \"resource/cpu\""},
	{ONE("resource/memory", "{'limit': '1X'}"),
		"app.isolators[0].value.limit: \"1X\" is not a quantity such as \"500m\", \"64M\" "
		"or \"1.5Gi\""},
	{ONE("resource/memory", "{'limit': true}"),
		"app.isolators[0].value.limit: must be a quantity such as \"500m\" or \"64M\", not "
		"true"},
	{ONE("resource/memory", "{'request': '-1'}"),
		"app.isolators[0].value.request: \"-1\" must not be negative"},
	{ONE("resource/memory", "{'limit': '10E'}"),
		"app.isolators[0].value.limit: \"10E\" is too large or too precise"},
	{ONE("resource/cpu", "{'limit': '1E'}"),
		"app.isolators[0].value.limit: \"1E\" is too large"},
	{ONE("resource/block-bandwidth", "{'limit': '1M'}"),
		"app.isolators[0].value.default: must be true for \"resource/block-bandwidth\""},
	{ONE("resource/block-iops", "{'default': true, 'limit': '1k', 'request': '1'}"),
		"app.isolators[0].value.request: is not supported for \"resource/block-iops\""},
	{ONE("resource/network-bandwidth", "{'default': true}"),
		"app.isolators[0].value.limit: must be given"},
	{ONE("resource/pids", "0"), "app.isolators[0].value: 0 is not in the range 1 to 4194304"},
	{ONE("os/linux/capabilities-retain-set",
		 "{'set': ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']}"),
		"app.isolators[0].value.set[0]: "
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\" is not a "
		"capability such as \"CAP_NET_ADMIN\""},
	{ONE("os/linux/capabilities-retain-set", "{'set': []}"),
		"app.isolators[0].value.set: must not be empty"},
	{ONE("os/linux/capabilities-remove-set", "{}"),
		"app.isolators[0].value.set: must be given"},
	{ONE("os/linux/capabilities-remove-set", "{'set': ['CAP KILL']}"),
		"app.isolators[0].value.set[0]: \"CAP KILL\" is not a capability such as "
		"\"CAP_NET_ADMIN\""},
	{ONE("os/linux/seccomp-retain-set", "{'set': ['a.b']}"),
		"app.isolators[0].value.set[0]: \"a.b\" is not a system call or a set such as "
		"\"@appc.io/all\""},
	{ONE("os/linux/seccomp-retain-set", "{'set': ['open'], 'errno': 'perm'}"),
		"app.isolators[0].value.errno: \"perm\" is not an error name such as \"EPERM\""},
	{ONE("os/linux/no-new-privileges", "'true'"),
		"app.isolators[0].value: must be true or false, not \"true\""},
	{ONE("os/linux/oom-score-adj", "1001"),
		"app.isolators[0].value: 1001 is not in the range -1000 to 1000"},
	{ONE("os/linux/cpu-shares", "1"),
		"app.isolators[0].value: 1 is not in the range 2 to 262144"},
	{ONE("os/linux/selinux-context", "{'user': 'u', 'role': 'r', 'type': 't'}"),
		"app.isolators[0].value.level: must be given"},
	{ONE("os/linux/apparmor-profile", "{}"), "app.isolators[0].value.profile: must be given"},
	{ONE("os/unix/sysctl", "{'a': 1}"), "app.isolators[0].value.a: must be a string, not 1"},
	{"{'isolators': [{'name': 'os/linux/cpu-shares', 'value': 2}, {'name': "
	 "'os/linux/cpu-shares', 'value': 2}]}",
		"app.isolators: isolator \"os/linux/cpu-shares\" may be given only once"},
	{"{'isolators': [{'name': 'os/linux/oom-score-adj', 'value': 2}, {'name': "
	 "'os/linux/oom-score-adj', 'value': "
	 "2}]}",
		"app.isolators: isolator \"os/linux/oom-score-adj\" may be given only once"},
	{"{'isolators': [{'name': 'os/linux/seccomp-retain-set', 'value': {'set': ['a']}},"
	 " {'name': 'os/linux/seccomp-remove-set', 'value': {'set': ['b']}}]}",
		"app.isolators: isolators \"os/linux/seccomp-retain-set\" and "
		"\"os/linux/seccomp-remove-set\" exclude "
		"each other"},
};

static void test_rules(void **state)
{
	(void)state;
	assert_refused(parse, MINIMAL, rules, ARRAY_LEN(rules));
}

static void test_one(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *value = from_quotes(&arena, "{'limit': '0.5', 'request': '250m'}");
	Isolator cpu = {0}, untouched = {.number = 5};
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT];

	(void)state;
	assert_int_equal(isolator_parse("resource/cpu", value, "--cpu", &arena, &cpu, &err), 0);
	assert_int_equal(cpu.kind, ISOLATOR_CPU);
	assert_int_equal(cpu.limit, 500);
	assert_int_equal(cpu.request, 250);
	assert_string_equal(
		cpu.value_json, "{\"default\":false,\"request\":\"250m\",\"limit\":\"500m\"}");
	assert_int_equal(
		isolator_parse("resource/gpu", value, "--gpu", &arena, &untouched, &err), -EINVAL);
	assert_string_equal(error_message(&err, message, sizeof message),
		"--gpu: \"resource/gpu\" is not a known isolator");
	assert_int_equal(isolator_parse("resource/pids", value, "--pids", &arena, &untouched, &err),
		-EINVAL);
	assert_string_equal(error_message(&err, message, sizeof message),
		"--pids: must be a whole number, not an object");
	assert_int_equal(untouched.number, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
