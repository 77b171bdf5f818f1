/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* IP addresses and networks, of both families. */

#include <stdint.h>
#include <sys/socket.h>
#include "base/error.h"

#define ADDRESS_TEXT 64 /* room for "ADDRESS/PREFIX" and its NUL */

typedef struct Address {
	int family;        /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* the first 4, or all 16, in the order of the network */
	unsigned prefix;   /* bits of its network; of one host: 32 or 128 */
} Address;

/* "10.0.0.1", "fd00::1". 0 or -EINVAL. */
int address_parse(const char *text, Address *ret);

/* "10.0.0.1/24", an address with its network; without a prefix it is one host's. 0 or -EINVAL. */
int address_parse_network(const char *text, Address *ret);

/* "10.0.0.1", and with its prefix "10.0.0.1/24". Return buf. */
const char *address_text(const Address *a, char buf[static ADDRESS_TEXT]);
const char *address_network_text(const Address *a, char buf[static ADDRESS_TEXT]);

/* Its size: 4 or 16. */
size_t address_size(const Address *a);

/* The bits of a whole address: 32 or 128. */
unsigned address_bits(const Address *a);

/* The first and the last address of a's network. */
Address address_first(const Address *a);
Address address_last(const Address *a);

/* a with step (which may be negative) added, not beyond the ends of the family's numbers: those
 * wrap around. */
Address address_add(const Address *a, int step);

/* Below 0, 0, or above it, as a is below, at or above b. Of the same family. */
int address_compare(const Address *a, const Address *b);

/* Whether a is in the network. */
bool address_within(const Address *a, const Address *network);

/* Its mask as an address: 255.255.255.0. */
Address address_mask(const Address *a);
