/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* resolv.conf(5). */

#include "spec/cni.h"

/* Whether there is anything in it. */
bool dns_is_given(const CniDns *dns);

/* The whole file; origin says in its first line where it comes from. Fresh memory; 0, -ENOMEM or
 * -E2BIG. */
int resolv_conf_text(const char *origin, const CniDns *dns, char **ret);

/* Reads what a file like /etc/resolv.conf says (resolv.conf(5)) into the arena. Of "domain" and
 * "search" the last one counts; nameservers and options add up. 0 or a negative errno. */
int resolv_conf_read(const char *path, Arena *arena, CniDns *ret, Error *err);
