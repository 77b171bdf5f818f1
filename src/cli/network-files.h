/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The texts of a pod's /etc/resolv.conf and /etc/hosts, from what the options say (resolv.conf(5),
 * hosts(5)). */

#include "cli/resolver.h"

/* The whole file. Fresh memory; 0, -ENOMEM or -E2BIG. */
int resolv_conf_text(const Resolver *resolver, char **ret);

/* One line for every address. Results as above. */
int hosts_text(const Resolver *resolver, char **ret);
