/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* HTTP GET with ceilings on everything that the other side chooses, and errors that say what to do.
 * Over libcurl; http_setup() has to run before the first thread starts. Proxies are those of the
 * environment. */

#include <stdint.h>
#include "base/cleanup.h"
#include "fetch/sink.h"

typedef struct HttpOptions {
	bool insecure_tls; /* no certificate and host name checks */
	bool allow_http;   /* plain http is fine, also when redirected to */
} HttpOptions;

typedef struct HttpRequest {
	const char *url;
	const char *accept; /* NULL: anything */
	uint64_t max_body;  /* a larger body is an error */
	Sink body;          /* gets the body of a 200; bodies of other answers are dropped */
} HttpRequest;

typedef struct HttpResponse {
	long status;
	char content_type[128]; /* without parameters, "" when missing */
	char digest[160];       /* Docker-Content-Digest, "" when missing */
	char challenge[512];    /* WWW-Authenticate, "" when missing */
} HttpResponse;

/* A client: its connections are kept and used again. May be used by several threads at once. */
typedef struct Http Http;

int http_setup(Error *err);
int http_new(const HttpOptions *options, Http **ret, Error *err);
Http *http_free(Http *h);

/* Fetches a URL, following up to 10 redirects. 0 whenever there was an answer: the status is for
 * the caller to judge. Otherwise a negative errno: -EHOSTUNREACH (no such host), -ECONNREFUSED,
 * -ETIMEDOUT (no connection in 20 s, or no byte in 30), -EPROTO (TLS and protocol failures), -EFBIG
 * (body), -ELOOP (redirects), -EPIPE (closed too early), or what the sink returned. */
int http_get(Http *h, const HttpRequest *request, HttpResponse *ret, Error *err);
