/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* resolv.conf(5). */

#include "spec/cni.h"

/* Whether there is anything in it. */
bool dns_is_given(const CniDns *dns);

/* The first one, and of the second one what the first one says nothing of: servers, domains to
 * search, options. Has the memory of both. */
CniDns dns_merge(const CniDns *first, const CniDns *second);

/* The whole file; origin says in its first line where it comes from. Fresh memory; 0, -ENOMEM or
 * -E2BIG. */
int resolv_conf_text(const char *origin, const CniDns *dns, char **ret);
