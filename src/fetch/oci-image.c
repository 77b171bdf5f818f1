/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/oci-image.h"

#include "fetch/http.h"
#include "fetch/layers.h"
#include "spec/oci-schema1.h"
#include "store/digest.h"
#include "store/dir-layer.h"
#include "store/import.h"

#define INDEX_DEPTH_MAX (OCI_DOCUMENTS_MAX - 1)
#define KEY_HEX_LEN     64
#define SHA256_TEXT     (7 + 64 + 1)

#define _cleanup_manifest_   _cleanup_(oci_manifest_freep)
#define _cleanup_oci_config_ _cleanup_(oci_config_freep)

static int sha256_text(const char *data, size_t len, char ret[static SHA256_TEXT], Error *err)
{
	char hex[DIGEST_HEX_MAX + 1];
	int r = digest_buffer(DIGEST_SHA256, data, len, hex, err);

	if (r == 0)
		(void)snprintf(ret, SHA256_TEXT, "sha256:%.64s", hex);
	return r;
}

static int check_layers(
	const OciImport *import, const OciManifest *manifest, const OciConfig *config, Error *err)
{
	if (manifest->n_layers != config->diff_ids.n)
		return fail(err, -EINVAL, "%s: the manifest has %zu layers but the config %zu",
			import->source->what, manifest->n_layers, config->diff_ids.n);
	if (manifest->n_layers > STORE_LAYERS_MAX)
		return fail(err, -EINVAL, "%s: %zu layers are more than the allowed %d",
			import->source->what, manifest->n_layers, STORE_LAYERS_MAX);
	return 0;
}

/* The layer that shows directories as they should look, where one is needed and there is room for
 * it. */
static int add_dir_layer(const OciImport *import, StrList *layers, Arena *arena, Error *err)
{
	char name[LAYER_CHAIN_NAME];
	int r = 0;

	if (layers->n < STORE_LAYERS_MAX)
		r = dir_layer_make(import->context->store, layers->items, layers->n, name, err);
	if (r <= 0)
		return r;
	layers->items[layers->n] = arena_strdup(arena, name);
	return layers->items[layers->n++] ? 0 : fail_oom(err);
}

/* The names of the layers in the store, and what they take on disk. */
static int name_layers(const OciImport *import, const OciConfig *config, Arena *arena, StrList *ret,
	int64_t *ret_bytes, Error *err)
{
	const char **names = arena_new(arena, const char *, config->diff_ids.n + 1);
	int64_t bytes = 0;

	if (!names)
		return fail_oom(err);
	for (size_t i = 0; i < config->diff_ids.n; i++) {
		char name[160];
		LayerInfo info;
		int r;

		layer_name(config->diff_ids.items[i], name, sizeof name);
		names[i] = arena_strdup(arena, name);
		if (!names[i])
			return fail_oom(err);
		r = store_layer_info(import->context->store, name, &info, err);
		if (r < 0)
			return r;
		bytes += info.bytes;
	}
	*ret = (StrList){names, config->diff_ids.n};
	*ret_bytes = bytes;
	return add_dir_layer(import, ret, arena, err);
}

static int image_key(const char *json, char ret[static STORE_KEY_LEN + 1], Error *err)
{
	char hex[DIGEST_HEX_MAX + 1];
	int r = digest_buffer(DIGEST_SHA512, json, strlen(json), hex, err);

	if (r == 0)
		(void)snprintf(ret, STORE_KEY_LEN + 1, "sha512-%.*s", KEY_HEX_LEN, hex);
	return r;
}

static int commit(const OciImport *import, const OciConfig *config, const char *json,
	int64_t document_bytes, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	const Image *again = import->context->again;
	_cleanup_(arena_done) Arena arena = {0};
	char key[STORE_KEY_LEN + 1];
	StrList layers = {0};
	int64_t layer_bytes = 0;
	ImageImport image = {
		.key = key,
		.format = IMAGE_OCI,
		.manifest_text = json,
		.manifest_len = strlen(json),
		.latest = again ? again->latest : import->latest,
		.unnamed = import->context->unnamed,
		.remote_ref = import->remote_ref,
	};
	int r = name_layers(import, config, &arena, &layers, &layer_bytes, err);

	if (r == 0)
		r = image_key(json, key, err);
	if (r < 0)
		return r;
	image.layers = layers.items;
	image.n_layers = layers.n;
	image.size = document_bytes + layer_bytes;
	r = image_import(import->context->store, &image, err);
	if (r == 0)
		memcpy(ret_key, key, sizeof key);
	return r;
}

