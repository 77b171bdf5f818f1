/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The metadata service at work: two HTTP servers in one thread. */

#include "service/metadata/request.h"

typedef struct Server {
	struct MHD_Daemon *registration, *public;
	Service service;
} Server;

/* Serves the two listening sockets, which it takes over. 0 or a negative errno. */
int server_start(Server *s, int registration, int public, Error *err);
void server_stop(Server *s);

/* Works until there is something to read from signals. 0 or a negative errno. */
int server_run(const Server *s, int signals, Error *err);
