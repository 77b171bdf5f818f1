/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Helpers of the fuzz harnesses of this folder: a promise that is broken ends the run. */

#include <stdint.h>
#include <stdlib.h>
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_require(bool promise)
{
	if (!promise)
		abort();
}

static inline char *fuzz_print(const Json *value)
{
	char *text = NULL;

	fuzz_require(json_print(value, false, &text) == 0);
	return text;
}
