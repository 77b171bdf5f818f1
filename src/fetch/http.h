/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* HTTP requests with ceilings on everything that the other side chooses, and errors that say what
 * to do. Over libcurl; http_setup() has to run before the first thread starts. Proxies are those of
 * the environment. */

#include <stdint.h>
#include "base/cleanup.h"
#include "fetch/sink.h"

#define HTTP_OK                    200
#define HTTP_ACCEPTED              202
#define HTTP_PARTIAL_CONTENT       206
#define HTTP_NOT_MODIFIED          304
#define HTTP_UNAUTHORIZED          401
#define HTTP_FORBIDDEN             403
#define HTTP_NOT_FOUND             404
#define HTTP_RANGE_NOT_SATISFIABLE 416
#define HTTP_TOO_MANY_REQUESTS     429

#define HTTP_HEADERS_MAX 8

typedef struct HttpOptions {
	bool insecure_tls;       /* no certificate and host name checks */
	bool allow_http;         /* plain http is fine, also when redirected to */
	const char *authorities; /* PEM: beside those of the system, as text; NULL: none */
	const char *client_cert; /* path of a PEM file, with client_key; NULL: none */
	const char *client_key;
} HttpOptions;

typedef struct HttpResponse {
	long status;
	char content_type[128]; /* without parameters; like all texts here "" when missing */
	char digest[160];       /* Docker-Content-Digest */
	char challenge[1024];   /* WWW-Authenticate, a Bearer one before others */
	char etag[256];         /* as it stands there, with quotes */
	char last_modified[64]; /* as it stands there */
	int64_t max_age;        /* seconds for which the answer may be used again without asking */
	unsigned retry_after;   /* seconds to wait before the next attempt, 0: it does not say */
	bool accepts_ranges;    /* Accept-Ranges: bytes */
	bool elsewhere;         /* it came from another host, scheme or port, by a redirect */
	uint64_t range_start;   /* of a 206, by Content-Range */
	char text[512];         /* the beginning of a body that was not wanted */
} HttpResponse;

typedef struct HttpRequest {
	const char *url;
	const char *accept;                    /* NULL: anything */
	const char *headers[HTTP_HEADERS_MAX]; /* more of them, "Name: value", up to the first NULL.
						  Authorization does not follow a redirect to
						  another host. */
	const char *form;  /* body of a POST, application/x-www-form-urlencoded; NULL: a GET */
	uint64_t offset;   /* > 0: only the bytes from here on, where the server can do that */
	uint64_t max_body; /* a larger body is an error */
	/* Called when the answer is one whose body is wanted (200 and, with an offset, 206), before
	 * its first byte. A negative result ends the request. NULL: nothing to do. */
	int (*begin)(void *userdata, const HttpResponse *response, Error *err);
	Sink body; /* gets the wanted body; begin() has the same userdata */
} HttpRequest;

/* Adds a header line, which has to live as long; beyond HTTP_HEADERS_MAX there is no more room and
 * no caller that needs it. */
void http_add_header(HttpRequest *request, const char *line);

/* A client: its connections are kept and used again. May be used by several threads at once. */
typedef struct Http Http;

int http_setup(Error *err);

/* The strings in options must outlive the client. */
int http_new(const HttpOptions *options, Http **ret, Error *err);
Http *http_free(Http *h);

/* Sends a request, following up to 10 redirects. 0 whenever there was an answer: the status is for
 * the caller to judge. Otherwise a negative errno: -EHOSTUNREACH (no such host), -ECONNREFUSED and
 * what else connect() says, -ETIMEDOUT (no connection in 20 s, or no byte in 30), -EPROTO (TLS and
 * protocol failures), -EFBIG (body), -ELOOP (redirects), -EPIPE (closed too early), or what begin()
 * or the sink returned. */
int http_request(Http *h, const HttpRequest *request, HttpResponse *ret, Error *err);

/* Whether an error of http_request() tells of the network: no fault of what was asked for. */
bool http_error_is_network(int r);

/* Whether a status says that the server is in trouble for the moment (429, 5xx). */
bool http_status_is_busy(long status);

DEFINE_CLEANUP(Http *, http_free)
#define _cleanup_http_ _cleanup_(http_freep)
