/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/registry-auth.h"

#include <ctype.h>
#include "base/json.h"
#include "base/strbuf.h"
#include "fetch/challenge.h"
#include "fetch/image-source.h"

#define ANSWER_MAX (256u << 10)
#define FORM_MAX   (64u << 10)

void registry_auth_init(
	RegistryAuth *a, Http *http, const char *host, const char *repository, const Login *login)
{
	*a = (RegistryAuth){.http = http, .host = host, .repository = repository, .login = login};
	(void)pthread_mutex_init(&a->lock, NULL);
}

void registry_auth_done(RegistryAuth *a)
{
	free(a->header);
	(void)pthread_mutex_destroy(&a->lock);
}

int registry_auth_header(RegistryAuth *a, char **ret, unsigned *ret_generation, Error *err)
{
	char *copy = NULL;

	(void)pthread_mutex_lock(&a->lock);
	if (a->header)
		copy = strdup(a->header);
	*ret_generation = a->generation;
	*ret = copy;
	copy = a->header;
	(void)pthread_mutex_unlock(&a->lock);
	return copy && !*ret ? fail_oom(err) : 0;
}

bool registry_auth_is_password(RegistryAuth *a)
{
	bool is;

	(void)pthread_mutex_lock(&a->lock);
	is = a->header && startswith(a->header, "Authorization: Basic ");
	(void)pthread_mutex_unlock(&a->lock);
	return is;
}

/* Adds text as a value of application/x-www-form-urlencoded. */
static void add_encoded(StrBuf *b, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (isalnum(*c) || strchr("-._~", *c))
			strbuf_putc(b, (char)*c);
		else
			strbuf_printf(b, "%%%02X", *c);
}

static void add_parameter(StrBuf *b, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	strbuf_printf(b, "%s%s=", b->len > 0 ? "&" : "", name);
	add_encoded(b, value);
}

/* Each scope of a challenge is a parameter of its own. A registry that names none means the
 * repository. */
static void add_scopes(const RegistryAuth *a, const Challenge *c, StrBuf *b)
{
	char scopes[sizeof c->scope], *rest = scopes;
	const char *scope;

	if (c->scope[0] == '\0') {
		strbuf_puts(b, b->len > 0 ? "&scope=" : "scope=");
		add_encoded(b, "repository:");
		add_encoded(b, a->repository);
		add_encoded(b, ":pull");
		return;
	}
	(void)snprintf(scopes, sizeof scopes, "%s", c->scope);
	while ((scope = strsep(&rest, " ")))
		add_parameter(b, "scope", scope);
}

/* A value that ends up in a header of ours must not begin another one. */
static bool fits_header(const char *value)
{
	for (; *value; value++)
		if (*value <= ' ' || *value == 0x7f)
			return false;
	return true;
}

static int parse_token(const char *realm, const StrBuf *answer, char **ret_header, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	const char *token;
	Json *root;
	int r = json_parse(&arena, strbuf_text(answer), answer->len, realm, &root, err);

	if (r < 0)
		return wrap(err, r, "%s gave no token", realm);
	token = json_text(json_get(root, "token"));
	if (!token || !*token)
		token = json_text(json_get(root, "access_token"));
	if (!token || !*token || !fits_header(token))
		return fail(err, -EPROTO, "%s gave no token", realm);
	return str_format(ret_header, "Authorization: Bearer %s", token) < 0 ? fail_oom(err) : 0;
}

static int no_login(const RegistryAuth *a, Error *err)
{
	int r;

	if (!a->login->user && !a->login->identity_token) {
		r = fail(err, -EACCES, "%s wants a login", a->host);
		error_hint(err, "put one into auth.d of the configuration (\"rktKind\": "
				"\"dockerAuth\"), or "
				"use \"docker login\" or \"podman login\"");
		return r;
	}
	return fail(err, -EACCES, "%s refused the login of user \"%s\"", a->host,
		a->login->user ? a->login->user : "<token>");
}

static int no_token(
	const RegistryAuth *a, const Challenge *c, const HttpResponse *response, Error *err)
{
	if (response->status != HTTP_UNAUTHORIZED && response->status != HTTP_FORBIDDEN)
		return fail(err, -EPROTO, "GET %s: bad HTTP status code: %ld", c->realm,
			response->status);
	return no_login(a, err);
}

