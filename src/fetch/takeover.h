/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images of users into the store of root. A user who may not write to the store fetches into one of
 * their own (docs/formats/store.md), which nothing runs from; by its ID root takes an image from
 * there. The ID is believed, and what follows from it by digests; no name, no reference. */

#include "fetch/fetch.h"

/* How much of an ID has to be given ("sha512-" and 32 digits, which "rkt fetch" prints): less than
 * that somebody could make an image to fit. */
#define TAKEOVER_KEY_MIN 39

/* Takes over the image whose ID begins with typed, from whichever user has it whole. It is accepted
 * as an ACI with a signature in a file that the context names, or with --insecure-options=image; or
 * if it is none, as image_policy_admit_unknown() says. -ENOENT when nobody has one, or why the last
 * one that was tried cannot be taken. */
int takeover_fetch(const FetchContext *context, const char *typed,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
