/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who we are to servers: from rkt's configuration (src/config/), and for registries also from the
 * files in which docker and podman keep their logins. Read when they are first asked for, so that
 * fetching what needs no login needs no right to read them. May be used by several threads at
 * once. */

#include <time.h>
#include "base/cleanup.h"
#include "config/config.h"

typedef struct Credentials Credentials;

/* dirs and the texts in it have to live as long. 0 or -ENOMEM. */
int credentials_new(const ConfigDirs *dirs, Credentials **ret, Error *err);
Credentials *credentials_free(Credentials *c);

DEFINE_CLEANUP(Credentials *, credentials_free)
#define _cleanup_credentials_ _cleanup_(credentials_freep)

/* A login at a registry. Either user and password are set, or identity_token, or nothing: then the
 * registry is used without a login. */
typedef struct Login {
	char *user, *password;
	char *identity_token; /* an OAuth 2 refresh token: for the registry's token server only */
} Login;

void login_done(Login *login);

#define _cleanup_login_ _cleanup_(login_done)

/* Finds the login for a repository ("library/busybox"; NULL: for the registry as such) of a
 * registry (host[:port], as in DockerRef), in this order:
 *  - kind dockerAuth of rkt's configuration;
 *  - $REGISTRY_AUTH_FILE;
 *  - $XDG_RUNTIME_DIR/containers/auth.json, or /run/containers/UID/auth.json;
 *  - $XDG_CONFIG_HOME/containers/auth.json, or ~/.config/containers/auth.json;
 *  - $DOCKER_CONFIG/config.json, or ~/.docker/config.json;
 * the second one where the variable of the first is not set;
 * of a file its credential helper for the registry, if there is one, before what it has itself. 0,
 * also when there is none; -EINVAL for a file that is wrong, -EPROTO for a helper that fails, or
 * another negative errno. *ret is for login_done(). */
int credentials_for_registry(
	Credentials *c, const char *registry, const char *repository, Login *ret, Error *err);

/* Lines "Name: value" for the header of one request. */
#define CREDENTIAL_HEADERS_MAX 3
typedef struct CredentialHeaders {
	char *lines[CREDENTIAL_HEADERS_MAX + 1]; /* NULL-terminated */
} CredentialHeaders;

void credential_headers_done(CredentialHeaders *headers);

#define _cleanup_credential_headers_ _cleanup_(credential_headers_done)

/* The headers that kind auth of rkt's configuration has for a request without a body: none, basic
 * and bearer authorization, or the signature of the request (AWS, version 4, service s3), which is
 * good for this method ("GET"), this url and some minutes from now on. The server is told by host
 * and port just as they stand in url. That url is https, and not one that the server has redirected
 * to, is for the caller to see to. 0, -EINVAL for a url that has no host and for a configuration
 * that is wrong, or another negative errno. *ret is for credential_headers_done(). */
int credentials_headers(Credentials *c, const char *method, const char *url, time_t now,
	CredentialHeaders *ret, Error *err);

/* The line of basic authorization by a user and a password, fresh memory. 0 or -ENOMEM. */
int credentials_basic_header(const char *user, const char *password, char **ret, Error *err);
