/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What hands out addresses, as a network's "ipam" says. */

#include "net/plugin.h"

/* Adds addresses, routes and DNS to the result. 0 or a negative errno. */
int ipam_add(const PluginCall *c, CniResult *ret, Error *err);

/* See PluginCall.leaving; for plugins that are programs it is not called. */
typedef int IpamLeaving(const PluginCall *c, const Address *address, Error *err);

/* Gives all addresses back that the container has for the interface. 0 or a negative errno. */
int ipam_del(const PluginCall *c, IpamLeaving *leaving, Error *err);

/* Whether it is known before it is asked that IPAM will not name DNS servers. */
bool ipam_names_no_dns(const CniPlugin *plugin);

/* Whether addresses can only be given back while the interface that has them is there: DEL asks for
 * that first then. */
bool ipam_needs_interface(const CniPlugin *plugin);

/* CHECK and STATUS. Fine when the network has no IPAM. */
int ipam_check(const PluginCall *c, Error *err);
int ipam_status(const PluginCall *c, Error *err);

/* GC: as ipam_del(), for all that have an address and are not among the valid attachments. */
int ipam_gc(const PluginCall *c, IpamLeaving *leaving, Error *err);
