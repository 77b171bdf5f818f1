/* SPDX-License-Identifier: Apache-2.0 */
#include "image/compare.h"

#include "base/fd.h"
#include "fetch/pipeline.h"
#include "image/archive.h"
#include "store/checksum.h"
#include "store/implicit-dirs.h"
#include "store/import.h"

/* An archive that is unpacked for comparison. */
typedef struct Comparison {
	const Store *store;
	const char *layer;
	LayerImport *fresh;
	StrList implicit; /* directories that no entry names */
	Arena arena;      /* of that */
} Comparison;

static void comparison_done(Comparison *c)
{
	layer_import_free(c->fresh);
	arena_done(&c->arena);
}

/* An UnpackOptions.file: only the root is wanted. */
static int pass_over(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	return 0;
}

/* An UnpackOptions.implicit. */
static int note_implicit(void *userdata, const char *path, Error *err)
{
	Comparison *c = userdata;
	const char *copy = arena_strdup(&c->arena, path);

	return !copy || str_list_add(&c->implicit, copy, &c->arena) < 0 ? fail_oom(err) : 0;
}

static int unpack(Comparison *c, Archive *archive, Error *err)
{
	char hex[DIGEST_HEX_MAX + 1];
	UnpackResult result;
	const Pipeline pipeline = {
		.produce = archive_produce,
		.userdata = archive,
		.intake = archive->intake,
		.unpack = {.what = c->layer,
			.strip = "rootfs",
			.limits = {.max_bytes = UINT64_MAX, .max_entries = UINT64_MAX},
			.file = pass_over,
			.file_max = IMAGE_MANIFEST_MAX,
			.implicit = note_implicit,
			.userdata = c},
		.root_fd = layer_import_root(c->fresh),
	};
	int r = pipeline_run(&pipeline, &result, hex, err);

	return r < 0 ? r : archive_check(c->layer, hex, err);
}

static int compare(const Comparison *c, bool note, Error *err)
{
	_cleanup_close_ int root = store_layer_open(c->store, c->layer, err);
	const View stored = {.layer_fds = &root, .n = 1};
	int fresh = layer_import_root(c->fresh);
	uint64_t wanted, found;
	int r = root < 0 ? root : implicit_dirs_adopt(fresh, &c->implicit, &stored, err);

	if (r == 0)
		r = tree_checksum(fresh, &wanted, NULL, err);
	if (r == 0)
		r = tree_checksum(root, &found, NULL, err);
	if (r == 0 && wanted != found)
		r = fail(err, -EBADMSG, "layer %s is damaged (it is not as in the archive)",
			c->layer);
	return r < 0 || !note ? r : layer_note_checksum(c->store, c->layer, found, err);
}

int layer_compare(const Store *s, const char *layer, bool note, Error *err)
{
	_cleanup_(comparison_done) Comparison c = {.store = s, .layer = layer};
	_cleanup_archive_ Archive archive = ARCHIVE_INIT;
	int r;

	if (store_layer_may_hide(layer) || startswith(layer, LAYER_RENDERED))
		return 1;
	r = archive_open(&archive, s, layer, err);
	if (r == -ENOENT) {
		error_clear(err);
		return 1;
	}
	if (r == 0)
		r = layer_import_begin(s, &c.fresh, err);
	if (r < 0)
		return r;
	/* What is wrong with the archive is told of the archive. */
	if (unpack(&c, &archive, NULL) < 0)
		return 1;
	return compare(&c, note, err);
}
