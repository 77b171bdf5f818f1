/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Kubernetes resource quantities, as appc isolators use them: "500m", "64M", "1.5Gi", "1e6". */

#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

/* Parses s and returns its value times scale, rounded up (scale 1: whole units, 1000: thousandths).
 * -EINVAL for a bad form, -ERANGE past int64. */
int quantity_parse(const char *s, int64_t scale, int64_t *ret);

/* Rewrites s in canonical form (the largest suffix of its family without a fraction: "1.5Gi" is
 * "1536Mi"). 0, -EINVAL or -ERANGE; buf of 32 bytes is enough. */
int quantity_canonical(const char *s, char *buf, size_t size);
