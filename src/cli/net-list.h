/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --net: the networks of a pod, "NAME[:K=V;K2=V2]" in comma lists. */

#include "base/arena.h"
#include "base/error.h"
#include "net/networks.h"
#include "spec/app.h"

typedef struct NetList {
	NetRequest *items;
	size_t n;
} NetList;

/* Parses what was given with --net; no value at all means "default". Names and arguments live in
 * arena. -EINVAL for an empty or repeated name, arguments for "all", "host" or "none", or
 * arguments of another form. */
int net_list_parse(const StrList *values, Arena *arena, NetList *ret, Error *err);

/* As one comma list again. Fresh memory. 0 or -ENOMEM. */
int net_list_format(const NetList *list, char **ret);

bool net_list_has(const NetList *list, const char *name);
