/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* Lets the host pass packets of a family (AF_INET, AF_INET6) on. 0 or a negative errno. */
int forwarding_enable(int family, Error *err);
