/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One network of a pod: calling its plugins, and remembering what they have said. */

#include "net/networks.h"
#include "net/plugin.h"
#include "pod/pod.h"

/* Of the parts of a network's configuration, the one that speaks for it. */
static inline const CniPlugin *main_plugin(const CniNetwork *network)
{
	return &network->plugins[0];
}

/* Whether one of the networks may name DNS servers, as far as can be told before it is attached. */
bool attach_may_name_dns(const Networks *networks, const char *search_path);

/* Calls all plugins of a network in turn; each gets the result of the one before it, and the last
 * one's is the network's. c says who and where. 0 or a negative errno. */
int attach_network(PluginCall *c, const Network *network, CniResult *ret, Error *err);

/* Takes it back, in reverse order; result is what attach_network() came to, NULL when that is not
 * known. What fails does not keep the others from being asked; the first failure is told. */
int detach_network(PluginCall *c, const CniNetwork *network, const CniResult *result, Error *err);

/* Keeps a network's result in the pod's directory, and reads it: NULL in *ret where there is none.
 */
int attach_save_result(const Pod *pod, Arena *arena, const CniNetwork *network,
	const CniResult *result, Error *err);
void attach_load_result(const Pod *pod, Arena *arena, const char *network, CniResult **ret);
