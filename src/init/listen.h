/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Listens with a socket of this type (SOCK_STREAM, SOCK_SEQPACKET) at path, for root alone, in
 * place of what is there. Accepting does not block. The descriptor or a negative errno,
 * -ENAMETOOLONG for a path that is longer than the address of a socket. */
int listen_at(const char *path, int type, int backlog);
