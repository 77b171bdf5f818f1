/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stage1-choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void own_names(void **state)
{
	static const struct {
		const char *name;
		OwnStage1 want;
	} rows[] = {
		{"coreos.com/rkt/stage1-coreos", OWN_STAGE1_NATIVE},
		{"coreos.com/rkt/stage1-coreos:1.30.0", OWN_STAGE1_NATIVE},
		{"coreos.com/rkt/stage1-host,version=1.2.3", OWN_STAGE1_NATIVE},
		{"coreos.com/rkt/stage1-src", OWN_STAGE1_NATIVE},
		{"coreos.com/rkt/stage1-kvm:1.30.0", OWN_STAGE1_MISSING},
		{"coreos.com/rkt/stage1-fly", OWN_STAGE1_MISSING},
		{"coreos.com/rkt/stage1-", OWN_STAGE1_NONE},
		{"coreos.com/rkt/stage1-coreos2", OWN_STAGE1_NONE},
		{"coreos.com/rkt/stage1-core", OWN_STAGE1_NONE},
		{"coreos.com/stage1-coreos", OWN_STAGE1_NONE},
		{"stage1-coreos", OWN_STAGE1_NONE},
		{"", OWN_STAGE1_NONE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(own_stage1_by_name(rows[i].name, NULL), rows[i].want);
}

static void own_files(void **state)
{
	static const struct {
		const char *path;
		OwnStage1 want;
	} rows[] = {
		{"stage1-coreos.aci", OWN_STAGE1_NATIVE},
		{"/usr/lib/rkt/stage1-images/stage1-host.aci", OWN_STAGE1_NATIVE},
		{"./stage1-src.aci", OWN_STAGE1_NATIVE},
		{"stage1-kvm.aci", OWN_STAGE1_MISSING},
		{"/stage1-fly.aci", OWN_STAGE1_MISSING},
		{"stage1-coreos.aci/", OWN_STAGE1_NONE},
		{"stage1-coreos", OWN_STAGE1_NONE},
		{"stage1-coreos.aci.asc", OWN_STAGE1_NONE},
		{".aci", OWN_STAGE1_NONE},
		{"aci", OWN_STAGE1_NONE},
		{"", OWN_STAGE1_NONE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(own_stage1_by_file(rows[i].path, NULL), rows[i].want);
}

static void what_is_missing_is_said(void **state)
{
	Error err = ERROR_INIT;

	assert_int_equal(own_stage1_by_name("coreos.com/rkt/stage1-fly", &err), OWN_STAGE1_MISSING);
	assert_string_equal(err.frames[0].text,
		"stage1-fly, which runs its app in a chroot, with the namespaces of the host, is "
		"not there yet");
	error_clear(&err);
	assert_int_equal(own_stage1_by_file("stage1-coreos.aci", &err), OWN_STAGE1_NATIVE);
	assert_int_equal(err.n_frames, 0);
}

static void nothing_chosen_is_the_built_in_one(void **state)
{
	const GlobalOptions global = {.debug = false};
	const Fetch fetch = {.global = &global};
	const Stage1Choice none = {0};
	Image *image = NULL;

	assert_int_equal(stage1_choose(&none, &fetch, NULL, &image, NULL), 0);
	assert_null(image);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_names),
		cmocka_unit_test(own_files),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(nothing_chosen_is_the_built_in_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