/* The manifest and config of an image as they came, for the store to keep. */
typedef struct Documents {
	const char *manifest; /* NULL when nobody has written one */
	size_t manifest_len;
	char manifest_digest[SHA256_TEXT];
	const char *config;
	size_t config_len;
	char config_digest[SHA256_TEXT];
} Documents;

/* The same on their way into the store. */
typedef struct DocumentBlobs {
	BlobImport *manifest, *config;
} DocumentBlobs;

static void document_blobs_done(DocumentBlobs *b)
{
	(void)blob_import_free(b->manifest);
	(void)blob_import_free(b->config);
}

static int write_documents(
	const OciImport *import, const Documents *d, DocumentBlobs *ret, Error *err)
{
	const Store *s = import->context->store;
	int r = 0;

	if (d->manifest)
		r = blob_import_text(s, d->manifest, d->manifest_len, &ret->manifest, err);
	return r < 0 ? r : blob_import_text(s, d->config, d->config_len, &ret->config, err);
}

static int commit_documents(const Documents *d, const DocumentBlobs *blobs, Error *err)
{
	char name[160];
	int r = 0;

	if (blobs->manifest) {
		layer_name(d->manifest_digest, name, sizeof name);
		r = blob_import_commit(blobs->manifest, name, err);
	}
	layer_name(d->config_digest, name, sizeof name);
	return r < 0 ? r : blob_import_commit(blobs->config, name, err);
}

/* A broken connection or a busy server is no fault of the image: what came is worth keeping for the
 * next attempt. */
static bool is_network_failure(int r)
{
	return http_error_is_network(r) || r == -EBUSY;
}

static int import_layers(const OciImport *import, const OciManifest *manifest,
	const OciConfig *config, const Documents *d, const char *json,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_free_ bool *added = calloc(manifest->n_layers + 1, sizeof *added);
	_cleanup_(document_blobs_done) DocumentBlobs blobs = {NULL};
	LayerSet set = {.context = import->context,
		.source = import->source,
		.layers = manifest->layers,
		.diff_ids = config->diff_ids.items,
		.n = manifest->n_layers,
		.added = added};
	int r;

	if (!added)
		return fail_oom(err);
	r = write_documents(import, d, &blobs, err);
	if (r == 0)
		r = layers_fetch(&set, err);
	if (r == 0)
		r = commit_documents(d, &blobs, err);
	if (r == 0)
		r = commit(import, config, json, (int64_t)(d->manifest_len + d->config_len),
			ret_key, err);
	if (r < 0 && !is_network_failure(r))
		layers_discard(&set);
	return r;
}

/* Whether it is the image that is wanted, where it is known which. */
static int check_key(const OciImport *import, const char *json, Error *err)
{
	const Image *again = import->context->again;
	char key[STORE_KEY_LEN + 1];
	int r = again ? image_key(json, key, err) : 0;

	if (r == 0 && again && !streq(again->key, key))
		r = fail(err, -EBADMSG, "%s: it is another image now: %s instead of %s",
			import->source->what, key, again->key);
	return r;
}

static int import_parts(const OciImport *import, const OciManifest *manifest, const Documents *d,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_oci_config_ OciConfig *config = NULL;
	_cleanup_free_ char *json = NULL;
	OciOrigin origin = import->origin;
	int r = oci_config_parse(d->config, d->config_len, &config, err);

	if (r < 0)
		return wrap(err, r, "invalid image config in %s", import->source->what);
	r = check_layers(import, manifest, config, err);
	if (r < 0)
		return r;
	origin.manifest_digest = d->manifest ? d->manifest_digest : NULL;
	origin.image_id = d->config_digest;
	/* Before the layers: what cannot become an rkt image need not be downloaded. */
	r = oci_to_appc(config, manifest, &origin, &json, err);
	if (r < 0)
		return wrap(err, r, "cannot convert %s", import->source->what);
	r = check_key(import, json, err);
	return r < 0 ? r : import_layers(import, manifest, config, d, json, ret_key, err);
}

int oci_image_import_config(const OciImport *import, const OciManifest *manifest,
	const char *config, size_t config_len, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	Documents d = {.config = config, .config_len = config_len};
	int r = sha256_text(config, config_len, d.config_digest, err);

	return r < 0 ? r : import_parts(import, manifest, &d, ret_key, err);
}

