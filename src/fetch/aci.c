/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aci.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "fetch/download.h"
#include "fetch/local-file.h"
#include "fetch/pipeline.h"
#include "fetch/signature.h"
#include "store/import.h"

#define KEY_HEX_LEN 64 /* of the 128 digits of a SHA-512 */

/* One ACI on its way in. */
typedef struct AciImport {
	const FetchContext *context;
	const char *what;
	BlobImport *blob; /* the archive as it comes */
	LayerImport *tree;
	StrBuf manifest;
	bool has_manifest;
	Sink sink;     /* the pipeline, while it runs */
	int file;      /* local: the file to read */
	int64_t size;  /* local: its size */
	int signature; /* -1: none is wanted */
	Http *http;    /* remote: what to ask */
	const char *url;
	int row; /* remote: of the progress display */
} AciImport;

static void aci_import_done(AciImport *a)
{
	blob_import_free(a->blob);
	layer_import_free(a->tree);
	strbuf_done(&a->manifest);
	(void)fd_close(a->file);
	(void)fd_close(a->signature);
	http_free(a->http);
}

/* An UnpackOptions.file: keeps the manifest. What else stands beside rootfs/ is not ours to judge.
 */
static int take_file(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	AciImport *a = userdata;

	if (!streq(name, "manifest"))
		return 0;
	if (a->has_manifest)
		return fail(err, -EINVAL, "%s has two manifests", a->what);
	a->has_manifest = true;
	strbuf_add(&a->manifest, data, len);
	return a->manifest.error < 0 ? fail_oom(err) : 0;
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

static int produce_file(void *userdata, Sink sink, Error *err)
{
	AciImport *a = userdata;

	/* Where the filesystem can share the blocks, they are. What is then read is what is kept.
	 */
	if (ioctl(blob_import_fd(a->blob), FICLONE, a->file) == 0)
		return local_file_send(blob_import_fd(a->blob), 0, a->size, sink, err);
	a->sink = sink;
	return local_file_send(a->file, 0, a->size, (Sink){keep, a}, err);
}

static int keep_counted(void *userdata, const void *data, size_t len, Error *err)
{
	AciImport *a = userdata;

	progress_add(a->context->progress, a->row, len);
	return keep(a, data, len, err);
}

/* A Download.ask. */
static int ask(void *userdata, HttpRequest *request, HttpResponse *ret, Error *err)
{
	const AciImport *a = userdata;

	return http_request(a->http, request, ret, err);
}

static int produce_url(void *userdata, Sink sink, Error *err)
{
	AciImport *a = userdata;
	Download download = {.url = a->url,
		.max_body = a->context->max_bytes,
		.url_kept = true,
		.store = a->context->store,
		.progress = a->context->progress,
		.ask = ask,
		.userdata = a,
		.body = {keep_counted, a}};
	HttpResponse response;
	int r;

	a->sink = sink;
	r = download_run(&download, &response, err);
	if (r == 0 && response.status != HTTP_OK)
		r = fail(
			err, -EINVAL, "GET %s: bad HTTP status code: %ld", a->url, response.status);
	return r;
}

static int run_pipeline(AciImport *a, int (*produce)(void *userdata, Sink sink, Error *err),
	int64_t size, UnpackResult *ret, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	const FetchContext *context = a->context;
	char hex[DIGEST_HEX_MAX + 1];
	Pipeline pipeline = {
		.produce = produce,
		.userdata = a,
		.intake = {.size = size, .tar_kind = DIGEST_SHA512, .max_tar = context->max_bytes},
		.unpack = {.what = a->what,
			.strip = "rootfs",
			.limits = {.max_bytes = context->max_bytes,
				.max_entries = context->max_entries},
			.file = take_file,
			.file_max = IMAGE_MANIFEST_MAX,
			.userdata = a},
		.root_fd = layer_import_root(a->tree),
	};
	int r = pipeline_run(&pipeline, ret, hex, err);

	if (r == 0)
		(void)snprintf(ret_key, STORE_KEY_LEN + 1, "sha512-%.*s", KEY_HEX_LEN, hex);
	return r;
}

/* Whose image it is only its manifest says, so that this is the first moment for it; nothing of the
 * image can be seen yet. */
static int verify(const AciImport *a, const char *name, Error *err)
{
	if (a->signature < 0)
		return 0;
	return signature_verify(
		a->context, a->what, blob_import_fd(a->blob), a->signature, name, err);
}

static int check_manifest(const AciImport *a, Error *err)
{
	_cleanup_image_manifest_ ImageManifest *m = NULL;
	int r;

	if (!a->has_manifest)
		return fail(err, -EINVAL, "%s has no manifest: it is not an ACI", a->what);
	r = image_manifest_parse(strbuf_text(&a->manifest), a->manifest.len, &m, err);
	if (r < 0)
		return wrap(err, r, "invalid image manifest in %s", a->what);
	r = verify(a, m->name, err);
	if (r < 0)
		return r;
	if (m->n_dependencies > 0)
		return fail(err, -ENOTSUP,
			"%s depends on other images (%s), which is not supported yet", a->what,
			m->dependencies[0].image_name);
	return 0;
}

static int commit(
	AciImport *a, const char *key, uint64_t unpacked, const char *remote_ref, Error *err)
{
	ImageImport import = {
		.key = key,
		.format = IMAGE_ACI,
		.manifest_text = strbuf_text(&a->manifest),
		.manifest_len = a->manifest.len,
		.layers = &key,
		.n_layers = 1,
		.size = lseek(blob_import_fd(a->blob), 0, SEEK_END) + (int64_t)unpacked,
		.remote_ref = remote_ref,
	};
	int r = blob_import_commit(a->blob, key, err);

	if (r == 0)
		r = layer_import_commit(a->tree, key, (int64_t)unpacked, err);
	return r < 0 ? r : image_import(a->context->store, &import, err);
}

static int import_aci(AciImport *a, int (*produce)(void *userdata, Sink sink, Error *err),
	int64_t size, const char *remote_ref, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	char key[STORE_KEY_LEN + 1];
	UnpackResult unpacked;
	int r = blob_import_begin(a->context->store, &a->blob, err);

	if (r == 0)
		r = layer_import_begin(a->context->store, &a->tree, err);
	if (r == 0)
		r = run_pipeline(a, produce, size, &unpacked, key, err);
	if (r == 0)
		r = check_manifest(a, err);
	if (r == 0)
		r = commit(a, key, unpacked.bytes, remote_ref, err);
	if (r == 0)
		memcpy(ret_key, key, sizeof key);
	return r;
}

int aci_fetch_file(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_(aci_import_done) AciImport a = {.context = context,
		.manifest = STRBUF_INIT(IMAGE_MANIFEST_MAX),
		.file = -1,
		.signature = -1};
	_cleanup_free_ char *path = NULL;
	int r = path_absolute(ref->path, &path);

	if (r < 0)
		return fail_errno(err, r, "%s", ref->path);
	if (!context->skip_signatures) {
		a.signature = signature_open_file(context, path, err);
		if (a.signature < 0)
			return a.signature;
	}
	a.what = path;
	a.file = local_file_open(AT_FDCWD, path, &a.size, err);
	return a.file < 0 ? a.file : import_aci(&a, produce_file, a.size, NULL, ret_key, err);
}

int aci_fetch_url(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	/* Who spells http:// out gets it, without the option. */
	HttpOptions options = {.insecure_tls = context->insecure_tls,
		.allow_http = context->allow_http || startswith(ref->remote, "http:")};
	_cleanup_(aci_import_done) AciImport a = {.context = context,
		.manifest = STRBUF_INIT(IMAGE_MANIFEST_MAX),
		.file = -1,
		.signature = -1,
		.what = ref->remote,
		.url = ref->remote};
	int r;

	if (!context->skip_signatures)
		return fail(err, -ENOTSUP,
			"%s: signatures of downloads cannot be verified yet (try "
			"--insecure-options=image)",
			ref->remote);
	r = http_new(&options, &a.http, err);
	if (r < 0)
		return r;
	a.row = progress_start(context->progress, "ACI", -1);
	r = import_aci(&a, produce_url, -1, ref->remote, ret_key, err);
	progress_end(context->progress, a.row, r == 0);
	return r;
}
