/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod as "rkt list" and "rkt status" print it. */

#include "base/json.h"
#include "base/strbuf.h"
#include "pod/info.h"

/* The pod object of --format=json, made in arena; members that are empty are left out. 0, -EINVAL
 * "invalid creation time" for a pod that is still being prepared, -ENOMEM. */
int pod_to_json(Arena *arena, const PodInfo *info, Json **ret, Error *err);

/* One app's object in it. NULL when memory is out. */
Json *app_info_to_json(Arena *arena, const AppInfo *app);

/* "default:ip4=172.16.28.2, six:ip4=10.6.0.2, six:ip6=fd06::2", as one cell or value. */
void pod_put_networks(const PodInfo *info, StrBuf *out);
