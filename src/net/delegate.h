/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Plugins by their types: for a pod's networks, and for other plugins that ask them (what hands out
 * addresses, what flannel passes its work on to). One that an administrator has put on the search
 * path comes before one of ours. */

#include "net/plugin.h"

/* What of a plugin's configuration is asked: the plugin itself, or what hands out its addresses. */
typedef enum DelegateRole {
	DELEGATE_NETWORK,
	DELEGATE_IPAM,
} DelegateRole;

/* ADD, and a command without a result, with what c tells. 0 or a negative errno: -EINVAL for one of
 * ours in the role of the other. */
int delegate_add(const PluginCall *c, DelegateRole role, CniResult *ret, Error *err);
int delegate_ask(const PluginCall *c, DelegateRole role, const char *command, Error *err);

/* Whether the types of a configuration can do what they are there for, as far as they are ours. 0,
 * or -EINVAL with a message that begins with the member. */
int delegate_check(const char *search_path, const CniPlugin *plugin, Error *err);

/* Ours of this type, unless the search path has one that is not this program itself; else NULL. */
const Plugin *delegate_find(const char *search_path, const char *type);
