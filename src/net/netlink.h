/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages to the kernel's routing (rtnetlink(7)) and netfilter (nfnetlink) subsystems: several are
 * put together in one buffer, sent at once, and answered by one acknowledgement. */

#include <linux/netlink.h>
#include <stdint.h>
#include "base/error.h"

#define NETLINK_BATCH_MAX (128u << 10) /* what sockets take everywhere, and to spare */

/* A buffer of messages, see netlink_begin(). What does not fit makes netlink_run() fail. */
typedef struct NetlinkBatch {
	size_t len;
	size_t message;   /* where the last message begins */
	size_t asked;     /* the one whose answer is waited for: the last that gets one */
	uint32_t n;       /* messages so far */
	uint32_t lenient; /* messages from this number on, which is not 0, may find there what they
			     are to make */
	uint32_t failed;  /* after netlink_run() has failed: number of the first message that did */
	bool transaction; /* of netfilter: its first message speaks for all when it fails */
	bool overflow;
	_Alignas(struct nlmsghdr) char data[NETLINK_BATCH_MAX]; /* nothing behind len is set */
} NetlinkBatch;

/* A socket of a protocol (NETLINK_ROUTE, NETLINK_NETFILTER) in the caller's network namespace, or a
 * negative errno. */
int netlink_open(int protocol);

/* Makes an empty batch of b, which need not be initialized: most batches fill a small part of it,
 * and memory that is not touched costs nothing. */
void netlink_begin(NetlinkBatch *b);

/* Begins a message with the header that its subsystem wants behind struct nlmsghdr. flags go beside
 * NLM_F_REQUEST. */
void netlink_message(
	NetlinkBatch *b, uint16_t type, uint16_t flags, const void *header, size_t header_len);

/* Append an attribute to the last message. Numbers are in the byte order of this machine, the
 * second kind in that of the network. */
void netlink_put(NetlinkBatch *b, uint16_t attribute, const void *data, size_t len);
void netlink_put_text(NetlinkBatch *b, uint16_t attribute, const char *text);
void netlink_put_u32(NetlinkBatch *b, uint16_t attribute, uint32_t value);
void netlink_put_be32(NetlinkBatch *b, uint16_t attribute, uint32_t value);

/* Begins an attribute that holds others, and ends the one that netlink_nest() gave the place of. */
size_t netlink_nest(NetlinkBatch *b, uint16_t attribute);
void netlink_nest_end(NetlinkBatch *b, size_t nest);

/* Sends the batch and waits for its answer. 0 or the negative errno of the first message that
 * failed; those behind it may have been done nevertheless, except in a transaction. */
int netlink_run(int fd, NetlinkBatch *b);

/* Calls found for each message that answers a request, which is the batch's only message and one
 * for a dump or with NLM_F_ACK, until it returns something else than 0, or the answer is at its
 * end. Result: that, 0, or a negative errno. */
int netlink_dump(int fd, NetlinkBatch *b,
	int (*found)(const struct nlmsghdr *message, void *userdata), void *userdata);

/* The same for a dump of all that there is of a kind: type says which, header is the message's. */
int netlink_list(int fd, uint16_t type, const void *header, size_t len,
	int (*found)(const struct nlmsghdr *message, void *userdata), void *userdata);

/* The attributes of a message, behind a header of header_len bytes. */
const void *netlink_attributes(const struct nlmsghdr *h, size_t header_len, size_t *ret_len);

/* An attribute among those in len bytes from first, or NULL. */
const struct nlattr *netlink_find(const void *first, size_t len, uint16_t attribute);

/* The one at the end of a way of n attributes, each of which is inside the one before it, or NULL.
 */
const struct nlattr *netlink_find_inside(
	const void *first, size_t len, const uint16_t *way, size_t n);

static inline const void *netlink_data(const struct nlattr *a)
{
	return a + 1;
}

static inline size_t netlink_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}
