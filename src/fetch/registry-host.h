/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One repository on one host that speaks the distribution protocol (OCI distribution spec 1.1,
 * Docker registry v2): how it is reached and entered, and what it says when it refuses. */

#include "fetch/certificates.h"
#include "fetch/download.h"
#include "fetch/fetch.h"
#include "fetch/registry-auth.h"

typedef struct RegistryHost {
	const FetchContext *context;
	const char *what; /* the image, as typed */
	const DockerRef *ref;
	const char *name;   /* of the host: that of ref, or of a mirror of it */
	const char *scheme; /* "https" or "http" */
	bool allow_http, insecure_tls;
	Http *http;
	Certificates certificates;
	Login login;
	RegistryAuth auth;
} RegistryHost;

#define REGISTRY_HOST_INIT                                                                         \
	{                                                                                          \
		.certificates = CERTIFICATES_INIT                                                  \
	}

/* Finds out how to talk to the host called name, for the repository of ref: https, and when that
 * fails http where it was allowed, by option or by settings (NULL: none). Everything must outlive
 * it. */
int registry_host_open(RegistryHost *ret, const FetchContext *context, const char *what,
	const DockerRef *ref, const char *name, const ConfigRegistry *settings, Error *err);
void registry_host_done(RegistryHost *h);

/* Gets /v2/REPOSITORY/KIND/REFERENCE, where kind is "manifests" or "blobs". Of download the caller
 * sets accept, max_body, digest and body. May be called by several threads at once. 0 or a negative
 * errno: -ENOENT when there is no such thing, -EACCES without a login that is good enough, -EBUSY
 * when the registry still refuses after several attempts, -EPROTO for other answers, and what
 * download_run() returns. */
int registry_host_get(RegistryHost *h, const char *kind, const char *reference, Download *download,
	HttpResponse *ret, Error *err);

/* The same for what may well not be there: -ENOENT is said at once, without looking for what else
 * there is. */
int registry_host_find(
	RegistryHost *h, const char *kind, const char *reference, Download *download, Error *err);

#define _cleanup_registry_host_ _cleanup_(registry_host_done)
