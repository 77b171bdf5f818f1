/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Connecting a pod to its networks, in a process of its own, while the caller goes on to become the
 * pod's supervisor. */

#include "net/networks.h"
#include "pod/args.h"
#include "pod/pod.h"

typedef struct Connection {
	pid_t pid;  /* of that process; 0: there is none */
	int socket; /* to it, for the supervisor (plan/connection.h); -1: there is none */
} Connection;

#define CONNECTION_INIT                                                                            \
	{                                                                                          \
		.socket = -1                                                                       \
	}

/* What it is about: users says that the pod has users of its own, who will make its namespace. */
typedef struct ConnectionRequest {
	const Pod *pod;
	const Networks *networks;
	const PodPort *ports; /* of the host, that lead to the pod */
	size_t n_ports;
	const char *local_config;
	bool users;
	bool dns; /* DNS servers that networks name are the pod's */
} ConnectionRequest;

/* Sets dns: whether one of the networks may name servers. 0 or -ENOMEM. */
int connection_find_dns(ConnectionRequest *request, Error *err);

/* Starts the process. With no networks nothing is done. 0 or a negative errno. */
int connection_start(const ConnectionRequest *request, Connection *ret, Error *err);

/* Ends it, and takes back what it has done: the pod will not be started. */
void connection_abandon(const ConnectionRequest *request, Connection *c);