/* With the layers here their diff ids are known, and with these there can be a config. */
static int import_schema1_layers(const OciImport *import, Schema1Manifest *manifest,
	const LayerSet *set, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	OciManifest layers = {.layers = manifest->layers, .n_layers = manifest->n_layers};
	_cleanup_free_ const char **ids = calloc(set->n + 1, sizeof *ids);
	_cleanup_free_ char *config = NULL;
	int r = layers_fetch(set, err);

	if (r < 0)
		return r;
	if (!ids)
		return fail_oom(err);
	for (size_t i = 0; i < set->n; i++)
		ids[i] = set->found[i];
	r = schema1_config(manifest, ids, &config);
	if (r < 0)
		return fail_errno(
			err, r, "cannot make a config of the manifest of %s", import->source->what);
	return oci_image_import_config(import, &layers, config, strlen(config), ret_key, err);
}

static int import_schema1(const OciImport *import, const char *text, size_t len,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_schema1_ Schema1Manifest *manifest = NULL;
	_cleanup_free_ LayerDiffId *found = NULL;
	_cleanup_free_ bool *added = NULL;
	LayerSet set = {.context = import->context, .source = import->source};
	int r = schema1_parse(text, len, &manifest, err);

	if (r < 0)
		return wrap(err, r, "invalid manifest of %s", import->source->what);
	if (!streq(manifest->name, import->origin.repository) ||
		(import->origin.tag && !streq(manifest->tag, import->origin.tag)))
		return fail(err, -EINVAL, "%s: the manifest is that of %s:%s", import->source->what,
			manifest->name, manifest->tag);
	if (manifest->n_layers > STORE_LAYERS_MAX)
		return fail(err, -EINVAL, "%s: %zu layers are more than the allowed %d",
			import->source->what, manifest->n_layers, STORE_LAYERS_MAX);
	found = calloc(manifest->n_layers + 1, sizeof *found);
	added = calloc(manifest->n_layers + 1, sizeof *added);
	if (!found || !added)
		return fail_oom(err);
	set.layers = manifest->layers;
	set.n = manifest->n_layers;
	set.found = found;
	set.added = added;
	r = import_schema1_layers(import, manifest, &set, ret_key, err);
	if (r < 0 && !is_network_failure(r))
		layers_discard(&set);
	return r;
}

static int import_manifest(const OciImport *import, const char *text, size_t len,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_manifest_ OciManifest *manifest = NULL;
	_cleanup_free_ char *config = NULL;
	Documents d = {.manifest = text, .manifest_len = len};
	int r = oci_manifest_parse(text, len, &manifest, err);

	if (r < 0)
		return wrap(err, r, "invalid manifest of %s", import->source->what);
	r = image_source_read(import->source, &manifest->config, false, OCI_CONFIG_MAX, &config,
		&d.config_len, err);
	if (r < 0)
		return r;
	d.config = config;
	r = sha256_text(text, len, d.manifest_digest, err);
	if (r == 0)
		r = sha256_text(config, d.config_len, d.config_digest, err);
	return r < 0 ? r : import_parts(import, manifest, &d, ret_key, err);
}

static int import_admitted(const OciImport *import, const OciDocument *manifest,
	const char *media_type, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	int r = import->admit ? import->admit(import->userdata, manifest, err) : 0;

	if (r < 0)
		return r;
	return schema1_media_type(media_type)
		       ? import_schema1(import, manifest->text, manifest->len, ret_key, err)
		       : import_manifest(import, manifest->text, manifest->len, ret_key, err);
}

static int import_document(const OciImport *import, const OciDocument *document,
	const char *media_type, unsigned depth, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_(oci_index_freep) OciIndex *index = NULL;
	_cleanup_free_ char *text = NULL;
	OciDocument next = {.index = document};
	const OciDescriptor *chosen;
	int r;

	if (!oci_media_type_is_index(media_type))
		return import_admitted(import, document, media_type, ret_key, err);
	if (depth == 0)
		return fail(err, -EINVAL, "%s: too many image indexes inside each other",
			import->source->what);
	r = oci_index_parse(document->text, document->len, &index, err);
	if (r < 0)
		return wrap(err, r, "invalid image index of %s", import->source->what);
	chosen = oci_index_select(index);
	if (!chosen)
		return fail(err, -ENOENT, "%s: no image for linux/%s among %zu",
			import->source->what, image_manifest_host_arch(), index->n_manifests);
	r = image_source_read(
		import->source, chosen, true, OCI_MANIFEST_MAX, &text, &next.len, err);
	if (r < 0)
		return r;
	next.text = text;
	return import_document(import, &next, chosen->media_type, depth - 1, ret_key, err);
}

int oci_image_import(const OciImport *import, const char *text, size_t len, const char *media_type,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	const OciDocument document = {.text = text, .len = len};

	return import_document(import, &document, media_type, INDEX_DEPTH_MAX, ret_key, err);
}
