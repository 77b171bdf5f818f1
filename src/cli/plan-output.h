/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A launch plan on stdout. */

#include "cli/output.h"

/* Prints the plan of len bytes at data, which is aligned to 8 bytes. */
int plan_output(const void *data, size_t len, OutputFormat format, Error *err);
