/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aci.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "fetch/aci-layers.h"
#include "fetch/local-file.h"
#include "fetch/pipeline.h"
#include "fetch/signature.h"
#include "store/import.h"

#define KEY_HEX_LEN 64 /* of the 128 digits of a SHA-512 */

/* One ACI on its way in. */
typedef struct AciImport {
	const FetchContext *context;
	const AciSource *source;
	BlobImport *blob; /* the archive as it comes */
	LayerImport *tree;
	StrBuf manifest;
	bool has_manifest;
	ImageManifest *parsed;
	UnpackOptions unpack;
	LayerIndex *index; /* of the tar, where the tree may become a view of that; else NULL */
	UnpackResult unpacked;
	StrList implicit; /* directories that no entry names */
	Arena arena;      /* of that */
	Sink sink;        /* the pipeline, while it runs */
} AciImport;

static void aci_import_done(AciImport *a)
{
	blob_import_free(a->blob);
	layer_import_free(a->tree);
	layer_index_free(a->index);
	strbuf_done(&a->manifest);
	image_manifest_free(a->parsed);
	arena_done(&a->arena);
}

/* An UnpackOptions.file: keeps the manifest. What else stands beside rootfs/ is not ours to judge.
 */
static int take_file(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	AciImport *a = userdata;

	if (!streq(name, "manifest"))
		return 0;
	if (a->has_manifest)
		return fail(err, -EINVAL, "%s has two manifests", a->source->what);
	a->has_manifest = true;
	strbuf_add(&a->manifest, data, len);
	return a->manifest.error < 0 ? fail_oom(err) : 0;
}

/* An UnpackOptions.implicit. */
static int note_implicit(void *userdata, const char *path, Error *err)
{
	AciImport *a = userdata;
	const char *copy = arena_strdup(&a->arena, path);

	return !copy || str_list_add(&a->implicit, copy, &a->arena) < 0 ? fail_oom(err) : 0;
}

/* A SinkWrite: the archive goes into the store and through the pipeline. */
static int keep(void *userdata, const void *data, size_t len, Error *err)
{
	AciImport *a = userdata;
	int r = fd_write(blob_import_fd(a->blob), data, len);

	if (r < 0)
		return fail_errno(err, r, "write to %s", a->context->store->path);
	return sink_write(&a->sink, data, len, err);
}

static int produce(void *userdata, Sink sink, Error *err)
{
	AciImport *a = userdata;
	const AciSource *source = a->source;

	a->sink = sink;
	if (source->file < 0)
		return source->produce(source->userdata, (Sink){keep, a}, err);
	/* Where the filesystem can share the blocks, they are. What is then read is what is kept.
	 */
	if (ioctl(blob_import_fd(a->blob), FICLONE, source->file) == 0)
		return local_file_send(blob_import_fd(a->blob), 0, source->size, sink, err);
	return local_file_send(source->file, 0, source->size, (Sink){keep, a}, err);
}

static int run_pipeline(AciImport *a, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	const FetchContext *context = a->context;
	char hex[DIGEST_HEX_MAX + 1];
	Pipeline pipeline = {
		.produce = produce,
		.userdata = a,
		.intake = {.size = a->source->file < 0 ? -1 : a->source->size,
			.tar_kind = DIGEST_SHA512,
			.max_tar = context->max_bytes},
		.unpack = {.what = a->source->what,
			.strip = "rootfs",
			.limits = {.max_bytes = context->max_bytes,
				.max_entries = context->max_entries},
			.file = take_file,
			.file_max = IMAGE_MANIFEST_MAX,
			.implicit = note_implicit,
			.userdata = a},
	};
	int r = pipeline_run_layer(
		&pipeline, a->tree, context->views, &a->index, &a->unpacked, hex, err);

	a->unpack = pipeline.unpack;
	if (r == 0)
		(void)snprintf(ret_key, STORE_KEY_LEN + 1, "sha512-%.*s", KEY_HEX_LEN, hex);
	return r;
}

/* What is put together with other images, or shows only some of its files, is changed, which a view
 * cannot be. */
static bool needs_tree(const ImageManifest *m)
{
	return m->n_dependencies > 0 || m->path_whitelist.n > 0;
}

/* Whose image it is only its manifest says, so that this is the first moment for it; nothing of the
 * image can be seen yet. */
static int verify(const AciImport *a, const char *name, Error *err)
{
	const AciSource *source = a->source;
	_cleanup_close_ int fd = -1;

	if (!source->signature)
		return 0;
	fd = source->signature(source->userdata, err);
	if (fd < 0)
		return fd;
	return signature_verify(a->context, source->what, blob_import_fd(a->blob), fd, name, err);
}

