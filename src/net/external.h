/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Plugins that are programs, by the protocol of the Container Network Interface: what they are
 * asked is in their environment, the configuration on their standard input, the result on their
 * standard output. */

#include "net/plugin.h"

/* The path of the program for a type, among the directories of a search path that ':' separates.
 * Fresh memory. -ENOENT, with an error text, when there is none. */
int external_find(const char *search_path, const char *type, char **ret, Error *err);

/* Runs ADD. What the plugin says of a failure becomes the error: -EREMOTEIO. */
int external_add(const PluginCall *c, const char *type, CniResult *ret, Error *err);

/* Runs another command, which has no result: "DEL", "CHECK", "GC", "STATUS". */
int external_ask(const PluginCall *c, const char *type, const char *command, Error *err);
