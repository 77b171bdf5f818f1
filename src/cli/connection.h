/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Connecting a pod to its networks, in a process of its own, while the caller becomes the pod's
 * supervisor. */

#include "net/connect.h"

typedef struct Connection {
	pid_t pid;  /* of that process; 0: there is none */
	int socket; /* to it, for the supervisor (plan/connection.h); -1: there is none */
	int far;    /* its end of that */
	const struct ConnectionRequest *request; /* what it was started for */
} Connection;

#define CONNECTION_INIT                                                                            \
	{                                                                                          \
		.socket = -1, .far = -1                                                            \
	}

/* What it is about. */
typedef struct ConnectionRequest {
	const Pod *pod;
	ConnectOptions options;
	bool users; /* the pod has users of its own, who will make its namespace */
} ConnectionRequest;

/* Makes the socket. 0 or a negative errno. */
int connection_open(Connection *ret, Error *err);
void connection_close(Connection *c);

/* Starts the process, which has the memory of the caller, and does not get a copy of it: the caller
 * executes another program at once, by which it leaves it to the process, or calls
 * connection_abandon(). 0 or a negative errno. */
int connection_start(const ConnectionRequest *request, Connection *c, Error *err);

/* Ends it, and takes back what it has done: the pod will not be started. */
void connection_abandon(Connection *c);
