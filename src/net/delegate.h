/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Plugins by their types: for a pod's networks, and for other plugins that ask them (what hands out
 * addresses, what flannel passes its work on to). One that an administrator has put on the search
 * path comes before one of ours. */

#include "net/plugin.h"

/* ADD, and a command without a result, of the plugin type, with what c tells. 0 or a negative
 * errno.
 */
int delegate_add(const PluginCall *c, const char *type, CniResult *ret, Error *err);
int delegate_ask(const PluginCall *c, const char *type, const char *command, Error *err);

/* Ours of this type, unless the search path has one that is not this program itself; else NULL. */
const Plugin *delegate_find(const char *search_path, const char *type);
