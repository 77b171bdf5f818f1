/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What rkt-fetch and rkt-image need to bring images, of the options that both have. */

#include "fetch/fetch.h"

typedef struct Fetching {
	FetchContext context;
	Progress *progress;
	Credentials *credentials;
	int lock; /* keeps layers from the collector, from before they are found to be there until
		     an image names them */
} Fetching;

#define FETCHING_INIT                                                                              \
	{                                                                                          \
		.lock = -1                                                                         \
	}

/* Fills in a context that takes what the store has, looks for no keys and has the usual ceilings;
 * insecure are the bits of INSECURE_*. Everything that is passed has to live until
 * fetching_done(). */
int fetching_begin(Fetching *ret, Store *s, const char *data_dir, const ConfigDirs *config,
	unsigned insecure, Error *err);
void fetching_done(Fetching *f);

/* Whether layers that come become views of their tars, by what was asked for and works, which is
 * tried where it is not known. 0 or a negative errno. */
int fetching_choose_view(const Store *s, bool *ret, Error *err);

#define _cleanup_fetching_ _cleanup_(fetching_done)
