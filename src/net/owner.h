/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose a rule or an interface of the host is: "rkt NETWORK CONTAINER INTERFACE", a text that the
 * kernel keeps with it, by which DEL and GC find it. A network's name may have spaces, the other
 * two have none. */

#include "net/lease.h"
#include "net/plugin.h"

#define OWNER_TEXT 253 /* room for it and its NUL: what fits into a rule's comment */

/* 0 or -ENAMETOOLONG. */
int owner_text(const PluginCall *c, const char *container, const char *interface,
	char ret[static OWNER_TEXT], Error *err);

/* A network's attachments that GC is to leave alone. */
typedef struct OwnersLeft {
	const char *network;
	LeaseOwner *items; /* in the call's arena */
	size_t n;
} OwnersLeft;

/* 0, -EINVAL or -ENOMEM. */
int owners_left(const PluginCall *c, OwnersLeft *ret, Error *err);

/* Which owners something is to be done for: the one whose text it is, and those of the network, an
 * OwnersLeft, that are not left alone. */
typedef bool OwnerChoice(const char *text, void *userdata);
OwnerChoice owner_is, owner_is_garbage;
