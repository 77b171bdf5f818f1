/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether the host can do what the options of a pod ask for. */

#include "base/error.h"

/* 0, or -EOPNOTSUPP when the kernel knows no user namespaces. */
int host_check_private_users(Error *err);

/* Whether root filesystems below this data directory can be overlays; says so when they cannot. */
bool host_has_overlay(const char *data_dir);
