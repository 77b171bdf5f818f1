/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/takeover.h"

#include "base/strbuf.h"
#include "fetch/aci.h"
#include "fetch/image-policy.h"
#include "fetch/layers.h"
#include "fetch/signature.h"
#include "fetch/user-store.h"
#include "store/digest.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define NAME_SIZE     160 /* of a blob or layer */
#define PATH_SIZE     (NAME_SIZE + 32)

/* An image that is taken over. */
typedef struct Takeover {
	const FetchContext *context; /* in which it has to be the one that is wanted */
	const UserStore *store;
	const char *key, *what;
	uint64_t max_bytes; /* ceiling for an archive */
	int signature;      /* of an ACI, -1: none */
} Takeover;

/* An AciSource.produce. The file is not cloned: what the user does to it afterwards must not
 * matter. */
static int send_archive(void *userdata, Sink sink, Error *err)
{
	const Takeover *t = userdata;
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof path, "blob/%s", t->key);
	return user_store_send(t->store, path, t->max_bytes, sink, err);
}

/* An AciSource.signature. */
static int take_signature(void *userdata, Error *err)
{
	Takeover *t = userdata;

	return TAKE_FD(t->signature);
}

static int find_signature(const FetchContext *context, const char *key, Error *err)
{
	if (context->signature)
		return signature_open_file(context, key, err);
	(void)fail(err, -EKEYREJECTED, "it is an ACI, and has no signature");
	error_hint(err, "--signature=FILE names one, --insecure-options=image goes without");
	return -EKEYREJECTED;
}

/* context: what was asked for, without what a takeover adds to it. */
static int take_aci(Takeover *t, const FetchContext *context, Error *err)
{
	AciSource source = {.what = t->what, .file = -1, .produce = send_archive, .userdata = t};
	char key[STORE_KEY_LEN + 1];
	FetchContext inner = *t->context;
	int r = 0;

	if (!context->skip_signatures) {
		r = t->signature = find_signature(context, t->key, err);
		source.signature = take_signature;
		inner.unnamed = false;
	}
	return r < 0 ? r : aci_import(&inner, &source, key, err);
}

/* An ImageSource.blob: manifest and config, whose ceilings are those of who reads them. */
static int send_document(void *userdata, const OciDescriptor *blob, Sink sink, Error *err)
{
	const Takeover *t = userdata;
	char path[PATH_SIZE] = "blob/";

	layer_name(blob->digest, path + strlen(path), sizeof path - strlen(path));
	return user_store_send(t->store, path, MAX(OCI_CONFIG_MAX, OCI_MANIFEST_MAX), sink, err);
}

/* An ImageSource.layer. */
static int send_layer(void *userdata, const char *diff_id, Sink sink, Error *err)
{
	const Takeover *t = userdata;
	char path[PATH_SIZE], name[NAME_SIZE];

	layer_name(diff_id, name, sizeof name);
	(void)snprintf(path, sizeof path, "tree/%s/" LAYER_ARCHIVE, name);
	return user_store_send(t->store, path, t->max_bytes, sink, err);
}

/* The appc manifest, whose digest the ID of such an image is. */
static int read_manifest(const Takeover *t, ImageManifest **ret, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(IMAGE_MANIFEST_MAX);
	char path[PATH_SIZE], hex[DIGEST_HEX_MAX + 1];
	int r;

	(void)snprintf(path, sizeof path, "image/%s/manifest", t->key);
	r = user_store_send(t->store, path, IMAGE_MANIFEST_MAX, (Sink){sink_collect, &text}, err);
	if (r == 0)
		r = digest_buffer(DIGEST_SHA512, strbuf_text(&text), text.len, hex, err);
	if (r < 0)
		return r;
	if (!startswith(hex, t->key + strlen("sha512-")))
		return fail(err, -EBADMSG, "the manifest is not that of image %s", t->key);
	return image_manifest_parse(strbuf_text(&text), text.len, ret, err);
}

/* A digest that the manifest notes, as what a source is asked for. -ENOENT when it notes none. */
static int noted(const ImageManifest *m, const char *annotation, OciDescriptor *ret, Error *err)
{
	const char *digest = image_manifest_annotation(m, annotation);

	if (!digest)
		return -ENOENT;
	if (!oci_digest_valid(digest))
		return fail(err, -EINVAL, "invalid digest \"%s\"", digest);
	*ret = (OciDescriptor){.digest = digest, .size = -1};
	return 0;
}

/* One that has a manifest of its own, as registries and layouts have them. */
static int import_manifest(const OciImport *import, const OciDescriptor *manifest, Error *err)
{
	_cleanup_free_ char *text = NULL;
	char key[STORE_KEY_LEN + 1];
	size_t len;
	int r = image_source_read(
		import->source, manifest, true, OCI_MANIFEST_MAX, &text, &len, err);

	return r < 0 ? r : oci_image_import(import, text, len, MANIFEST_TYPE, key, err);
}

