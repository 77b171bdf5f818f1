/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/cni.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/cleanup.h"

static int parse_result(Arena *arena, const char *text, CniResult *ret, Error *err)
{
	Json *json;
	int r = json_parse(arena, text, strlen(text), "result", &json, err);

	return r < 0 ? r : cni_result_parse(json, arena, ret, err);
}

/* One result as each version has it. */
static void test_results(void **state)
{
	static const char *const forms[CNI_N_VERSIONS] = {
		[CNI_0_1_0] = "{\"cniVersion\":\"0.1.0\","
			      "\"ip4\":{\"ip\":\"10.0.0.2/24\",\"gateway\":\"10.0.0.1\","
			      "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.0.0.9\"}]},"
			      "\"ip6\":{\"ip\":\"fd00::2/64\",\"routes\":[{\"dst\":\"::/0\"}]},"
			      "\"dns\":{\"nameservers\":[\"10.0.0.53\"]}}",
		[CNI_0_3_1] = "{\"cniVersion\":\"0.3.1\","
			      "\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/ns\"}],"
			      "\"ips\":[{\"version\":\"4\",\"interface\":0,"
			      "\"address\":\"10.0.0.2/24\",\"gateway\":\"10.0.0.1\"},"
			      "{\"version\":\"6\",\"interface\":0,\"address\":\"fd00::2/64\"}],"
			      "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.0.0.9\"},"
			      "{\"dst\":\"::/0\"}],"
			      "\"dns\":{\"nameservers\":[\"10.0.0.53\"]}}",
		[CNI_1_1_0] = "{\"cniVersion\":\"1.1.0\","
			      "\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/ns\"}],"
			      "\"ips\":[{\"interface\":0,\"address\":\"10.0.0.2/24\","
			      "\"gateway\":\"10.0.0.1\"},"
			      "{\"interface\":0,\"address\":\"fd00::2/64\"}],"
			      "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.0.0.9\"},"
			      "{\"dst\":\"::/0\"}],"
			      "\"dns\":{\"nameservers\":[\"10.0.0.53\"]}}",
	};
	_cleanup_(arena_done) Arena arena = {0};
	CniResult full;

	assert_int_equal(parse_result(&arena, forms[CNI_1_1_0], &full, NULL), 0);
	for (int v = 0; v < CNI_N_VERSIONS; v++) {
		_cleanup_free_ char *text = NULL, *again = NULL;
		CniResult back;

		assert_int_equal(
			json_print(cni_result_print(&arena, &full, (CniVersion)v), false, &text),
			0);
		if (forms[v])
			assert_string_equal(text, forms[v]);
		assert_int_equal(parse_result(&arena, text, &back, NULL), 0);
		assert_int_equal(back.n_ips, 2);
		assert_int_equal(back.n_routes, 2);
		assert_int_equal(
			json_print(cni_result_print(&arena, &back, (CniVersion)v), false, &again),
			0);
		assert_string_equal(again, text);
	}
}

static void test_empty_result(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	CniResult result;

	assert_int_equal(parse_result(&arena, "{}", &result, NULL), 0);
	assert_int_equal(result.n_ips, 0);
	assert_int_equal(json_print(cni_result_print(&arena, &result, CNI_1_1_0), false, &text), 0);
	assert_string_equal(text, "{\"cniVersion\":\"1.1.0\",\"dns\":{}}");
}

typedef struct Refusal {
	const char *text, *message;
} Refusal;

static void expect_message(const Error *err, const char *message)
{
	char text[2 * ERROR_TEXT];

	(void)error_message(err, text, sizeof text);
	if (!strstr(text, message))
		fail_msg("\"%s\" does not have \"%s\"", text, message);
}

