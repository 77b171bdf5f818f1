/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the HTTP client share. */

#include <curl/curl.h>
#include "fetch/http.h"

#define HTTP_CONNECT_SECONDS 20L
#define HTTP_STALL_SECONDS   30

/* Takes one header line of an answer (len bytes, not terminated) into re, if it is one that
 * HttpResponse knows. */
void http_header_take(HttpResponse *re, const char *line, size_t len);

/* Why a transfer failed, as an error of http_request(). why: libcurl's own words, may be "".
 * received: how much of the body had come. */
int http_transfer_error(CURL *curl, CURLcode code, const HttpRequest *request, const char *why,
	uint64_t received, Error *err);
