/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The networks of a pod that is about to run: which they are, and connecting it to them. */

#include "cli/connection.h"
#include "cli/launch.h"
#include "stage1/stage1.h"

typedef struct Wiring {
	Networks networks;
	Connection connection;
	ConnectionRequest request;
	char *search_path; /* for plugins */
	CniDns dns;        /* what the options say of it, if they do */
	bool dns_given;
} Wiring;

#define WIRING_INIT                                                                                \
	{                                                                                          \
		.connection = CONNECTION_INIT                                                      \
	}

void wiring_done(Wiring *w);
#define _cleanup_wiring_ _cleanup_(wiring_done)

/* Finds the networks that the options name, before images are fetched for the pod. None for a
 * stage1 that is an image: it makes its own. 0 or a negative errno. */
int wiring_choose(Wiring *w, const Invocation *inv, const Flavor *flavor, Error *err);

/* Makes everything ready for connecting the pod, whose manifest and images are in l. users: it has
 * users of its own. 0 or a negative errno. */
int wiring_prepare(Wiring *w, const Launch *l, const Pod *pod, bool users, Error *err);

/* Begins to connect it, with a Wiring as userdata, where there is something to connect it to: see
 * connection_start(). The pod's lock is held. 0 or a negative errno. */
int wiring_begin(void *userdata, Error *err);

/* Takes back what that has done: the pod will not be started. */
void wiring_abandon(Wiring *w);