static void test_result_refusals(void **state)
{
	static const Refusal cases[] = {
		{"[]", "must be an object"},
		{"{\"cniVersion\":7}", "cniVersion: must be a string"},
		{"{\"cniVersion\":\"3\"}", "cniVersion: \"3\" is not a version that is known"},
		{"{\"ip4\":{}}", "ip4.ip: "},
		{"{\"cniVersion\":\"1.0.0\",\"ips\":[{}]}", "ips[0].address: "},
		{"{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"1\",\"interface\":-1}]}",
			"ips[0].interface: "},
		{"{\"cniVersion\":\"1.0.0\",\"routes\":[{\"gw\":\"1\"}]}", "routes[0].dst: "},
		{"{\"cniVersion\":\"1.0.0\",\"dns\":{\"search\":[1]}}", "dns.search[0]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(arena_done) Arena arena = {0};
		Error err = ERROR_INIT;
		CniResult result;

		assert_int_equal(parse_result(&arena, cases[i].text, &result, &err), -EINVAL);
		expect_message(&err, cases[i].message);
	}
}

static int parse_network(Arena *arena, const char *text, CniNetwork *ret, Error *err)
{
	return cni_network_parse(text, strlen(text), arena, ret, err);
}

static void test_networks(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	CniNetwork network;

	assert_int_equal(parse_network(&arena,
				 "{\"name\":\"a\",\"type\":\"ptp\",\"ipam\":{},"
				 "\"dns\":{\"nameservers\":[\"10.0.0.1\"],\"domain\":\"x\"}}",
				 &network, NULL),
		0);
	assert_int_equal(network.version, CNI_0_1_0);
	assert_int_equal(network.n_plugins, 1);
	assert_false(network.plugins[0].ipam.given);
	assert_int_equal(network.plugins[0].dns.n_nameservers, 1);
	assert_int_equal(parse_network(&arena,
				 "{\"cniVersion\":\"1.1.0\",\"name\":\"a\",\"plugins\":["
				 "{\"type\":\"ptp\",\"ipam\":{\"type\":\"static\"}},"
				 "{\"type\":\"tuning\"}]}",
				 &network, NULL),
		0);
	assert_int_equal(network.version, CNI_1_1_0);
	assert_int_equal(network.n_plugins, 2);
	assert_string_equal(network.plugins[0].ipam.type, "static");
	assert_string_equal(network.plugins[1].type, "tuning");
}

static void test_network_refusals(void **state)
{
	static const Refusal cases[] = {
		{"", "network configuration: line 1"},
		{"7", "must be an object"},
		{"{\"type\":\"ptp\"}", "name: a network must have a name"},
		{"{\"name\":\"../a\",\"type\":\"ptp\"}", "name: \"../a\" cannot be the name"},
		{"{\"name\":\".a\",\"type\":\"ptp\"}", "name: \".a\" cannot be the name"},
		{"{\"name\":\"a\"}", "type: "},
		{"{\"name\":\"a\",\"type\":\"../ptp\"}", "type: \"../ptp\" is not the name"},
		{"{\"name\":\"a\",\"type\":\"ptp\",\"ipam\":1}", "ipam: must be an object"},
		{"{\"name\":\"a\",\"type\":\"ptp\",\"ipam\":{\"x\":1}}", "ipam.type: "},
		{"{\"name\":\"a\",\"plugins\":{}}", "plugins: must be an array"},
		{"{\"name\":\"a\",\"plugins\":[{\"type\":\"ptp\"},{}]}", "plugins[1].type: "},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(arena_done) Arena arena = {0};
		Error err = ERROR_INIT;
		CniNetwork network;

		assert_int_equal(parse_network(&arena, cases[i].text, &network, &err), -EINVAL);
		expect_message(&err, cases[i].message);
	}
}

/* A plugin gets its own part, under the network's name and version. */
static void test_input(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	CniNetwork network;
	Json *previous = json_new(&arena, JSON_OBJECT);

	assert_int_equal(parse_network(&arena,
				 "{\"cniVersion\":\"1.0.0\",\"name\":\"a\",\"plugins\":["
				 "{\"type\":\"ptp\",\"capabilities\":{\"ips\":true},\"x\":[1,2],"
				 "\"prevResult\":{\"old\":1},\"y\":3}]}",
				 &network, NULL),
		0);
	assert_int_equal(
		json_print(cni_plugin_input(&arena, &network, &network.plugins[0], previous), false,
			&text),
		0);
	assert_string_equal(text,
		"{\"cniVersion\":\"1.0.0\",\"name\":\"a\",\"type\":\"ptp\",\"x\":[1,2],\"y\":3,"
		"\"prevResult\":{}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_empty_result),
		cmocka_unit_test(test_result_refusals),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_network_refusals),
		cmocka_unit_test(test_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
