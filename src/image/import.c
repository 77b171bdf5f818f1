/* SPDX-License-Identifier: Apache-2.0 */
#include "image/import.h"

#include <fcntl.h>
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "fetch/aci.h"
#include "fetch/local-file.h"
#include "fetch/pipeline.h"
#include "image/import-kind.h"
#include "store/import.h"
#include "store/pack.h"
#include "store/view-program.h"

typedef struct Import {
	char *text; /* the manifest */
	size_t len;
	ImageManifest *manifest; /* the same */
	View view;
} Import;

static void import_done(Import *i)
{
	image_manifest_free(i->manifest);
	free(i->text);
}

static int split_environment(const StrList *list, Arena *arena, NameValues *ret, Error *err)
{
	NameValue *items = arena_new(arena, NameValue, list->n + 1);

	if (!items)
		return fail_oom(err);
	for (size_t i = 0; i < list->n; i++) {
		const char *text = list->items[i], *equals = strchrnul(text, '=');
		char *name = arena_strndup(arena, text, (size_t)(equals - text));

		if (!name)
			return fail_oom(err);
		if (!*equals || !app_env_name_valid(name))
			return fail(err, -EINVAL, "--environment=%s: must be NAME=VALUE", text);
		if (name_values_find(&(NameValues){items, i}, name))
			return fail(err, -EINVAL, "--environment=%s: %s is set twice", text, name);
		items[i] = (NameValue){name, equals + 1};
	}
	*ret = (NameValues){items, list->n};
	return 0;
}

static int make_exec(const ImportSpec *spec, Arena *arena, StrList *ret, Error *err)
{
	int r;

	if (spec->exec && !*spec->exec)
		return fail(err, -EINVAL, "--exec names no program");
	r = str_list_add(ret, spec->exec ? spec->exec : "/bin/sh", arena);
	for (size_t i = 0; r == 0 && i < spec->args.n; i++)
		r = str_list_add(ret, spec->args.items[i], arena);
	return r < 0 ? fail_oom(err) : 0;
}

static int make_app(const ImportSpec *spec, Arena *arena, App *ret, Error *err)
{
	const struct {
		const char *name, *value;
	} words[] = {{"user", spec->user}, {"group", spec->group}};
	int r = make_exec(spec, arena, &ret->exec, err);

	if (r == 0)
		r = split_environment(&spec->environment, arena, &ret->environment, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(words); i++)
		if (words[i].value && !*words[i].value)
			r = fail(err, -EINVAL, "--%s must not be empty", words[i].name);
	if (r == 0 && spec->working_dir && *spec->working_dir != '/')
		r = fail(err, -EINVAL, "--working-dir=%s: must be an absolute path",
			spec->working_dir);
	ret->user = spec->user ? spec->user : "0";
	ret->group = spec->group ? spec->group : "0";
	ret->working_directory = spec->working_dir;
	return r;
}

/* The manifest of the image, as JSON. */
static int print_manifest(const ImageRef *ref, const ImportSpec *spec, Import *i, Error *err)
{
	ImageManifest m = {.ac_version = APPC_VERSION,
		.name = ref->name,
		.labels = ref->labels,
		.has_app = true};
	_cleanup_(arena_done) Arena arena = {0};
	int r = make_app(spec, &arena, &m.app, err);

	if (r < 0)
		return r;
	if (json_print(image_manifest_to_json(&arena, &m), false, &i->text) < 0)
		return fail_oom(err);
	i->len = strlen(i->text);
	return 0;
}

/* Everything that can be said without a look at the source. */
static int make_manifest(const ImportSpec *spec, Import *i, Error *err)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;
	int r = image_ref_parse(spec->name, false, &ref, err);

	if (r < 0)
		return r;
	if (ref->kind != IMAGE_REF_NAME)
		return fail(err, -EINVAL, "\"%s\" is not a name for an image", spec->name);
	r = print_manifest(ref, spec, i, err);
	if (r < 0)
		return r;
	r = image_manifest_parse(i->text, i->len, &i->manifest, err);
	return r < 0 ? wrap(err, r, "no image can be \"%s\"", spec->name) : 0;
}

