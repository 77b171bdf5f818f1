/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>
#include "net/connect.h"
#include "net/forward.h"
#include "net/plugin.h"

/* The file in a pod's directory that holds the path of its network namespace. */
#define NAMESPACE_FILE "netns"

/* The configuration that a network was attached by. 0 or a negative errno. */
int connect_load_conf(
	const Pod *pod, const PodNetwork *network, Arena *arena, CniNetwork *ret, Error *err);

/* What has become of what a pod wants. */
typedef enum TakeBack {
	TAKE_BACK_NONE, /* no other pod has it */
	TAKE_BACK_HELD, /* one that runs has it */
	TAKE_BACK_DONE, /* one that has ended had it */
} TakeBack;

/* Takes the ports of pods that have ended back before gc does. */
TakeBack take_back_ended_ports(const char *data_dir);

/* The same of all networks of one pod which has ended, for ADD of a plugin that has failed with
 * code: one that has the address c->taken or a port that the network is to forward or, where the
 * network has no address left, any one of it. TAKE_BACK_NONE for other codes. */
TakeBack take_back_ended_network(const char *data_dir, const PluginCall *c, int code);

/* That path: "/var/run/netns/cni-UUID". */
void connect_name_namespace(const Pod *pod, char ret[static PATH_MAX]);