/* A request for a token, with what it points to. */
typedef struct TokenRequest {
	HttpRequest http;
	StrBuf url, form, answer;
	char *basic;
} TokenRequest;

static void token_request_done(TokenRequest *t)
{
	strbuf_done(&t->url);
	strbuf_done(&t->form);
	strbuf_done(&t->answer);
	free(t->basic);
}

/* With a token that was got at a login ("docker login" keeps those of some registries): a form. */
static void ask_with_token(const RegistryAuth *a, const Challenge *c, TokenRequest *t)
{
	strbuf_puts(&t->url, c->realm);
	add_parameter(&t->form, "grant_type", "refresh_token");
	add_parameter(&t->form, "client_id", "rkt");
	add_parameter(&t->form, "refresh_token", a->login->identity_token);
	add_parameter(&t->form, "service", c->service);
	add_scopes(a, c, &t->form);
	t->http.form = strbuf_text(&t->form);
}

/* With a password, or for a public repository without. */
static int ask_with_password(const RegistryAuth *a, const Challenge *c, TokenRequest *t, Error *err)
{
	_cleanup_strbuf_ StrBuf query = STRBUF_INIT(FORM_MAX);
	int r;

	add_parameter(&query, "service", c->service);
	add_scopes(a, c, &query);
	strbuf_printf(&t->url, "%s%c%s", c->realm, strchr(c->realm, '?') ? '&' : '?',
		strbuf_text(&query));
	if (!a->login->user)
		return 0;
	r = credentials_basic_header(a->login->user, a->login->password, &t->basic, err);
	t->http.headers[0] = t->basic;
	return r;
}

static int get_token(const RegistryAuth *a, const Challenge *c, char **ret_header, Error *err)
{
	_cleanup_(token_request_done) TokenRequest t = {.url = STRBUF_INIT(FORM_MAX),
		.form = STRBUF_INIT(FORM_MAX),
		.answer = STRBUF_INIT(ANSWER_MAX)};
	HttpResponse response;
	int r = 0;

	if (!startswith(c->realm, "https://") &&
		(a->https_only || !startswith(c->realm, "http://")))
		return fail(err, -EPROTO, "%s wants a token from \"%s\", which is no URL of %s",
			a->host, c->realm, a->https_only ? "https" : "http or https");
	if (a->login->identity_token)
		ask_with_token(a, c, &t);
	else
		r = ask_with_password(a, c, &t, err);
	if (t.url.error < 0 || t.form.error < 0)
		r = fail_oom(err);
	if (r < 0)
		return r;
	t.http.url = strbuf_text(&t.url);
	t.http.max_body = ANSWER_MAX;
	t.http.body = (Sink){sink_collect, &t.answer};
	r = http_request(a->http, &t.http, &response, err);
	if (r == 0 && response.status != HTTP_OK)
		r = no_token(a, c, &response, err);
	return r < 0 ? r : parse_token(c->realm, &t.answer, ret_header, err);
}

static int make_header(RegistryAuth *a, const char *text, char **ret, Error *err)
{
	Challenge c;
	int r = challenge_parse(text, &c);

	if (r < 0)
		return fail(err, -EACCES, "%s wants a login that rkt does not know: \"%s\"",
			a->host, text);
	if (c.scheme == CHALLENGE_BEARER)
		return get_token(a, &c, ret, err);
	/* One that was refused will be refused again. */
	if (!a->login->user || a->header)
		return no_login(a, err);
	return credentials_basic_header(a->login->user, a->login->password, ret, err);
}

static int renew(RegistryAuth *a, const char *challenge, Error *err)
{
	char *header = NULL;
	int r = make_header(a, challenge, &header, err);

	if (r < 0)
		return r;
	free(a->header);
	a->header = header;
	a->generation++;
	return 0;
}

int registry_auth_renew(RegistryAuth *a, const char *challenge, unsigned generation, Error *err)
{
	int r = 0;

	(void)pthread_mutex_lock(&a->lock);
	if (generation == a->generation)
		r = renew(a, challenge, err);
	(void)pthread_mutex_unlock(&a->lock);
	return r;
}
