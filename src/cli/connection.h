/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Connecting a pod to its networks, in a process of its own, while the caller goes on to become the
 * pod's supervisor. */

#include "net/connect.h"

typedef struct Connection {
	pid_t pid;  /* of that process; 0: there is none */
	int socket; /* to it, for the supervisor (plan/connection.h); -1: there is none */
} Connection;

#define CONNECTION_INIT                                                                            \
	{                                                                                          \
		.socket = -1                                                                       \
	}

/* What it is about. */
typedef struct ConnectionRequest {
	const Pod *pod;
	ConnectOptions options;
	bool users; /* the pod has users of its own, who will make its namespace */
} ConnectionRequest;

/* Starts the process. 0 or a negative errno. */
int connection_start(const ConnectionRequest *request, Connection *ret, Error *err);

/* Ends it, and takes back what it has done: the pod will not be started. */
void connection_abandon(const ConnectionRequest *request, Connection *c);