static int check_exec(const ImportSpec *spec, const Import *i, Error *err)
{
	const App *app = &i->manifest->app;
	const char *name = app->exec.items[0];
	_cleanup_free_ char *path = NULL;
	int r;

	if (!strchr(name, '/')) {
		r = view_find_program(&i->view, app, name, &path, err);
		return r < 0 ? wrap(err, r, "--exec=%s: look for it in %s", name, spec->source) : 0;
	}
	if (program_path(app, name, &path) < 0)
		return fail_oom(err);
	r = view_check_program(&i->view, path);
	if (r == -EACCES)
		return fail(err, r, "--exec=%s: it is no program that can be executed", name);
	return r < 0 ? fail_errno(err, r, "--exec=%s: look for it in %s", name, spec->source) : 0;
}

/* A program that was asked for and that is not there is a mistake; the default is nobody's wish.
 * Where it is missing, too, because the source is no root filesystem but holds an image, that is
 * told. */
static int check_source(const ImportSpec *spec, const Import *i, bool is_tar, Error *err)
{
	int r = check_exec(spec, i, err);

	if (r == 0)
		return 0;
	if (!spec->exec)
		error_clear(err);
	if (import_check_kind(&i->view, spec, is_tar, err) < 0)
		return -EINVAL;
	return spec->exec ? r : 0;
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

	return pack_aci(i->text, i->len, &i->view, (TreeIds){0}, pass_on, &sink, err);
}

static int import_dir(const FetchContext *context, const ImportSpec *spec, Import *i, int dir,
	bool is_tar, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	const AciSource aci = {.what = spec->source, .file = -1, .produce = produce, .userdata = i};
	int r;

	i->view = (View){.layer_fds = &dir, .n = 1};
	r = check_source(spec, i, is_tar, err);
	return r < 0 ? r : aci_import(context, &aci, ret_key, err);
}

typedef struct TarFile {
	int fd;
	int64_t size; /* -1: as much as comes */
} TarFile;

/* A Pipeline.produce. */
static int send_file(void *userdata, Sink sink, Error *err)
{
	const TarFile *f = userdata;

	return f->size < 0 ? local_stream_send(f->fd, sink, err)
			   : local_file_send(f->fd, 0, f->size, sink, err);
}

static int open_tar(const ImportSpec *spec, TarFile *ret, Error *err)
{
	if (!spec->streamed)
		ret->fd = local_file_open(AT_FDCWD, spec->source, &ret->size, err);
	else if (isatty(STDIN_FILENO))
		return fail(
			err, -EINVAL, "the standard input is a terminal: no tar comes from there");
	else
		*ret = (TarFile){.fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), .size = -1};
	return ret->fd;
}

/* A tar becomes a directory first: there are more kinds of tar than an ACI may be. */
static int import_tar(const FetchContext *context, const ImportSpec *spec, Import *i,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_layer_import_ LayerImport *tree = NULL;
	TarFile file = {.fd = -1};
	char hex[DIGEST_HEX_MAX + 1];
	UnpackResult result;
	Pipeline pipeline = {.produce = send_file,
		.userdata = &file,
		.unpack = {.what = spec->source,
			.limits = {context->max_bytes, context->max_entries}}};
	int r = open_tar(spec, &file, err);

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
		r = import_dir(context, spec, i, pipeline.root_fd, true, ret_key, err);
	fd_close(file.fd);
	return r;
}

/* What is read must not grow with what is written. */
static int check_place(const FetchContext *context, const ImportSpec *spec, Error *err)
{
	_cleanup_free_ char *source = realpath(spec->source, NULL),
			    *cas = realpath(context->store->path, NULL);

	if (!source || !cas || !path_contains(source, cas))
		return 0;
	return fail(err, -EINVAL,
		"%s holds the images that rkt stores, and would be imported into itself",
		spec->source);
}

int image_import_root(const FetchContext *context, const ImportSpec *spec,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_close_ int dir = spec->streamed ? -ENOTDIR : fd_open_dir(AT_FDCWD, spec->source);
	_cleanup_(import_done) Import i = {.text = NULL};
	int r = dir < 0 && dir != -ENOTDIR ? fail_errno(err, dir, "open %s", spec->source)
					   : make_manifest(spec, &i, err);

	if (r == 0 && dir >= 0)
		r = check_place(context, spec, err);
	if (r < 0)
		return r;
	return dir < 0 ? import_tar(context, spec, &i, ret_key, err)
		       : import_dir(context, spec, &i, dir, false, ret_key, err);
}
