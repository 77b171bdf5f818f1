/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/registry.h"

#include "base/strbuf.h"
#include "fetch/image-policy.h"
#include "fetch/jws.h"
#include "fetch/oci-image.h"
#include "fetch/registry-host.h"
#include "spec/oci-schema1.h"
#include "store/digest.h"

static const char manifest_types[] =
	"application/vnd.oci.image.index.v1+json, "
	"application/vnd.oci.image.manifest.v1+json, "
	"application/vnd.docker.distribution.manifest.list.v2+json, "
	"application/vnd.docker.distribution.manifest.v2+json, "
	"application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.5, "
	"application/vnd.docker.distribution.manifest.v1+json;q=0.5";

/* How much of a blob is worth receiving: its size and one byte more, so that its user sees what is
 * wrong. Of one whose size nobody has told as much as its content may have. */
static uint64_t body_limit(const RegistryHost *host, const OciDescriptor *d)
{
	return d->size >= 0 ? (uint64_t)d->size + 1 : host->context->max_bytes;
}

static int registry_blob(void *userdata, const OciDescriptor *blob, Sink sink, Error *err)
{
	Download download = {.max_body = body_limit(userdata, blob), .body = sink};
	HttpResponse response;

	if (blob->size < 0 || blob->size >= DOWNLOAD_KEEP_MIN)
		download.digest = blob->digest;
	return registry_host_get(userdata, "blobs", blob->digest, &download, &response, err);
}

static int registry_manifest(void *userdata, const OciDescriptor *manifest, Sink sink, Error *err)
{
	Download download = {
		.accept = manifest_types, .max_body = body_limit(userdata, manifest), .body = sink};

	return registry_host_find(userdata, "manifests", manifest->digest, &download, err);
}

/* A SigstoreCheck.manifest. */
static int registry_tag(void *userdata, const char *tag, Sink sink, Error *err)
{
	Download download = {.accept = manifest_types, .max_body = OCI_MANIFEST_MAX, .body = sink};

	return registry_host_find(userdata, "manifests", tag, &download, err);
}

/* A SigstoreCheck.referrers. Of several pages the first one counts. */
static int registry_referrers(void *userdata, const char *digest, Sink sink, Error *err)
{
	Download download = {.accept = "application/vnd.oci.image.index.v1+json",
		.max_body = OCI_MANIFEST_MAX,
		.body = sink};

	return registry_host_find(userdata, "referrers", digest, &download, err);
}

/* digest: what the manifest should have, from the reference or else from the registry; may be "".
 */
static int check_digest(
	const char *what, const char *digest, const char *text, size_t len, Error *err)
{
	char found[DIGEST_HEX_MAX + 1];
	DigestKind kind;
	const char *hex;
	int r;

	if (!*digest || digest_parse(digest, &kind, &hex) < 0)
		return 0;
	r = digest_buffer(kind, text, len, found, err);
	if (r < 0)
		return r;
	if (!streq(found, hex))
		return fail(err, -EINVAL,
			"%s: digest mismatch: the manifest should be %s but is %s:%s", what, digest,
			digest_kind_name(kind), found);
	return 0;
}

/* The manifest of an image, from a registry. */
typedef struct Document {
	char *text;
	size_t len;
	char media_type[128];
} Document;

/* Of a signed manifest of schema 1 only what is signed is taken, since that is what its digest is
 * of: the signatures themselves can say anything. */
static int take_document(
	const char *what, const char *media_type, StrBuf *text, Document *ret, Error *err)
{
	int r;

	(void)snprintf(ret->media_type, sizeof ret->media_type, "%s", media_type);
	if (!schema1_media_type(media_type))
		return strbuf_finish(text, &ret->text, &ret->len) < 0 ? fail_oom(err) : 0;
	r = jws_payload(strbuf_text(text), text->len, &ret->text, &ret->len, err);
	return r < 0 ? wrap(err, r, "%s", what) : 0;
}