/* One that has only a config: its layers are those that this names. */
static int import_config(const OciImport *import, const OciDescriptor *config, Error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ OciDescriptor *layers = NULL;
	_cleanup_(oci_config_freep) OciConfig *parsed = NULL;
	OciManifest manifest = {.config = *config};
	char key[STORE_KEY_LEN + 1];
	size_t len;
	int r = image_source_read(import->source, config, false, OCI_CONFIG_MAX, &text, &len, err);

	if (r == 0)
		r = oci_config_parse(text, len, &parsed, err);
	if (r < 0)
		return r;
	layers = calloc(parsed->diff_ids.n + 1, sizeof *layers);
	if (!layers)
		return fail_oom(err);
	manifest.layers = layers;
	manifest.n_layers = parsed->diff_ids.n;
	return oci_image_import_config(import, &manifest, text, len, key, err);
}

/* Where it came from is asked of the manifest so that the same one is made again, not because
 * anybody believes it. */
static int take_oci(Takeover *t, const FetchContext *context, Error *err)
{
	const ImageSource source = {
		.what = t->what, .blob = send_document, .layer = send_layer, .userdata = t};
	_cleanup_image_manifest_ ImageManifest *m = NULL;
	OciImport import = {.context = t->context, .source = &source};
	OciDescriptor document;
	int r = image_policy_admit_unknown(context, "images of users", err);

	if (r == 0)
		r = read_manifest(t, &m, err);
	if (r < 0)
		return r;
	import.origin = (OciOrigin){
		.registry = image_manifest_annotation(m, "appc.io/docker/registryurl"),
		.repository = image_manifest_annotation(m, "appc.io/docker/repository"),
		.original_name = image_manifest_annotation(m, "appc.io/docker/originalname"),
		.tag = name_values_find(&m->labels, "version")};
	r = noted(m, "appc.io/docker/manifesthash", &document, err);
	if (r != -ENOENT)
		return r < 0 ? r : import_manifest(&import, &document, err);
	r = noted(m, "appc.io/docker/imageid", &document, err);
	if (r == -ENOENT)
		return fail(err, r, "nothing tells what the image was made of");
	return r < 0 ? r : import_config(&import, &document, err);
}

/* Only of ACIs there is an archive of the whole. */
static int take_any(Takeover *t, const FetchContext *context, Error *err)
{
	_cleanup_close_ int archive = -1;
	char path[PATH_SIZE];
	int64_t size;

	(void)snprintf(path, sizeof path, "blob/%s", t->key);
	archive = user_store_open(t->store, path, t->max_bytes, &size, err);
	if (archive == -ENOENT)
		return take_oci(t, context, err);
	return archive < 0 ? archive : take_aci(t, context, err);
}

/* What is looked for. */
typedef struct Search {
	const FetchContext *context;
	char prefix[STORE_KEY_LEN + 1];
	char key[STORE_KEY_LEN + 1];
	int result;
	Error err; /* why */
} Search;

static int take(const Search *search, const UserStore *store, const char *key, Error *err)
{
	FetchContext context = *search->context;
	Image wanted = {.latest = false};
	Takeover t = {.context = &context,
		.store = store,
		.key = key,
		.max_bytes = context.max_bytes,
		.signature = -1};
	_cleanup_free_ char *what = NULL;
	int r;

	if (str_format(&what, "image %s of user %u", key, store->uid) < 0)
		return fail_oom(err);
	memcpy(wanted.key, key, sizeof wanted.key);
	context.again = &wanted;
	context.unnamed = true;
	t.what = what;
	progress_note(context.progress, "taking over image %s from user %u", key, store->uid);
	r = take_any(&t, search->context, err);
	fd_close(t.signature);
	return r < 0 ? wrap(err, r, "cannot take over %s", what) : 0;
}

/* 1 when the image has been taken over. What is wrong with one user's does not keep another's from
 * being tried. */
static int visit(void *userdata, const UserStore *store, Error *err)
{
	Search *search = userdata;
	int r = user_store_find(store, search->prefix, search->key, NULL);

	if (r < 0)
		return 0;
	error_clear(&search->err);
	search->result = take(search, store, search->key, &search->err);
	return search->result == 0;
}

int takeover_fetch(const FetchContext *context, const char *typed,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	Search search = {.context = context, .result = -ENOENT};
	int r = 0;

	(void)fail(&search.err, -ENOENT, "no image IDs found");
	(void)snprintf(search.prefix, sizeof search.prefix, "%s", typed);
	if (strlen(search.prefix) >= TAKEOVER_KEY_MIN)
		r = user_stores_visit(context->data_dir, visit, &search, err);
	else
		error_hint(&search.err, "for an image of a user it takes %d digits of its ID",
			TAKEOVER_KEY_MIN - (int)strlen("sha512-"));
	if (r < 0)
		return r;
	if (search.result < 0 && err)
		*err = search.err;
	if (search.result == 0)
		memcpy(ret_key, search.key, sizeof search.key);
	return search.result;
}
