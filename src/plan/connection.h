/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the process that connects a pod to its networks and the pod's monitor say to each other,
 * over a socket for packets (base/packet.h), each a ConnectionWord. The monitor is told its
 * descriptor in the environment. End of file before one of the last two steps means that the pod
 * could not be connected, and that the user has been told why. */

#include <stdint.h>

#define CONNECTION_VARIABLE "RKT_NETWORK_FD"

#define CONNECTION_END_SIZE 24

typedef enum ConnectionStep {
	CONNECTION_NAMESPACE = 'n', /* the pod's network namespace comes with it: from the one who
				       makes it, which is the monitor for pods with users of their
				       own */
	CONNECTION_DONE = 'd',      /* the networks are attached */
	CONNECTION_DNS = 'D',       /* so they are, and resolv.conf is in the pod's directory */
} ConnectionStep;

typedef struct ConnectionWord {
	uint8_t step; /* ConnectionStep */

	/* With the last two, where the plan asks for it (PLAN_HOST_PLACE): the IPv4 address by
	 * which the pod's networks lead to the host. Else zeros. */
	uint8_t host[4];

	/* With the last two, where something must not outlive the pod: a descriptor of the program
	 * that takes it back comes too. The monitor executes it in the pod's directory once the pod
	 * has ended; its arguments are this one and the pod's UUID. */
	char end[CONNECTION_END_SIZE];
} ConnectionWord;

/* What the pod's directory has that address in, as text, for who comes in later. */
#define CONNECTION_HOST_FILE "net/host-address"
