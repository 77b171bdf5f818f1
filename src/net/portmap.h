/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pod/args.h"
#include "spec/cni.h"

/* The ports of the host that a network's plugin portmap is asked to forward, in arena; none without
 * that plugin. 0 or a negative errno. */
int portmap_ports(const CniNetwork *network, Arena *arena, PodPort **ret, size_t *ret_n);
