/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>
#include "net/connect.h"
#include "net/forward.h"
#include "net/plugin.h"

/* The file in a pod's directory that holds the path of its network namespace. */
#define NAMESPACE_FILE "netns"

/* Takes the ports of pods that have ended back before gc does; and all networks of those that have
 * an address of the network that c is about: the one that its arguments ask for, or else any.
 * Whether there were any. */
bool take_back_ended_ports(const char *data_dir);
bool take_back_ended_networks(const char *data_dir, const PluginCall *c);

/* That path: "/var/run/netns/cni-UUID". */
void connect_name_namespace(const Pod *pod, char ret[static PATH_MAX]);
