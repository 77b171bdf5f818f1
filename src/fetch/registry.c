/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/registry.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "fetch/http.h"
#include "fetch/image-tag.h"
#include "fetch/oci-image.h"
#include "store/digest.h"

#define PROBE_BODY_MAX (1u << 20)
#define TAGS_BODY_MAX  (1u << 20)

#define STATUS_OK           200
#define STATUS_UNAUTHORIZED 401
#define STATUS_FORBIDDEN    403
#define STATUS_NOT_FOUND    404

static const char manifest_types[] = "application/vnd.oci.image.index.v1+json, "
				     "application/vnd.oci.image.manifest.v1+json, "
				     "application/vnd.docker.distribution.manifest.list.v2+json, "
				     "application/vnd.docker.distribution.manifest.v2+json";

typedef struct Registry {
	Http *http;
	const DockerRef *ref;
	const char *what;   /* as typed */
	const char *scheme; /* "https" or "http" */
} Registry;

static void registry_done(Registry *r)
{
	http_free(r->http);
}

static int drop(void *userdata, const void *data, size_t len, Error *err)
{
	return 0;
}

static int probe(Registry *reg, const char *scheme, Error *err)
{
	_cleanup_free_ char *url = NULL;
	HttpRequest request = {.max_body = PROBE_BODY_MAX, .body = {drop, NULL}};
	HttpResponse response;
	int r;

	if (str_format(&url, "%s://%s/v2/", scheme, reg->ref->host) < 0)
		return fail_oom(err);
	request.url = url;
	r = http_get(reg->http, &request, &response, err);
	if (r < 0)
		return r;
	if (response.status != STATUS_OK && response.status != STATUS_UNAUTHORIZED)
		return fail(err, -EPROTO, "GET %s: bad HTTP status code: %ld: is this a registry?",
			url, response.status);
	reg->scheme = scheme;
	return 0;
}

/* Finds out how to talk to the registry: https, and when that fails http where it was allowed. */
static int find_scheme(Registry *reg, bool allow_http, Error *err)
{
	int r = probe(reg, "https", err);

	if (r == -ENOMEM || r >= 0)
		return r;
	if (allow_http) {
		Error http_err = ERROR_INIT;

		if (probe(reg, "http", &http_err) == 0) {
			error_clear(err);
			return 0;
		}
		return r;
	}
	if (r == -EPROTO && err) {
		err->hint[0] = '\0';
		error_hint(err,
			"--insecure-options=http if %s speaks plain http, tls to skip certificate "
			"checks",
			reg->ref->host);
	}
	return r;
}

/* The tags of the repository, as the registry lists them, to hint at. An error of its own does not
 * matter: there is one to report already. Returns the HTTP status, or a negative errno. */
static long list_tags(Registry *reg, ImageTags *tags)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(TAGS_BODY_MAX);
	_cleanup_free_ char *url = NULL;
	_cleanup_(arena_done) Arena arena = {0};
	Json *root;
	HttpRequest request = {.max_body = TAGS_BODY_MAX, .body = {sink_collect, &text}};
	HttpResponse response;
	int r;

	if (str_format(&url, "%s://%s/v2/%s/tags/list", reg->scheme, reg->ref->host,
		    reg->ref->repository) < 0)
		return -ENOMEM;
	request.url = url;
	r = http_get(reg->http, &request, &response, NULL);
	if (r < 0)
		return r;
	if (response.status == STATUS_OK &&
		json_parse(&arena, strbuf_text(&text), text.len, "tags", &root, NULL) == 0)
		image_tags_add_list(tags, json_get(root, "tags"));
	return response.status;
}

/* A registry may say the same of a repository and of a tag that it does not have: what else it
 * tells of the repository makes the difference. */
static int no_such_image(Registry *reg, Error *err)
{
	_cleanup_image_tags_ ImageTags tags = IMAGE_TAGS_INIT;
	const DockerRef *ref = reg->ref;
	long status = list_tags(reg, &tags);
	int r;

	if (status == STATUS_NOT_FOUND)
		return fail(err, -ENOENT,
			"%s: no such image: the registry has no repository \"%s\"", reg->what,
			ref->repository);
	r = fail(err, -ENOENT, "%s: no such image: repository \"%s\" has no %s \"%s\"", reg->what,
		ref->repository, ref->digest ? "manifest" : "tag",
		ref->digest ? ref->digest : ref->tag);
	image_tags_hint(&tags, err);
	return r;
}

