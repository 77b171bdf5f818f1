/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aci-remote.h"

#include <time.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "fetch/aci.h"
#include "fetch/discovery.h"
#include "fetch/download.h"
#include "fetch/image-source.h"
#include "fetch/layer-lock.h"
#include "fetch/name-keys.h"
#include "fetch/signature.h"
#include "store/digest.h"
#include "trust/openpgp.h"

/* One ACI on its way here. */
typedef struct RemoteAci {
	const FetchContext *context;
	Http *http;
	const char *url;
	const char *asc_url;
	RemoteRecord record; /* of an earlier fetch; its key "" when there was none */
	HttpResponse response;
	StrBuf signature;
	bool deferred; /* the server will have the signature only when it has given the image */
	int row;       /* of the progress display */
	Sink sink;
} RemoteAci;

/* A Download.ask. Who one is only those get to know that nobody can listen to. */
static int ask(void *userdata, HttpRequest *request, HttpResponse *ret, Error *err)
{
	const RemoteAci *a = userdata;
	_cleanup_credential_headers_ CredentialHeaders headers = {.lines = {NULL}};
	int r = 0;

	if (startswith(request->url, "https://"))
		r = credentials_headers(
			a->context->credentials, "GET", request->url, time(NULL), &headers, err);
	if (r < 0)
		return r;
	for (size_t i = 0; headers.lines[i]; i++)
		http_add_header(request, headers.lines[i]);
	return http_request(a->http, request, ret, err);
}

static Download new_download(RemoteAci *a, const char *url, uint64_t max, Sink body)
{
	return (Download){.url = url,
		.max_body = max,
		.store = a->context->store,
		.progress = a->context->progress,
		.ask = ask,
		.userdata = a,
		.body = body};
}

static int bad_status(const char *url, long status, Error *err)
{
	return fail(err, status == HTTP_NOT_FOUND ? -ENOENT : -EREMOTEIO,
		"GET %s: bad HTTP status code: %ld", url, status);
}

/* Gets the signature, or hears that it has to be asked for again later. */
static int get_signature(RemoteAci *a, Error *err)
{
	Download download = new_download(
		a, a->asc_url, SIGNATURE_FILE_MAX, (Sink){sink_collect, &a->signature});
	HttpResponse response;
	int r = download_run(&download, &response, err);

	if (r < 0)
		return r;
	a->deferred = response.status == HTTP_ACCEPTED;
	if (response.status == HTTP_OK || a->deferred)
		return 0;
	r = bad_status(a->asc_url, response.status, err);
	if (response.status == HTTP_NOT_FOUND)
		error_hint(err, "the image has no signature there: --signature=FILE names one, "
				"--insecure-options=image goes without");
	return r;
}

/* An AciSource.signature. */
static int open_signature(void *userdata, Error *err)
{
	RemoteAci *a = userdata;
	int r = 0;

	if (a->context->signature)
		return signature_open_file(a->context, a->url, err);
	if (a->deferred)
		r = get_signature(a, err);
	if (r < 0)
		return r;
	if (a->deferred)
		return fail(err, -EPROTO,
			"GET %s: the server puts the signature off once more (HTTP status %d)",
			a->asc_url, HTTP_ACCEPTED);
	return signature_open_text(strbuf_text(&a->signature), a->signature.len, err);
}

/* Before the image is downloaded, what can be known of it by its name: that there are keys for it,
 * and that the signature is by one of them. One that the server puts off has to wait. */
static int check_signer(RemoteAci *a, const char *name, Error *err)
{
	_cleanup_close_ int fd = -1;

	name_keys_complete(a->context, name);
	if (a->deferred)
		return 0;
	fd = open_signature(a, err);
	return fd < 0 ? fd : signature_check_signer(a->context, a->url, fd, name, err);
}

static int count_bytes(void *userdata, const void *data, size_t len, Error *err)
{
	RemoteAci *a = userdata;

	progress_add(a->context->progress, a->row, len);
	return sink_write(&a->sink, data, len, err);
}

/* An AciSource.produce. */
static int produce(void *userdata, Sink sink, Error *err)
{
	RemoteAci *a = userdata;
	Download download = new_download(a, a->url, a->context->max_bytes, (Sink){count_bytes, a});
	int r;

	a->sink = sink;
	download.url_kept = true;
	if (a->record.etag[0])
		download.if_none_match = a->record.etag;
	r = download_run(&download, &a->response, err);
	if (r == 0 && a->response.status != HTTP_OK)
		r = bad_status(a->url, a->response.status, err);
	return r;
}

/* Before the image is downloaded, too: that the file of the signature is there. */
static int check_file(const RemoteAci *a, Error *err)
{
	_cleanup_close_ int fd = signature_open_file(a->context, a->url, err);

	return fd < 0 ? fd : 0;
}