/* Whoever asked for an image by its name wants that one, whatever was found for it. */
static int check_identity(const AciSource *source, const ImageManifest *m, Error *err)
{
	if (!source->name)
		return 0;
	if (!streq(source->name, m->name))
		return fail(err, -EINVAL,
			"error when reading the app name: \"%s\" expected but \"%s\" found",
			source->name, m->name);
	for (size_t i = 0; i < source->labels->n; i++) {
		const NameValue *wanted = &source->labels->items[i];
		const char *value = name_values_find(&m->labels, wanted->name);

		if (!value)
			return fail(err, -EINVAL,
				"requested label \"%s\" not provided by the image manifest",
				wanted->name);
		if (!streq(value, wanted->value))
			return fail(err, -EINVAL,
				"requested value for label \"%s\": \"%s\" differs from fetched aci "
				"label value: \"%s\"",
				wanted->name, wanted->value, value);
	}
	return 0;
}

static int check_manifest(AciImport *a, const char *key, Error *err)
{
	const char *what = a->source->what;
	const Image *again = a->context->again;
	int r;

	if (again && !streq(again->key, key))
		return fail(err, -EBADMSG, "image hash does not match expected (%s != %s)", key,
			again->key);
	if (!a->has_manifest)
		return fail(err, -EINVAL, "%s has no manifest: it is not an ACI", what);
	r = image_manifest_parse(strbuf_text(&a->manifest), a->manifest.len, &a->parsed, err);
	if (r < 0)
		return wrap(err, r, "invalid image manifest in %s", what);
	r = check_identity(a->source, a->parsed, err);
	return r < 0 ? r : verify(a, a->parsed->name, err);
}

static int commit(AciImport *a, const char *key, const AciLayers *layers, Error *err)
{
	const HttpResponse *response = a->source->response;
	const Image *again = a->context->again;
	ImageImport import = {
		.key = key,
		.format = IMAGE_ACI,
		.manifest_text = strbuf_text(&a->manifest),
		.manifest_len = a->manifest.len,
		.layers = layers->names,
		.n_layers = layers->n,
		.size = lseek(blob_import_fd(a->blob), 0, SEEK_END) + layers->bytes,
		.latest = again ? again->latest : a->source->latest,
		.unnamed = a->context->unnamed,
		.remote_ref = a->source->remote_ref,
		.etag = response ? response->etag : NULL,
		.max_age = response ? response->max_age : 0,
	};
	int r = blob_import_commit(a->blob, key, err);

	return r < 0 ? r : image_import(a->context->store, &import, err);
}

int aci_import(const FetchContext *context, const AciSource *source,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_(aci_import_done) AciImport a = {
		.context = context, .source = source, .manifest = STRBUF_INIT(IMAGE_MANIFEST_MAX)};
	_cleanup_aci_layers_ AciLayers layers = {.n = 0};
	char key[STORE_KEY_LEN + 1];
	int r = blob_import_begin(context->store, &a.blob, err);

	if (r == 0)
		r = layer_import_begin(context->store, &a.tree, err);
	if (r == 0)
		r = run_pipeline(&a, key, err);
	if (r == 0)
		r = check_manifest(&a, key, err);
	if (r == 0)
		r = pipeline_finish_layer(&a.unpack, a.tree, a.index, key + strlen("sha512-"),
			needs_tree(a.parsed), &a.unpacked, err);
	if (r == 0)
		r = aci_layers_commit(context,
			&(OwnTree){source->what, key, a.parsed, a.tree, &a.implicit,
				(int64_t)a.unpacked.bytes},
			&layers, err);
	if (r == 0)
		r = commit(&a, key, &layers, err);
	if (r == 0)
		memcpy(ret_key, key, sizeof key);
	return r;
}

int aci_import_again(const FetchContext *context, const Image *image, Error *err)
{
	_cleanup_free_ char *blob = NULL;
	_cleanup_close_ int file = -1;
	AciSource source = {.what = image->key};
	FetchContext inner = *context;
	char key[STORE_KEY_LEN + 1];

	if (str_format(&blob, "blob/%s", image->key) < 0)
		return fail_oom(err);
	file = local_file_open(context->store->cas_fd, blob, &source.size, err);
	if (file < 0)
		return file;
	source.file = file;
	inner.again = image;
	inner.unnamed = image->manifest && !image_is_named(context->store, image);
	return aci_import(&inner, &source, key, err);
}
