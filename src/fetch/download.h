/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The body behind one URL, whatever that takes: attempts are repeated where the server is busy or
 * the network breaks, and go on where the last one was cut off, also where that was another
 * process. What the bytes are worth is for the sink to judge. */

#include "fetch/http.h"
#include "fetch/progress.h"
#include "store/store.h"

#define DOWNLOAD_KEEP_MIN (1 << 20) /* bytes; less is fetched again sooner than kept */

typedef struct Download {
	const char *url;
	uint64_t max_body;
	const char *accept;        /* NULL: anything */
	const char *if_none_match; /* an ETag: 304 when the resource still has it; NULL: none */
	/* Where a part that has come may be kept: under this digest of the whole, or, with
	 * url_kept, under the URL and the validator that the server gave it. NULL and false:
	 * nowhere. */
	const char *digest;
	bool url_kept;
	const Store *store;
	Progress *progress; /* for notes on attempts that have to be repeated */
	/* Sends the request; the place to add credentials. Results as those of http_request(). */
	int (*ask)(void *userdata, HttpRequest *request, HttpResponse *ret, Error *err);
	void *userdata;
	Sink body;
} Download;

/* 0 whenever there was an answer, whose status is for the caller to judge: with 200 all of the
 * body has gone to the sink, with others nothing has. Otherwise a negative errno as
 * http_request()'s, the last one of several attempts. */
int download_run(const Download *d, HttpResponse *ret, Error *err);
