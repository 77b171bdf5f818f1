/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/credentials.h"

#include <ctype.h>
#include <pthread.h>
#include "base/strbuf.h"
#include "fetch/aws-signature.h"
#include "fetch/base64.h"
#include "fetch/docker-auth.h"
#include "fetch/url.h"

struct Credentials {
	const ConfigDirs *dirs;
	pthread_mutex_t lock; /* of what follows, until it is loaded */
	Config config;
	bool loaded;
};

int credentials_new(const ConfigDirs *dirs, Credentials **ret, Error *err)
{
	Credentials *c = calloc(1, sizeof *c);

	if (!c)
		return fail_oom(err);
	c->dirs = dirs;
	(void)pthread_mutex_init(&c->lock, NULL);
	*ret = c;
	return 0;
}

Credentials *credentials_free(Credentials *c)
{
	if (!c)
		return NULL;
	config_done(&c->config);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
	return NULL;
}

void login_done(Login *login)
{
	free(login->user);
	free(login->password);
	free(login->identity_token);
	*login = (Login){NULL};
}

void credential_headers_done(CredentialHeaders *headers)
{
	for (size_t i = 0; i < CREDENTIAL_HEADERS_MAX; i++)
		free(headers->lines[i]);
	*headers = (CredentialHeaders){{NULL}};
}

static int load(Credentials *c, Error *err)
{
	int r = 0;

	(void)pthread_mutex_lock(&c->lock);
	if (!c->loaded) {
		config_done(&c->config);
		r = config_load(c->dirs, CONFIG_AUTH, &c->config, err);
		c->loaded = r == 0;
	}
	(void)pthread_mutex_unlock(&c->lock);
	return r;
}

/* A file below what a variable of the environment names. */
typedef struct AuthFile {
	const char *variable, *below;
	const char *in_home; /* below $HOME where the variable is not set; NULL: nowhere */
	const char *by_user; /* BY_USER/UID/auth.json where it is not set; NULL: nowhere */
} AuthFile;

static const AuthFile auth_files[] = {
	{"REGISTRY_AUTH_FILE", ""},
	{"XDG_RUNTIME_DIR", "/containers/auth.json", .by_user = "/run/containers"},
	{"XDG_CONFIG_HOME", "/containers/auth.json", .in_home = "/.config/containers/auth.json"},
	{"DOCKER_CONFIG", "/config.json", .in_home = "/.docker/config.json"},
};

/* The path, fresh memory, or NULL where none of the variables is set. 0 or -ENOMEM. */
static int auth_file_path(const AuthFile *f, char **ret)
{
	const char *dir = getenv(f->variable), *home = getenv("HOME");

	*ret = NULL;
	if (dir && *dir)
		return str_format(ret, "%s%s", dir, f->below);
	if (f->by_user)
		return str_format(ret, "%s/%u/auth.json", f->by_user, (unsigned)geteuid());
	return f->in_home && home && *home ? str_format(ret, "%s%s", home, f->in_home) : 0;
}

static int find_in_files(const char *registry, const char *repository, Login *ret, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(auth_files) && r == 0; i++) {
		_cleanup_free_ char *path = NULL;

		if (auth_file_path(&auth_files[i], &path) < 0)
			return fail_oom(err);
		if (path)
			r = docker_auth_find(path, registry, repository, ret, err);
	}
	return r < 0 ? wrap(err, r, "cannot find the login at registry %s", registry) : 0;
}

int credentials_for_registry(
	Credentials *c, const char *registry, const char *repository, Login *ret, Error *err)
{
	_cleanup_login_ Login login = {NULL};
	const ConfigAuth *auth;
	int r = load(c, err);

	if (r < 0)
		return r;
	auth = config_find_auth(c->config.registries, registry);
	if (auth) {
		login.user = strdup(auth->user);
		login.password = strdup(auth->password);
		r = login.user && login.password ? 0 : fail_oom(err);
	} else {
		r = find_in_files(registry, repository, &login, err);
	}
	if (r < 0)
		return r;
	*ret = login;
	login = (Login){NULL};
	return 0;
}

int credentials_basic_header(const char *user, const char *password, char **ret, Error *err)
{
	_cleanup_free_ char *pair = NULL, *encoded = NULL;
	int r = str_format(&pair, "%s:%s", user, password);

	if (r == 0)
		r = base64_encode(pair, strlen(pair), &encoded);
	if (r == 0)
		r = str_format(ret, "Authorization: Basic %s", encoded);
	return r < 0 ? fail_oom(err) : 0;
}

static int headers_of(const ConfigAuth *auth, const char *method, const char *url, time_t now,
	CredentialHeaders *ret, Error *err)
{
	const AwsKey key = {auth->access_key, auth->secret_key, auth->region};

	switch (auth->type) {
	case CONFIG_AUTH_BASIC:
		return credentials_basic_header(auth->user, auth->password, &ret->lines[0], err);
	case CONFIG_AUTH_OAUTH:
		return str_format(&ret->lines[0], "Authorization: Bearer %s", auth->token) < 0
			       ? fail_oom(err)
			       : 0;
	case CONFIG_AUTH_AWS: return aws_sign(&key, method, url, now, ret, err);
	}
	return 0;
}

int credentials_headers(Credentials *c, const char *method, const char *url, time_t now,
	CredentialHeaders *ret, Error *err)
{
	_cleanup_credential_headers_ CredentialHeaders headers = {{NULL}};
	_cleanup_free_ char *host = NULL;
	const ConfigAuth *auth;
	UrlParts parts;
	int r = url_split(url, &parts, err);

	if (r == 0)
		r = load(c, err);
	if (r < 0)
		return r;
	host = strndup(parts.host, parts.host_len);
	if (!host)
		return fail_oom(err);
	for (char *at = host; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	auth = config_find_auth(c->config.auths, host);
	if (auth)
		r = headers_of(auth, method, url, now, &headers, err);
	if (r < 0)
		return r;
	*ret = headers;
	headers = (CredentialHeaders){{NULL}};
	return 0;
}
