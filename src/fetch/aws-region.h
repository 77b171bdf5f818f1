/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#define AWS_REGION_MAX 64

/* The region that a host (host[:port]) of the service belongs to. Returns buf. */
const char *aws_region_of(const char *host, size_t len, char buf[static AWS_REGION_MAX]);
