/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The lines that the options add to a pod's /etc/hosts (hosts(5)). */

#include "cli/resolver.h"

/* One line for every address. Fresh memory; 0, -ENOMEM or -E2BIG. */
int hosts_text(const Resolver *resolver, char **ret);