static int bad_status(
	Registry *reg, const char *url, const HttpResponse *response, bool is_manifest, Error *err)
{
	int r;

	switch (response->status) {
	case STATUS_UNAUTHORIZED:
	case STATUS_FORBIDDEN:
		r = fail(err, -EACCES, "%s: the registry wants a login (HTTP status %ld)",
			reg->what, response->status);
		error_hint(err, "authentication at registries is not supported yet");
		return r;
	case STATUS_NOT_FOUND:
		if (is_manifest)
			return no_such_image(reg, err);
		return fail(err, -ENOENT, "%s: the registry does not have %s", reg->what, url);
	default:
		return fail(
			err, -EPROTO, "GET %s: bad HTTP status code: %ld", url, response->status);
	}
}

static int get(Registry *reg, const char *kind, const char *what, uint64_t max, Sink sink,
	HttpResponse *ret, Error *err)
{
	_cleanup_free_ char *url = NULL;
	bool is_manifest = streq(kind, "manifests");
	HttpRequest request = {
		.accept = is_manifest ? manifest_types : NULL, .max_body = max, .body = sink};
	int r;

	if (str_format(&url, "%s://%s/v2/%s/%s/%s", reg->scheme, reg->ref->host,
		    reg->ref->repository, kind, what) < 0)
		return fail_oom(err);
	request.url = url;
	r = http_get(reg->http, &request, ret, err);
	if (r == 0 && ret->status != STATUS_OK)
		r = bad_status(reg, url, ret, is_manifest, err);
	return r;
}

/* How much of a blob is worth receiving: its size and one byte more, so that its user sees what is
 * wrong. */
static uint64_t body_limit(const OciDescriptor *d)
{
	return d->size >= 0 ? (uint64_t)d->size + 1 : UINT64_MAX;
}

static int registry_blob(void *userdata, const OciDescriptor *blob, Sink sink, Error *err)
{
	HttpResponse response;

	return get(userdata, "blobs", blob->digest, body_limit(blob), sink, &response, err);
}

static int registry_manifest(void *userdata, const OciDescriptor *manifest, Sink sink, Error *err)
{
	HttpResponse response;

	return get(userdata, "manifests", manifest->digest, body_limit(manifest), sink, &response,
		err);
}

/* digest: what the manifest should have, from the reference or else from the registry; may be "".
 */
static int check_digest(
	const Registry *reg, const char *digest, const char *text, size_t len, Error *err)
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
			"%s: digest mismatch: the manifest should be %s but is %s:%s", reg->what,
			digest, digest_kind_name(kind), found);
	return 0;
}

static int read_manifest(
	Registry *reg, char **ret_text, size_t *ret_len, HttpResponse *ret, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(OCI_MANIFEST_MAX);
	const DockerRef *ref = reg->ref;
	const char *name = ref->digest ? ref->digest : ref->tag;
	int r = get(
		reg, "manifests", name, OCI_MANIFEST_MAX, (Sink){sink_collect, &text}, ret, err);

	if (r == 0)
		r = check_digest(reg, ref->digest ? ref->digest : ret->digest, strbuf_text(&text),
			text.len, err);
	if (r < 0)
		return r;
	return strbuf_finish(&text, ret_text, ret_len) < 0 ? fail_oom(err) : 0;
}

int registry_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	HttpOptions options = {context->insecure_tls, context->allow_http};
	_cleanup_(registry_done) Registry reg = {.ref = &ref->docker, .what = ref->typed};
	ImageSource source = {.what = ref->typed,
		.remote = true,
		.blob = registry_blob,
		.manifest = registry_manifest,
		.userdata = &reg};
	const char *tag = ref->docker.tag;
	OciImport import = {.context = context,
		.source = &source,
		.origin = {.registry = ref->docker.host,
			.repository = ref->docker.repository,
			.tag = tag,
			.original_name = startswith(ref->remote, "docker://")},
		.remote_ref = ref->remote,
		.latest = tag && streq(tag, "latest")};
	_cleanup_free_ char *text = NULL;
	HttpResponse response;
	size_t len;
	int r = http_new(&options, &reg.http, err);

	if (r == 0)
		r = find_scheme(&reg, context->allow_http, err);
	if (r == 0)
		r = read_manifest(&reg, &text, &len, &response, err);
	return r < 0 ? r
		     : oci_image_import(&import, text, len, response.content_type, ret_key, err);
}
