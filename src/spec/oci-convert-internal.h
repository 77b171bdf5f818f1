/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "spec/oci.h"

/* The "app" object that a config stands for, with memory from arena. 0, -EINVAL, -ENOMEM. */
int oci_convert_app(const OciConfig *config, Arena *arena, App *ret, Error *err);
