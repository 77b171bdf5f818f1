/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/image/trees.h"

#include <fcntl.h>
#include "pod/test-fixture.h"

#define HEX16   "0123456789abcdef"
#define HEX64   HEX16 HEX16 HEX16 HEX16
#define LAYER_A "sha256-" HEX64
#define LAYER_B "sha512-" HEX64 HEX64
#define LAYER_C "sha512-" HEX64

static void written_and_read(void **state)
{
	static const char *layers[] = {LAYER_A, LAYER_B, LAYER_C};
	static const char want[] = "../../../cas/tree/" LAYER_C "/rootfs\0"
				   "../../../cas/tree/" LAYER_B "/rootfs\0"
				   "../../../cas/tree/" LAYER_A "/rootfs\0"
				   "../../../cas/skeleton";
	const Image image = {.layers = layers, .n_layers = ARRAY_LEN(layers)};
	Fixture *f = *state;
	Pod *pod = fixture_pod(f, "run");
	char *lowers, *upper, *work;
	size_t len;

	assert_int_equal(stage1_trees_write(pod, &image, NULL), 0);
	assert_int_equal(
		stage1_trees_lowers(pod, POD_STAGE1_TREES_FILE, true, &lowers, &len, NULL), 0);
	assert_int_equal(len, sizeof want);
	assert_memory_equal(lowers, want, sizeof want);
	assert_int_equal(stage1_trees_overlay(pod, &upper, &work, NULL), 0);
	assert_string_equal(upper, "overlay/" LAYER_A "/upper");
	assert_string_equal(work, "overlay/" LAYER_A "/work");
	free(lowers);
	free(upper);
	free(work);
	pod_free(pod);
}

static void one_with_a_newline(void **state)
{
	static const char want[] = "../../../cas/tree/" LAYER_C "/rootfs";
	Fixture *f = *state;
	Pod *pod = fixture_pod(f, "run");
	char *lowers;
	size_t len;

	fixture_write(pod, POD_STAGE1_TREES_FILE, LAYER_C "\n");
	assert_int_equal(
		stage1_trees_lowers(pod, POD_STAGE1_TREES_FILE, false, &lowers, &len, NULL), 0);
	assert_int_equal(len, sizeof want);
	assert_memory_equal(lowers, want, sizeof want);
	free(lowers);
	pod_free(pod);
}

static void names_of_no_layer(void **state)
{
	static const char *const bad[] = {
		"", "\n", "x", LAYER_A "\n..", LAYER_A "\n\n" LAYER_C, "../" LAYER_A};
	Fixture *f = *state;
	Pod *pod = fixture_pod(f, "run");
	char *upper, *work;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fixture_write(pod, POD_STAGE1_TREES_FILE, bad[i]);
		assert_int_equal(stage1_trees_overlay(pod, &upper, &work, NULL), -EINVAL);
	}
	pod_free(pod);
}

#define WITH_PODS(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_PODS(written_and_read),
		WITH_PODS(one_with_a_newline),
		WITH_PODS(names_of_no_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
