/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a plugin remembers of each container, for DEL, CHECK and GC, which are not told it: files in
 * a directory of the plugin's and, below it, of the network's. A file is called by the container
 * and its interface, neither of which has a colon. */

#include <limits.h>
#include "net/plugin.h"

/* "CONTAINER:INTERFACE.json". 0 or -ENAMETOOLONG. */
int attachment_file_name(
	const char *container, const char *interface, char ret[static NAME_MAX + 1], Error *err);

/* Opens the network's directory below the plugin's; make tells whether it is made. -ENOENT, without
 * an error text, when there is none. */
int attachment_files_open(const PluginCall *c, const char *directory, bool make, Error *err);

/* GC: calls take_back for the files of all but the valid attachments, and removes those that were
 * taken back. One that cannot be does not keep the others. 0 or the first failure. */
int attachment_files_collect(const PluginCall *c, const char *directory,
	int (*take_back)(const PluginCall *c, int dir, const char *file, Error *err), Error *err);
