/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How one repository of a registry is entered: by nothing, by user and password, or by a token that
 * a token service gives out for them and that runs out now and then. Follows what registries ask
 * for (CNCF distribution, "Token Authentication Specification" and "OAuth2"). May be used by
 * several threads at once. */

#include <pthread.h>
#include "fetch/credentials.h"
#include "fetch/http.h"

typedef struct RegistryAuth {
	Http *http; /* for token services; the registry's client */
	const char *host, *repository;
	bool https_only;    /* the registry speaks https, and so has its token service to */
	const Login *login; /* what the user has for this registry; members NULL: nothing */
	pthread_mutex_t lock;
	char *header;        /* "Authorization: ...", NULL: nothing is needed so far */
	unsigned generation; /* how often it was renewed */
} RegistryAuth;

/* The strings and what is pointed to must outlive it. */
void registry_auth_init(
	RegistryAuth *a, Http *http, const char *host, const char *repository, const Login *login);
void registry_auth_done(RegistryAuth *a);

/* The header to send, as fresh memory, NULL for none; and its generation, for
 * registry_auth_renew(). */
int registry_auth_header(RegistryAuth *a, char **ret, unsigned *ret_generation, Error *err);

/* Whether what is sent is the password itself. */
bool registry_auth_is_password(RegistryAuth *a);

/* The registry answered 401 with this challenge to a request that was sent with a header of that
 * generation: gets a better one, unless somebody else has done so since. 0, -EACCES when there is
 * none to be had, or an error of the token service. */
int registry_auth_renew(RegistryAuth *a, const char *challenge, unsigned generation, Error *err);
