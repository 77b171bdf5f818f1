/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Traffic control (tc(8)): how fast interfaces send. Functions with a batch add messages to it, as
 * those of link.h; the others ask the kernel by a routing socket. */

#include "net/link.h"

typedef struct ShaperRate {
	uint64_t rate;  /* bytes per second; 0: no limit */
	uint32_t burst; /* bytes, at once */
} ShaperRate;

/* What the interface sends is held back to the rate: a token bucket, in place of what it has. */
void shaper_limit(NetlinkBatch *b, unsigned index, const ShaperRate *rate);

/* What the interface receives is sent by another one instead, and goes on its way when it was. */
void shaper_redirect(NetlinkBatch *b, unsigned index, unsigned to);

/* Says whose it is, in less than 256 bytes. */
void shaper_name_owner(NetlinkBatch *b, unsigned index, const char *owner);

/* Whether it is so: 1, 0 or a negative errno. */
int shaper_is_limited(int fd, unsigned index, const ShaperRate *rate);
int shaper_is_redirected(int fd, unsigned index, unsigned to);

/* Calls found for the interface of this kind that has the name, if it is of this kind; owner is ""
 * where nobody has said whose it is. 0 or what found says, -ENODEV when there is none of that name,
 * or another negative errno. */
int shaper_find_device(int fd, const char *name,
	int (*found)(unsigned index, const char *owner, void *userdata), void *userdata);

/* The same for all interfaces of this kind; a result other than 0 ends it. */
int shaper_list_devices(
	int fd, int (*found)(unsigned index, const char *owner, void *userdata), void *userdata);
