/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>
#include "net/connect.h"

/* The file in a pod's directory that holds the path of its network namespace. */
#define NAMESPACE_FILE "netns"

/* That path: "/var/run/netns/cni-UUID". */
void connect_name_namespace(const Pod *pod, char ret[static PATH_MAX]);
