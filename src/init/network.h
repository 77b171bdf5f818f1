/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include "plan/connection.h"

/* The pod's network namespace, as the monitor makes it. */

/* Makes a network namespace whose loopback is up. The caller stays in its own. Returns a descriptor
 * of it or a negative errno. */
int network_create(void);

/* The same, and the caller stays in it. */
int network_enter_new(void);

/* The pod's networks are attached by somebody else, who is at the other end of connection
 * (plan/connection.h). */

/* Takes the namespace that is made there. A descriptor or a negative errno: -ECANCELED when it
 * could not be made, and the user has been told why. */
int network_receive(int connection);

/* Tells of the namespace that was made here instead. 0 or a negative errno. */
int network_send(int connection, int fd);

/* What takes back what must not outlive the pod. */
typedef struct NetworkEnd {
	int program; /* a descriptor of it; -1: there is nothing */
	char argument[CONNECTION_END_SIZE];
} NetworkEnd;

/* Waits until the networks are attached. 0; 1 when they have named DNS servers; or as
 * network_receive(). *ret_host holds the four bytes of ConnectionWord.host. */
int network_wait(int connection, int32_t *ret_host, NetworkEnd *ret_end);

/* Executes it, if there is something. What it cannot do is said, and left to gc. */
void network_end(NetworkEnd *end, const char *uuid);