static int import(
	RemoteAci *a, const ImageRef *ref, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	bool named = ref->kind == IMAGE_REF_NAME;
	AciSource source = {.what = a->url,
		.file = -1,
		.produce = produce,
		.userdata = a,
		.remote_ref = a->url,
		.latest = named && !name_values_find(&ref->labels, "version"),
		.response = &a->response};
	int r = 0;

	if (!fetch_goes_unsigned(a->context)) {
		source.signature = open_signature;
		source.name = named ? ref->name : NULL;
		source.labels = &ref->labels;
		r = a->context->signature ? check_file(a, err) : get_signature(a, err);
		if (r == 0 && named)
			r = check_signer(a, ref->name, err);
	}
	if (r < 0)
		return r;
	a->row = progress_start(a->context->progress, "ACI", -1);
	r = aci_import(a->context, &source, ret_key, err);
	progress_end(a->context->progress, a->row, r == 0);
	return r;
}

/* Whether the store's copy is good enough without asking. A clock that was set back makes nothing
 * fresh. */
static bool is_fresh(const RemoteRecord *record)
{
	int64_t age = time(NULL) - record->time;

	return record->key[0] && age >= 0 && age < record->max_age;
}

/* The image is the same as before; what it depends on may not be. */
static int update_dependencies(const RemoteAci *a, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r;

	if (a->context->pull_policy != PULL_UPDATE)
		return 0;
	r = image_load(a->context->store, a->record.key, &image, err);
	if (r < 0 || image->manifest->n_dependencies == 0)
		return r;
	return aci_import_again(a->context, image, err);
}

static int fetch_locked(
	RemoteAci *a, const ImageRef *ref, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	int r = a->context->again ? -ENOENT
				  : store_remote_record(a->context->store, a->url, &a->record, err);

	if (r == -ENOENT) {
		a->record = (RemoteRecord){.key = ""};
		error_clear(err);
	} else if (r < 0) {
		return r;
	}
	if (!is_fresh(&a->record)) {
		r = import(a, ref, ret_key, err);
		/* A server may say so only of what it was asked about. */
		if (r == 0 || a->response.status != HTTP_NOT_MODIFIED || !a->record.key[0] ||
			!a->record.etag[0])
			return r;
		error_clear(err);
	}
	r = update_dependencies(a, err);
	if (r == 0)
		memcpy(ret_key, a->record.key, sizeof a->record.key);
	return r;
}

/* One process at a time brings what is behind one URL: the next one finds it. Who waits for a
 * dependency has such a lock already, and images of two processes may depend on each other. */
static int fetch_url(const FetchContext *context, Http *http, const DiscoveredImage *image,
	const ImageRef *ref, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_(layer_lock_done) LayerLock lock = LAYER_LOCK_INIT;
	RemoteAci a = {.context = context,
		.http = http,
		.url = image->aci,
		.asc_url = image->asc,
		.signature = STRBUF_INIT(SIGNATURE_FILE_MAX)};
	char hex[DIGEST_HEX_MAX + 1], name[160];
	int r = digest_buffer(DIGEST_SHA256, a.url, strlen(a.url), hex, err);

	if (r < 0)
		return r;
	(void)snprintf(name, sizeof name, "url-%s", hex);
	if (!context->dependent)
		r = layer_lock_take(&lock, context->store, name, context->progress, err);
	if (r == 0)
		r = fetch_locked(&a, ref, ret_key, err);
	strbuf_done(&a.signature);
	return r;
}

int aci_url_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	/* Who spells http:// out gets it, without the option. */
	HttpOptions options = {.insecure_tls = context->insecure_tls,
		.allow_http = context->allow_http || startswith(ref->remote, "http:")};
	_cleanup_free_ char *asc = NULL;
	_cleanup_http_ Http *http = NULL;
	size_t path_len = strcspn(ref->remote, "?#");
	int r = http_new(&options, &http, err);

	if (r < 0)
		return r;
	/* Behind the path, in front of what may follow it. */
	if (str_format(&asc, "%.*s.asc%s", (int)path_len, ref->remote, ref->remote + path_len) < 0)
		return fail_oom(err);
	return fetch_url(context, http, &(DiscoveredImage){ref->remote, asc}, ref, ret_key, err);
}

static bool cannot_be_had(int r)
{
	return http_error_is_network(r) || r == -ENOENT || r == -EREMOTEIO;
}

/* Tries what was found, one after the other, until one can be had. One that can be had but is not
 * what it should be ends the search. Of several failures the first one is told. */
static int fetch_first(const FetchContext *context, Http *http, const DiscoveredImages *images,
	const ImageRef *ref, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	int r = fetch_url(context, http, &images->items[0], ref, ret_key, err);

	for (size_t i = 1; i < images->n && cannot_be_had(r); i++) {
		Error later = ERROR_INIT;
		int again = fetch_url(context, http, &images->items[i], ref, ret_key, &later);

		if (again == 0) {
			error_clear(err);
			return 0;
		}
	}
	return r;
}

int aci_name_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	HttpOptions options = {
		.insecure_tls = context->insecure_tls, .allow_http = context->allow_http};
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_http_ Http *http = NULL;
	DiscoveredImages images = {0};
	int r = http_new(&options, &http, err);

	if (r == 0)
		r = discovery_images(context, http, ref->name, &ref->labels, &arena, &images, err);
	return r < 0 ? r : fetch_first(context, http, &images, ref, ret_key, err);
}
