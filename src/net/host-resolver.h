/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "spec/cni.h"

/* Reads what a file like /etc/resolv.conf says (resolv.conf(5)) into the arena. Of "domain" and
 * "search" the last one counts; nameservers and options add up. 0 or a negative errno. */
int host_resolver_read(const char *path, Arena *arena, CniDns *ret, Error *err);
