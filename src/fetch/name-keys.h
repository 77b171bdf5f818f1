/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The keys that the owner of a name says its images are signed with, by discovery. */

#include "fetch/fetch.h"
#include "fetch/http.h"

/* Finds the URLs of the keys for the images below prefix, which is what the pages of their owner
 * say and nobody else. allow_http: those pages and keys may also come by http. Memory is from
 * arena. 0, -ENOENT when no page names a key, or another negative errno. */
int name_keys_find(const FetchContext *context, const char *prefix, bool allow_http, Arena *arena,
	StrList *ret, Error *err);

/* Before an image of that name is verified: where the keystore has no key for the name, finds those
 * of its owner and stores the ones that context->accept_key() accepts. That nothing comes of it is
 * told, and is no failure: the signature is judged by the keys that there are then. */
void name_keys_complete(const FetchContext *context, const char *name);
