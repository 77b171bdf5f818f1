/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a network's configuration has a DHCP client say to servers: who it is, what it asks for, and
 * what else they are to know. */

#include "net/plugin.h"

#define DHCP_OPTIONS_MAX 1024

/* As they are sent. The first one is the client's identifier. */
typedef struct DhcpOptions {
	uint8_t bytes[DHCP_OPTIONS_MAX];
	size_t len;
} DhcpOptions;

/* Reads "request" and "provide" of "ipam". ret is empty before. 0, -EINVAL or -ENOMEM. */
int dhcp_options_read(const PluginCall *c, DhcpOptions *ret, Error *err);
