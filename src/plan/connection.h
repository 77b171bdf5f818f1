/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the process that connects a pod to its networks and the pod's monitor say to each other,
 * over a socket for packets (base/packet.h) of one byte each. The monitor is told its descriptor in
 * the environment. End of file before one of the last two means that the pod could not be
 * connected, and that the user has been told why. */

#define CONNECTION_VARIABLE "RKT_NETWORK_FD"

typedef enum ConnectionStep {
	CONNECTION_NAMESPACE = 'n', /* the pod's network namespace comes with it: from the one who
				       makes it, which is the monitor for pods with users of their
				       own */
	CONNECTION_DONE = 'd',      /* the networks are attached */
	CONNECTION_DNS = 'D',       /* so they are, and resolv.conf is in the pod's directory */
} ConnectionStep;
