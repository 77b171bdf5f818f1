/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test-import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"

int import_set_up(void **state)
{
	Scratch *s = calloc(1, sizeof *s);

	assert_non_null(s);
	fd_close(test_dir_make(s->path));
	assert_int_equal(store_open(&s->store, s->path, true, NULL), 0);
	*state = s;
	return 0;
}

int import_tear_down(void **state)
{
	Scratch *s = *state;

	store_done(&s->store);
	test_dir_remove(s->path);
	free(s);
	return 0;
}

int import_layer(const Store *s, const char *layer, const char *content, Error *err)
{
	_cleanup_layer_import_ LayerImport *l = NULL;
	int r;

	r = layer_import_begin(s, &l, err);
	if (r < 0)
		return r;
	r = fd_write_file(layer_import_root(l), "file", 0644, content, strlen(content), err);
	return r < 0 ? r : layer_import_commit(l, layer, (int64_t)strlen(content), err);
}

int import(Store *s, Spec spec, Error *err)
{
	static const char *const layers[] = {LAYER};
	_cleanup_free_ char *manifest = NULL;
	ImageImport i = {.key = spec.key,
		.format = IMAGE_OCI,
		.layers = layers,
		.n_layers = 1,
		.size = 42,
		.latest = spec.latest,
		.remote_ref = spec.remote};
	int r;

	assert_true(
		asprintf(&manifest,
			"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"%s\","
			"\"labels\":[{\"name\":\"os\",\"value\":\"linux\"},"
			"{\"name\":\"version\",\"value\":\"%s\"}]}",
			spec.name, spec.version) > 0);
	i.manifest_text = manifest;
	i.manifest_len = strlen(manifest);
	r = layer_exists(s, LAYER) ? 0 : import_layer(s, LAYER, "layer", err);
	return r < 0 ? r : image_import(s, &i, err);
}

const Spec spec_a = {KEY_A, "example.com/app", "1=%\\n", "docker://app", false};
const Spec spec_b = {KEY_B, "example.com/app", "2", NULL, false};

int blob_write(const Store *s, const char *name, const char *text, size_t len, Error *err)
{
	_cleanup_blob_import_ BlobImport *b = NULL;
	int r = blob_import_text(s, text, len, &b, err);

	return r < 0 ? r : blob_import_commit(b, name, err);
}
