/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sockets that the metadata service listens on. */

#include <stdint.h>
#include <sys/stat.h>
#include "base/error.h"

typedef struct Sockets {
	int registration, public; /* -1: not open */
	bool made;                /* the first one's file is to be removed at the end ... */
	struct stat file;         /* ... if it is still this one */
} Sockets;

#define SOCKETS_INIT                                                                               \
	{                                                                                          \
		.registration = -1, .public = -1                                                   \
	}

/* Takes the registration socket that a service manager has handed over, or makes METADATA_SOCKET,
 * and listens on the TCP port of all IPv4 addresses. 0 or a negative errno: -EADDRINUSE when
 * another service is there already. */
int sockets_open(Sockets *s, uint16_t port, Error *err);

/* Removes the file of a socket that was made. The sockets themselves are whoever's they were given
 * to. */
void sockets_remove(const Sockets *s);
