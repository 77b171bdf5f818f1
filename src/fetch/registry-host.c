/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/registry-host.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "fetch/image-source.h"
#include "fetch/image-tag.h"

#define PROBE_BODY_MAX (1u << 20)
#define TAGS_BODY_MAX  (1u << 20)

static int drop(void *userdata, const void *data, size_t len, Error *err)
{
	return 0;
}

/* The status with which the host answers for a path. A negative errno when it does not. */
static long ask_status(RegistryHost *h, const char *scheme, const char *path, Error *err)
{
	_cleanup_free_ char *url = NULL;
	HttpRequest request = {.max_body = PROBE_BODY_MAX, .body = {drop, NULL}};
	HttpResponse response;
	int r;

	if (str_format(&url, "%s://%s%s", scheme, h->name, path) < 0)
		return fail_oom(err);
	request.url = url;
	r = http_request(h->http, &request, &response, err);
	return r < 0 ? r : response.status;
}

/* What was a registry once says so at another place. Its images are known by names that nobody can
 * check them against. */
static int no_registry(RegistryHost *h, const char *scheme, long status, Error *err)
{
	int r;

	if (status != HTTP_NOT_FOUND || ask_status(h, scheme, "/v1/_ping", NULL) != HTTP_OK)
		return fail(err, -EPROTONOSUPPORT,
			"GET %s://%s/v2/: bad HTTP status code: %ld: is this a registry?", scheme,
			h->name, status);
	r = fail(err, -EPROTONOSUPPORT,
		"%s speaks version 1 of the registry protocol, which has no digests to check "
		"images "
		"by, and is not supported",
		h->name);
	error_hint(err, "an image of it that was saved to a file is docker-archive:FILE");
	return r;
}

static int probe(RegistryHost *h, const char *scheme, Error *err)
{
	long status = ask_status(h, scheme, "/v2/", err);

	if (status < 0)
		return (int)status;
	/* One that is busy is asked again when it matters. */
	if (status != HTTP_OK && status != HTTP_UNAUTHORIZED && !http_status_is_busy(status))
		return no_registry(h, scheme, status, err);
	h->scheme = scheme;
	return 0;
}

static int find_scheme(RegistryHost *h, Error *err)
{
	int r = probe(h, "https", err);

	if (r == -ENOMEM || r >= 0)
		return r;
	if (h->allow_http) {
		Error http_err = ERROR_INIT;

		int http = probe(h, "http", &http_err);

		if (http == 0)
			error_clear(err);
		/* Who answers has more to say than who does not. */
		else if (http == -EPROTONOSUPPORT && err)
			*err = http_err;
		return http == 0 || http == -EPROTONOSUPPORT ? http : r;
	}
	if (r == -EPROTO && err) {
		err->hint[0] = '\0';
		error_hint(err,
			"--insecure-options=http if %s speaks plain http, tls to skip certificate "
			"checks",
			h->name);
	}
	return r;
}

/* The first ones first: of two client certificates the first one counts. */
static int find_certificates(
	const ConfigDirs *config, const char *host, Certificates *ret, Error *err)
{
	const char *const layers[] = {config->user, config->local, config->system},
			  *const others[] = {"/etc/containers/certs.d", "/etc/docker/certs.d"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(layers); i++) {
		_cleanup_free_ char *dir = NULL;

		if (!layers[i])
			continue;
		if (str_format(&dir, "%s/certs.d", layers[i]) < 0)
			return fail_oom(err);
		r = certificates_add(dir, host, ret, err);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(others); i++)
		r = certificates_add(others[i], host, ret, err);
	return r;
}

static int open_client(RegistryHost *h, Error *err)
{
	HttpOptions options = {.insecure_tls = h->insecure_tls, .allow_http = h->allow_http};
	int r = find_certificates(h->context->config, h->name, &h->certificates, err);

	if (r < 0)
		return r;
	options.authorities = h->certificates.authorities.text;
	options.client_cert = h->certificates.client_cert;
	options.client_key = h->certificates.client_key;
	return http_new(&options, &h->http, err);
}

int registry_host_open(RegistryHost *ret, const FetchContext *context, const char *what,
	const DockerRef *ref, const char *name, const ConfigRegistry *settings, Error *err)
{
	int r;

	ret->context = context;
	ret->what = what;
	ret->ref = ref;
	ret->name = name;
	ret->allow_http = context->allow_http || (settings && settings->insecure_http);
	ret->insecure_tls = context->insecure_tls || (settings && settings->insecure_tls);
	r = open_client(ret, err);
	if (r < 0)
		return r;
	registry_auth_init(&ret->auth, ret->http, name, ref->repository, &ret->login);
	r = find_scheme(ret, err);
	ret->auth.https_only = r == 0 && streq(ret->scheme, "https");
	return r < 0 ? r
		     : credentials_for_registry(
			       context->credentials, name, ref->repository, &ret->login, err);
}

void registry_host_done(RegistryHost *h)
{
	/* Where there is a client there is all of it. */
	if (h->http)
		registry_auth_done(&h->auth);
	login_done(&h->login);
	http_free(h->http);
	certificates_done(&h->certificates);
	*h = (RegistryHost)REGISTRY_HOST_INIT;
}

