/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is remembered of an address that DHCP has given to a container: a file, which also is where
 * the process that keeps the lease is found by, as it holds a lock on it (F_SETLK: the kernel tells
 * whose it is). */

#include "base/arena.h"
#include "net/dhcp-client.h"

typedef struct DhcpRecord {
	const char *interface; /* in the container */
	const char *namespace; /* the path of its network namespace */
	int64_t device, inode; /* that one, and no other that has got its path */
	const char *address;   /* with its network */
	const char *server, *server_mac;
	int64_t lease, renew, rebind; /* in seconds */
	int64_t since;                /* of the clock CLOCK_BOOTTIME */
	const char *options;          /* of queries, in hexadecimal digits */
} DhcpRecord;

/* Writes it in place of what a file has. Texts are those of the record. 0 or a negative errno. */
int dhcp_record_write(int fd, const DhcpRecord *record, Error *err);

/* Reads it, into the arena. name is for messages. 0 or a negative errno. */
int dhcp_record_read(int fd, const char *name, Arena *arena, DhcpRecord *ret, Error *err);

/* Takes a lease over into the record, whose texts are in the arena then. 0 or -ENOMEM. */
int dhcp_record_set(DhcpRecord *record, const DhcpLease *lease, unsigned prefix, Arena *arena);

/* The lease, and the client's options, which are in the arena. 0, -EINVAL or -ENOMEM. */
int dhcp_record_get(const DhcpRecord *record, Arena *arena, DhcpLease *ret, unsigned *ret_prefix,
	DhcpClient *client);

/* Options as they are remembered. NULL when memory is out. */
const char *dhcp_record_options(Arena *arena, const uint8_t *options, size_t len);

/* Opens a client on the record's interface, in its namespace, and calls run. 0 and what run says;
 * -ENODEV when the namespace or the interface is gone; or another negative errno. */
int dhcp_record_run(const DhcpRecord *record, DhcpClient *client,
	int (*run)(DhcpClient *client, void *userdata), void *userdata);

/* Seconds of CLOCK_BOOTTIME. */
int64_t dhcp_now(void);
