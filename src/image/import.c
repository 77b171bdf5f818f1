/* SPDX-License-Identifier: Apache-2.0 */
#include "image/import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/json.h"
#include "fetch/aci.h"
#include "fetch/local-file.h"
#include "fetch/pipeline.h"
#include "store/import.h"
#include "store/pack.h"
#include "store/view.h"

typedef struct Import {
	const char *manifest;
	size_t manifest_len;
	View view;
} Import;

/* The manifest of an image with this name, as JSON. */
static int make_manifest(const char *name, char **ret, size_t *ret_len, Error *err)
{
	static const char *exec[] = {"/bin/sh"};
	_cleanup_image_ref_ ImageRef *ref = NULL;
	ImageManifest m = {.ac_version = APPC_VERSION,
		.has_app = true,
		.app = {.exec = {exec, 1}, .user = "0", .group = "0"}};
	_cleanup_(arena_done) Arena arena = {0};
	int r = image_ref_parse(name, false, &ref, err);

	if (r < 0)
		return r;
	if (ref->kind != IMAGE_REF_NAME)
		return fail(err, -EINVAL, "\"%s\" is not a name for an image", name);
	m.name = ref->name;
	m.labels = ref->labels;
	if (json_print(image_manifest_to_json(&arena, &m), false, ret) < 0)
		return fail_oom(err);
	*ret_len = strlen(*ret);
	return 0;
}

/* A PackWrite, with a Sink. */
static int pass_on(void *userdata, const void *data, size_t len, Error *err)
{
	return sink_write(userdata, data, len, err);
}

/* An AciSource.produce. */
static int produce(void *userdata, Sink sink, Error *err)
{
	const Import *i = userdata;

	return pack_aci(i->manifest, i->manifest_len, &i->view, pass_on, &sink, err);
}

static int import_dir(const FetchContext *context, const char *source, const char *name, int dir,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_free_ char *manifest = NULL;
	Import i = {.view = {.layer_fds = &dir, .n = 1}};
	const AciSource aci = {.what = source, .file = -1, .produce = produce, .userdata = &i};
	int r = make_manifest(name, &manifest, &i.manifest_len, err);

	i.manifest = manifest;
	return r < 0 ? r : aci_import(context, &aci, ret_key, err);
}

typedef struct TarFile {
	int fd;
	int64_t size;
} TarFile;

/* A Pipeline.produce. */
static int send_file(void *userdata, Sink sink, Error *err)
{
	const TarFile *f = userdata;

	return local_file_send(f->fd, 0, f->size, sink, err);
}

/* A tar becomes a directory first: there are more kinds of tar than an ACI may be. */
static int import_tar(const FetchContext *context, const char *source, const char *name,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_layer_import_ LayerImport *tree = NULL;
	TarFile file = {.fd = -1};
	char hex[DIGEST_HEX_MAX + 1];
	UnpackResult result;
	Pipeline pipeline = {.produce = send_file,
		.userdata = &file,
		.unpack = {.what = source, .limits = {context->max_bytes, context->max_entries}}};
	int r = file.fd = local_file_open(AT_FDCWD, source, &file.size, err);

	if (r < 0)
		return r;
	pipeline.intake = (IntakeOptions){
		.size = file.size, .tar_kind = DIGEST_SHA256, .max_tar = context->max_bytes};
	r = layer_import_begin(context->store, &tree, err);
	if (r == 0) {
		pipeline.root_fd = layer_import_root(tree);
		r = pipeline_run(&pipeline, &result, hex, err);
	}
	if (r == 0)
		r = import_dir(context, source, name, pipeline.root_fd, ret_key, err);
	fd_close(file.fd);
	return r;
}

int image_import_root(const FetchContext *context, const char *source, const char *name,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_close_ int dir = fd_open_dir(AT_FDCWD, source);

	if (dir == -ENOTDIR)
		return import_tar(context, source, name, ret_key, err);
	return dir < 0 ? fail_errno(err, dir, "open %s", source)
		       : import_dir(context, source, name, dir, ret_key, err);
}
