/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Packets with descriptors, over sockets that keep their borders (SOCK_SEQPACKET). Needs nothing
 * but system calls, so that rkt-init can use it too. */

#include <stddef.h>

/* Sends len bytes as one packet over a socket, with n descriptors (PACKET_FDS at most). 0 or a
 * negative errno (-EPIPE: nobody listens any more). */
#define PACKET_FDS 4
int packet_send(int socket, const void *data, size_t len, const int *fds, unsigned n);

/* Waits for one packet of exactly len bytes. 1, and its descriptors, the ones that did not come
 * being -1; 0 at the end; or a negative errno, -EBADMSG for another length. */
int packet_receive(int socket, void *ret, size_t len, int ret_fds[static PACKET_FDS]);
