/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What hands out addresses, as a network's "ipam" says. */

#include "net/lease.h"
#include "net/plugin.h"

/* Adds addresses, routes and DNS to the result. 0 or a negative errno. */
int ipam_add(const PluginCall *c, CniResult *ret, Error *err);

/* Gives all addresses back that the container has for the interface. The hook is called for those
 * that are known here, with the prefix of their network. 0 or a negative errno. */
int ipam_del(const PluginCall *c, const LeaseHook *hook, Error *err);

/* A hook for those who have nothing to do. */
extern const LeaseHook ipam_no_hook;

/* ipam_del() of host-local. */
int host_local_del(const PluginCall *c, const LeaseHook *hook, Error *err);