static int read_manifest(RegistryHost *host, const DockerRef *ref, Document *ret, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(OCI_MANIFEST_MAX);
	Download download = {.accept = manifest_types,
		.max_body = OCI_MANIFEST_MAX,
		.body = {sink_collect, &text}};
	HttpResponse response;
	int r = registry_host_get(
		host, "manifests", ref->digest ? ref->digest : ref->tag, &download, &response, err);

	if (r == 0)
		r = take_document(host->what, response.content_type, &text, ret, err);
	if (r < 0)
		return r;
	return check_digest(
		host->what, ref->digest ? ref->digest : response.digest, ret->text, ret->len, err);
}

/* Opens one host and reads the manifest from it: the one who has it is asked for the rest too. */
static int try_host(RegistryHost *host, const FetchContext *context, const Config *config,
	const ImageRef *ref, const char *name, Document *ret, Error *err)
{
	int r = registry_host_open(host, context, ref->typed, &ref->docker, name,
		config_find_registry(config, name), err);

	if (r == 0)
		r = read_manifest(host, &ref->docker, ret, err);
	if (r < 0)
		registry_host_done(host);
	return r;
}

/* Looks for the manifest at the mirrors of a registry, and then at the registry itself. */
static int find_host(RegistryHost *host, const FetchContext *context, const Config *config,
	const ImageRef *ref, Document *ret, Error *err)
{
	const ConfigRegistry *settings = config_find_registry(config, ref->docker.host);

	for (size_t i = 0; settings && i < settings->n_mirrors; i++) {
		Error why = ERROR_INIT;
		char text[ERROR_TEXT];

		if (try_host(host, context, config, ref, settings->mirrors[i], ret, &why) == 0)
			return 0;
		progress_note(context->progress, "mirror %s: %s", settings->mirrors[i],
			error_message(&why, text, sizeof text));
	}
	return try_host(host, context, config, ref, ref->docker.host, ret, err);
}

/* What the manifest says of where an image came from. One that is brought again is to be the same,
 * by whatever reference it is found. */
static void set_origin(OciImport *import, const Image *again, const ImageRef *ref)
{
	OciOrigin *origin = &import->origin;

	origin->registry = ref->docker.host;
	origin->repository = ref->docker.repository;
	if (again && again->manifest) {
		origin->tag = name_values_find(&again->manifest->labels, "version");
		origin->original_name =
			image_manifest_annotation(again->manifest, "appc.io/docker/originalname");
		return;
	}
	origin->tag = ref->docker.tag;
	origin->original_name = startswith(ref->remote, "docker://");
	import->remote_ref = ref->remote;
}

static int import(RegistryHost *host, const ImageRef *ref, const Document *manifest,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	ImageSource source = {.what = ref->typed,
		.remote = true,
		.blob = registry_blob,
		.manifest = registry_manifest,
		.userdata = host};
	const char *tag = ref->docker.tag;
	ImageAdmission admission = {.context = host->context,
		.ref = ref,
		.check = {.source = &source,
			.manifest = registry_tag,
			.referrers = registry_referrers,
			.userdata = host}};
	OciImport import = {.context = host->context,
		.source = &source,
		.latest = tag && streq(tag, "latest"),
		.admit = image_policy_verify,
		.userdata = &admission};

	set_origin(&import, host->context->again, ref);
	return oci_image_import(
		&import, manifest->text, manifest->len, manifest->media_type, ret_key, err);
}

int registry_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_registry_host_ RegistryHost host = REGISTRY_HOST_INIT;
	_cleanup_config_ Config config = CONFIG_INIT;
	Document manifest = {0};
	int r = config_load(context->config, CONFIG_REGISTRIES, &config, err);

	if (r == 0)
		r = find_host(&host, context, &config, ref, &manifest, err);
	if (r == 0)
		r = import(&host, ref, &manifest, ret_key, err);
	free(manifest.text);
	return r;
}