/* A Download.ask: with what the registry wants to see, which it may tell us only now. */
static int ask(void *userdata, HttpRequest *request, HttpResponse *ret, Error *err)
{
	RegistryHost *h = userdata;
	size_t n = 0;
	int r = 0;

	while (n < HTTP_HEADERS_MAX && request->headers[n])
		n++;
	for (bool renewed = false;; renewed = true) {
		_cleanup_free_ char *header = NULL;
		unsigned generation;

		r = registry_auth_header(&h->auth, &header, &generation, err);
		if (r < 0)
			return r;
		request->headers[n] = header;
		r = http_request(h->http, request, ret, err);
		/* Where a redirect has led to is not who our logins are for. */
		if (r < 0 || ret->status != HTTP_UNAUTHORIZED || ret->elsewhere || renewed)
			return r;
		r = registry_auth_renew(&h->auth, ret->challenge, generation, err);
		if (r < 0)
			return wrap(err, r, "%s", h->what);
	}
}

/* The tags of the repository, as the registry lists them, to hint at. An error of its own does not
 * matter: there is one to report already. Returns the HTTP status, or a negative errno. */
static long list_tags(RegistryHost *h, ImageTags *tags)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(TAGS_BODY_MAX);
	_cleanup_free_ char *url = NULL;
	_cleanup_(arena_done) Arena arena = {0};
	Json *root;
	HttpRequest request = {.max_body = TAGS_BODY_MAX, .body = {sink_collect, &text}};
	HttpResponse response;
	int r;

	if (str_format(&url, "%s://%s/v2/%s/tags/list", h->scheme, h->name, h->ref->repository) < 0)
		return -ENOMEM;
	request.url = url;
	r = ask(h, &request, &response, NULL);
	if (r < 0)
		return r;
	if (response.status == HTTP_OK &&
		json_parse(&arena, strbuf_text(&text), text.len, "tags", &root, NULL) == 0)
		image_tags_add_list(tags, json_get(root, "tags"));
	return response.status;
}

/* A registry may say the same of a repository and of a tag that it does not have: what else it
 * tells of the repository makes the difference. */
static int no_such_image(RegistryHost *h, Error *err)
{
	_cleanup_image_tags_ ImageTags tags = IMAGE_TAGS_INIT;
	const DockerRef *ref = h->ref;
	long status = list_tags(h, &tags);
	int r;

	if (status == HTTP_NOT_FOUND)
		return fail(err, -ENOENT,
			"%s: no such image: the registry has no repository \"%s\"", h->what,
			ref->repository);
	r = fail(err, -ENOENT, "%s: no such image: repository \"%s\" has no %s \"%s\"", h->what,
		ref->repository, ref->digest ? "manifest" : "tag",
		ref->digest ? ref->digest : ref->tag);
	image_tags_hint(&tags, err);
	return r;
}

/* What the registry itself says about a refusal (distribution spec, "Error Codes"): "" when it says
 * nothing that can be read, otherwise ": " and its text. */
static void reason(const HttpResponse *response, char *buf, size_t size)
{
	_cleanup_(arena_done) Arena arena = {0};
	const char *text = response->text;
	const Json *first;
	Json *root;

	buf[0] = '\0';
	if (json_parse(&arena, text, strlen(text), "answer", &root, NULL) < 0)
		return;
	first = json_first(json_get(root, "errors"));
	text = json_text(json_get(first, "message"));
	if (!text || !*text)
		text = json_text(json_get(first, "code"));
	if (text && *text)
		(void)snprintf(buf, size, ": %s", text);
}

static int refused(RegistryHost *h, const HttpResponse *response, const char *why, Error *err)
{
	int r;

	if (response->status == HTTP_UNAUTHORIZED && registry_auth_is_password(&h->auth))
		return fail(err, -EACCES, "%s: %s refused the login of user \"%s\"", h->what,
			h->name, h->login.user);
	r = fail(err, -EACCES, "%s: access is denied (HTTP status %ld)%s", h->what,
		response->status, why);

	if (h->login.user || h->login.identity_token)
		error_hint(err, "the login for %s does not reach that far", h->name);
	else
		error_hint(err, "there is no login for %s in the configuration", h->name);
	return r;
}

static int bad_status(RegistryHost *h, const char *url, const HttpResponse *response,
	bool is_manifest, Error *err)
{
	char why[256];

	reason(response, why, sizeof why);
	switch (response->status) {
	case HTTP_UNAUTHORIZED:
	case HTTP_FORBIDDEN: return refused(h, response, why, err);
	case HTTP_NOT_FOUND:
		if (is_manifest)
			return no_such_image(h, err);
		return fail(err, -ENOENT, "%s: the registry does not have %s", h->what, url);
	default:
		return fail(err, http_status_is_busy(response->status) ? -EBUSY : -EPROTO,
			"GET %s: bad HTTP status code: %ld%s", url, response->status, why);
	}
}

static int get(RegistryHost *h, const char *kind, const char *reference, Download *download,
	bool wanted, HttpResponse *ret, Error *err)
{
	_cleanup_free_ char *url = NULL;
	int r;

	if (str_format(&url, "%s://%s/v2/%s/%s/%s", h->scheme, h->name, h->ref->repository, kind,
		    reference) < 0)
		return fail_oom(err);
	download->url = url;
	download->store = h->context->store;
	download->progress = h->context->progress;
	download->ask = ask;
	download->userdata = h;
	r = download_run(download, ret, err);
	if (r == 0 && ret->status != HTTP_OK)
		r = bad_status(h, url, ret, wanted && streq(kind, "manifests"), err);
	return r;
}

int registry_host_get(RegistryHost *h, const char *kind, const char *reference, Download *download,
	HttpResponse *ret, Error *err)
{
	return get(h, kind, reference, download, true, ret, err);
}

int registry_host_find(
	RegistryHost *h, const char *kind, const char *reference, Download *download, Error *err)
{
	HttpResponse response;

	return get(h, kind, reference, download, false, &response, err);
}
