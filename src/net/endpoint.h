/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What plugins that make an interface in a pod have in common. */

#include "net/lease.h"
#include "net/link.h"
#include "net/plugin.h"

/* One end of a pair, or a single interface. */
typedef struct Endpoint {
	char name[IFNAMSIZ];
	unsigned index;
	uint8_t mac[LINK_MAC_LEN];
	int socket; /* routing socket of the namespace that it is in */
} Endpoint;

/* An address of the pod. */
typedef struct Leg {
	Address address, gateway;
	bool has_gateway;
} Leg;

/* Both sides of what is about to be made: sockets of the host's namespace and of the pod's, which
 * has to be done with endpoints_done() also after a failure. 0 or a negative errno. */
int endpoints_open(const PluginCall *c, Endpoint *host, Endpoint *pod, Error *err);
void endpoints_done(Endpoint *host, Endpoint *pod);

/* Makes a pair: one end in the pod, down, the other on the host, up, with a name that nobody has.
 * mtu 0: the kernel's; master: index of the bridge that the host's end is a port of, 0: none. 0 or
 * a negative errno. */
int endpoints_make_pair(const PluginCall *c, unsigned mtu, unsigned master, Endpoint *host,
	Endpoint *pod, Error *err);

/* An address of a result. 0 or -EINVAL. */
int leg_parse(const CniIp *ip, Leg *ret, Error *err);

/* Adds the routes of a result to a batch, for the pod's interface: by their own gateway, or by that
 * of an address of their family. They are its last messages: of routes to one place the first
 * network's counts. 0 or -EINVAL. */
int endpoint_add_routes(NetlinkBatch *b, const Endpoint *pod, const CniResult *result, Error *err);

/* Runs a batch that ends in the routes of a result. 0, or a negative errno with the route that the
 * kernel has refused. */
int endpoint_run(const Endpoint *pod, NetlinkBatch *b, const CniResult *result, Error *err);

/* Sets the pod's interface up, with the addresses, which reach their networks directly, and the
 * routes of a result. 0 or a negative errno. */
int endpoint_configure(
	const PluginCall *c, const Endpoint *pod, const CniResult *result, Error *err);

/* Describes interfaces for a result: on the host (NULL for none) and in the pod, which has all its
 * addresses; and takes the DNS settings of the configuration. 0 or -ENOMEM. */
int endpoint_describe(const PluginCall *c, const Endpoint *const *host, size_t n_host,
	const Endpoint *pod, CniResult *result, Error *err);

/* All of these for an interface that is alone: has addresses handed out, if the configuration says
 * by whom, sets it up, and describes it. 0 or a negative errno. */
int endpoint_complete(const PluginCall *c, const Endpoint *pod, CniResult *result, Error *err);

/* Masquerades all addresses of a result, for the container. 0 or a negative errno. */
int endpoint_masquerade(const PluginCall *c, const CniResult *result, Error *err);

/* DEL: deletes the interface, unless the namespace goes with all that is in it, stops masquerading
 * what is this container's, if that was done, and gives addresses back. 0 or a negative errno. */
int endpoint_delete(const PluginCall *c, bool masquerade, Error *err);

/* CHECK: fails when an interface, an address or a route of the previous result, or an address'
 * lease, is not there. 0 or a negative errno. */
int endpoint_check(const PluginCall *c, Error *err);

/* GC: gives addresses back that nobody uses any more, and stops masquerading them. 0 or a negative
 * errno. */
int endpoint_collect(const PluginCall *c, bool masquerade, Error *err);

/* The network of one host. */
Address one_host(const Address *a);
