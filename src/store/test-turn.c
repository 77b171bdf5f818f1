/* SPDX-License-Identifier: Apache-2.0 */
#include "store/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/settle.h"
#include "store/test-archive.h"
#include "store/test-import.h"
#include "store/view-check.h"

/* A layer that is a tree, on disk, and the view of it. */
static LayerImport *turned(Scratch *s)
{
	LayerImport *l = NULL;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	/* Nothing of it is on disk yet. */
	assert_int_equal(layer_turn(&s->store, LAYER, &l, NULL), 0);
	assert_int_equal(store_settle(&s->store, NULL), 0);
	assert_int_equal(layer_turn(&s->store, LAYER, &l, NULL), 1);
	return l;
}

static void replaced(void **state)
{
	Scratch *s = *state;
	LayerImport *l = turned(s);

	assert_false(store_layer_is_view(&s->store, LAYER));
	assert_int_equal(layer_import_replace(l, LAYER, NULL), 1);
	(void)layer_import_free(l);
	assert_true(store_layer_is_view(&s->store, LAYER));
	assert_int_equal(layer_view_check(&s->store, LAYER, NULL), 0);
	free(test_shell("test -z \"$(ls -A %s/cas/tmp)\"", s->path));
	/* It is no tree any more. */
	assert_int_equal(layer_turn(&s->store, LAYER, &l, NULL), 0);
}

/* Its tree may have been on its way out while it was read. */
static void removed_and_brought_again(void **state)
{
	Scratch *s = *state;
	_cleanup_layer_import_ LayerImport *l = turned(s);

	free(test_shell("rm -r %s/cas/tree/" LAYER, s->path));
	assert_int_equal(layer_import_replace(l, LAYER, NULL), 0);
	assert_int_equal(import_layer(&s->store, LAYER, "layer", NULL), 0);
	assert_int_equal(layer_import_replace(l, LAYER, NULL), 0);
	assert_false(store_layer_is_view(&s->store, LAYER));
}

static void damaged(void **state)
{
	Scratch *s = *state;
	_cleanup_layer_import_ LayerImport *l = NULL;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(store_settle(&s->store, NULL), 0);
	free(test_shell("printf 'version=1\\ncrc64=0123456789abcdef\\n' >%s/cas/tree/" LAYER
			"/checksum",
		s->path));
	assert_int_equal(layer_turn(&s->store, LAYER, &l, NULL), -EBADMSG);
	assert_null(l);
	free(test_shell("test -z \"$(ls -A %s/cas/tmp)\"", s->path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_set_up, import_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replaced),
		TEST(removed_and_brought_again),
		TEST(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
