/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Fetching images is the job of another program, rkt-fetch, so that rkt itself need not load what
 * talks to networks and archives. */

#include "cli/pull-policy.h"
#include "cli/verb.h"

typedef struct Fetch {
	const GlobalOptions *global;
	const char *component; /* what its messages begin with: the verb */
	const char *data_dir;
	PullPolicy policy;
	bool take_over;     /* an image ID may be that of a user's image */
	bool keep_archives; /* of layers, for root to take over (stores.h) */
} Fetch;

/* Fetches the images in their order. The keys of those that were fetched, one a line, go to
 * *ret_keys (fresh memory), also when a later image failed. 0; > 0 the exit status of rkt-fetch,
 * which has told the user why; or a negative errno. */
int fetch_images(const Fetch *f, const AppArgs *images, size_t n, char **ret_keys, Error *err);

/* Finds the URLs of the keys for the images below prefix by discovery, one a line in fresh memory.
 * Results as those of fetch_public_key(). */
int fetch_key_urls(
	const GlobalOptions *global, const char *prefix, bool allow_http, char **ret, Error *err);

/* Downloads the file with a public key at a URL of http or https, which is the caller's to allow. 0
 * with the file in fresh memory; > 0 the exit status of rkt-fetch, which has told the user why not;
 * or a negative errno. */
int fetch_public_key(
	const GlobalOptions *global, const char *url, char **ret, size_t *ret_len, Error *err);

/* Adds the options that say the same to the programs beside rkt as they said to it. 0 or -ENOMEM.
 */
int fetch_add_global_options(StrList *argv, Arena *arena, const GlobalOptions *global);

/* Adds one argument, option and value in one word, with memory from arena. 0 or -ENOMEM. */
int fetch_add_option(StrList *argv, Arena *arena, const char *option, const char *value);
