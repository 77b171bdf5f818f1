/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the caller of a plugin asks for beside CNI_ARGS: capability arguments in "runtimeConfig" or,
 * behind them, the conventional ones in "args.cni". */

#include "net/lease.h"
#include "net/plugin.h"

typedef struct PluginRequest {
	const char **ips; /* addresses */
	size_t n_ips;
	const char *mac; /* NULL: any */
} PluginRequest;

/* 0, -EINVAL or -ENOMEM. */
int plugin_request(const PluginCall *c, PluginRequest *ret, Error *err);

/* Those that GC is to leave alone: "cni.dev/valid-attachments", which has to be there. 0, -EINVAL
 * or -ENOMEM. */
int plugin_valid_attachments(const PluginCall *c, LeaseOwner **ret, size_t *ret_n, Error *err);
