/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include "base/error.h"

/* A URL taken apart, as far as requests are signed and credentials chosen by it. The parts point
 * into the text and are not terminated. */
typedef struct UrlParts {
	const char *host; /* with the port as it is written */
	size_t host_len;
	const char *path; /* from the '/' on; may be empty */
	size_t path_len;
	const char *query; /* behind the '?'; may be empty */
	size_t query_len;
} UrlParts;

/* Whether text is a URL of http or https that a page may send us to: nothing in it that two readers
 * could understand in two ways (blanks, controls, backslashes, users). */
bool url_is_plain(const char *text);

/* Takes "SCHEME://[USER@]HOST[:PORT][PATH][?QUERY][#FRAGMENT]" apart; nothing is decoded. 0 or
 * -EINVAL. */
int url_split(const char *url, UrlParts *ret, Error *err);
