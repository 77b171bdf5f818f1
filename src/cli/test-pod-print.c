/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pod-print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define UUID "7711aa02-6b1f-4d0e-9c55-1d2d3d4d5d6d"

static void expect(const PodInfo *info, const char *text)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *json = NULL;
	_cleanup_free_ char *printed = NULL;

	assert_int_equal(pod_to_json(&arena, info, &json, NULL), 0);
	assert_int_equal(json_print(json, false, &printed), 0);
	assert_string_equal(printed, text);
}

static void test_prepared(void **state)
{
	AppInfo app = {.name = "busybox",
		.state = APP_CREATED,
		.created_at = INT64_C(1795294846594236092),
		.image_id = "sha512-e213"};
	PodInfo info = {.uuid = UUID,
		.state = POD_PREPARED,
		.created_at = INT64_C(1795294846594236092),
		.apps = &app,
		.n_apps = 1};

	expect(&info, "{\"name\":\"" UUID "\",\"state\":\"prepared\",\"app_names\":[\"busybox\"],"
		      "\"apps\":[{\"name\":\"busybox\",\"state\":\"created\","
		      "\"created_at\":1795294846594236092,\"image_id\":\"sha512-e213\"}],"
		      "\"created_at\":1795294846}");
}

static void test_exited(void **state)
{
	NameValue label = {.name = "l", .value = "<1>"};
	AppMountInfo mount = {
		.name = "v", .container_path = "/c", .host_path = "/h", .read_only = true};
	AppInfo app = {.name = "job",
		.state = APP_EXITED,
		.created_at = 1,
		.started_at = 2,
		.finished_at = 3,
		.has_exit_code = true,
		.image_id = "sha512-1",
		.mounts = &mount,
		.n_mounts = 1,
		.user_labels = {.items = &label, .n = 1}};
	PodNetwork net = {.net_name = (char *)"default",
		.net_conf = (char *)"net/99-default.conf",
		.plugin_path = (char *)"ptp",
		.if_name = (char *)"eth0",
		.ip = (char *)"172.16.28.3",
		.args = (char *)"",
		.mask = (char *)"255.255.255.0"};
	PodInfo info = {.uuid = UUID,
		.state = POD_EXITED,
		.created_at = INT64_C(1504260672345000000),
		.started_at = INT64_C(1504260673900000000),
		.networks = &net,
		.n_networks = 1,
		.apps = &app,
		.n_apps = 1,
		.user_annotations = {.items = &label, .n = 1}};

	expect(&info,
		"{\"name\":\"" UUID
		"\",\"state\":\"exited\",\"networks\":[{\"netName\":\"default\","
		"\"netConf\":\"net/99-default.conf\",\"pluginPath\":\"ptp\",\"ifName\":\"eth0\","
		"\"ip\":\"172.16.28.3\",\"args\":\"\",\"mask\":\"255.255.255.0\"}],"
		"\"app_names\":[\"job\"],\"apps\":[{\"name\":\"job\",\"state\":\"exited\","
		"\"created_at\":1,\"started_at\":2,\"finished_at\":3,\"exit_code\":0,"
		"\"image_id\":\"sha512-1\",\"mounts\":[{\"name\":\"v\",\"container_path\":\"/c\","
		"\"host_path\":\"/"
		"h\",\"read_only\":true}],\"user_labels\":{\"l\":\"\\u003c1\\u003e\"}}],"
		"\"created_at\":1504260672,\"started_at\":1504260673,"
		"\"user_annotations\":{\"l\":\"\\u003c1\\u003e\"}}");
}

static void test_without_creation_time(void **state)
{
	PodInfo info = {.uuid = UUID, .state = POD_PREPARING};
	Error err = ERROR_INIT;
	_cleanup_(arena_done) Arena arena = {0};
	Json *json = NULL;

	assert_int_equal(pod_to_json(&arena, &info, &json, &err), -EINVAL);
	assert_null(json);
	assert_non_null(strstr(err.frames[0].text, "invalid creation time"));
}

static void test_networks(void **state)
{
	PodNetwork nets[] = {
		{.net_name = (char *)"a", .ip = (char *)"10.0.0.1"},
		{.net_name = (char *)"b", .ip = (char *)"10.0.1.1", .ip6 = (char *)"fd00::1"},
		{.net_name = (char *)"c", .ip = (char *)"", .ip6 = (char *)"fd00::2"},
		{.net_name = (char *)"d", .ip = (char *)"", .ip6 = (char *)""},
	};
	PodInfo info = {.networks = nets, .n_networks = 4};
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(1000);

	pod_put_networks(&info, &out);
	assert_string_equal(strbuf_text(&out),
		"a:ip4=10.0.0.1, b:ip4=10.0.1.1, b:ip6=fd00::1, c:ip6=fd00::2, d:ip4=");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prepared),
		cmocka_unit_test(test_exited),
		cmocka_unit_test(test_without_creation_time),
		cmocka_unit_test(test_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
