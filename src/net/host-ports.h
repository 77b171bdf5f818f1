/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the host itself has at ports that are to lead to a pod. */

#include "net/ports.h"

/* Whether an address is one of this host's, or one that the host lets be used before it is
 * (net.ipv4.ip_nonlocal_bind). */
bool host_has_address(const Address *a);

/* Looks at the ports before they are forwarded. say hears of those that a process of this host
 * uses: what comes for it will lead to the pod. 0, or -EADDRNOTAVAIL for a port of an address that
 * is not this host's, as nothing ever comes for it, or that is ::1. */
int host_ports_check(const Forwarding *f, void (*say)(const char *text), Error *err);
