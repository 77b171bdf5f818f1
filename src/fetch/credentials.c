/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/credentials.h"

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

static void free_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void login_done(Login *login)
{
	free_secret(login->user);
	free_secret(login->password);
	free_secret(login->identity_token);
	*login = (Login){NULL};
}

void credential_headers_done(CredentialHeaders *headers)
{
	for (size_t i = 0; i < CREDENTIAL_HEADERS_MAX; i++)
		free_secret(headers->lines[i]);
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

/* A file below the directory that a variable of the environment names, or, without the variable,
 * below what another one names. NULL: that is the file itself. */
typedef struct AuthFile {
	const char *variable, *below;
	const char *otherwise, *otherwise_below;
} AuthFile;

static const AuthFile auth_files[] = {
	{"REGISTRY_AUTH_FILE", "", NULL, NULL},
	{"XDG_RUNTIME_DIR", "/containers/auth.json", NULL, NULL},
	{"XDG_CONFIG_HOME", "/containers/auth.json", "HOME", "/.config/containers/auth.json"},
	{"DOCKER_CONFIG", "/config.json", "HOME", "/.docker/config.json"},
};

/* The path, fresh memory, or NULL where none of the variables is set. 0 or -ENOMEM. */
static int auth_file_path(const AuthFile *f, char **ret)
{
	const char *dir = getenv(f->variable), *below = f->below;

	if ((!dir || !*dir) && f->otherwise) {
		dir = getenv(f->otherwise);
		below = f->otherwise_below;
	}
	*ret = NULL;
	return dir && *dir ? str_format(ret, "%s%s", dir, below) : 0;
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
	char *pair = NULL, *encoded = NULL;
	int r = str_format(&pair, "%s:%s", user, password);

	if (r == 0)
		r = base64_encode(pair, strlen(pair), &encoded);
	if (r == 0)
		r = str_format(ret, "Authorization: Basic %s", encoded);
	free_secret(pair);
	free_secret(encoded);
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
	auth = config_find_auth(c->config.auths, host);
	if (auth)
		r = headers_of(auth, method, url, now, &headers, err);
	if (r < 0)
		return r;
	*ret = headers;
	headers = (CredentialHeaders){{NULL}};
	return 0;
}
