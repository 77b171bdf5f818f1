/* SPDX-License-Identifier: Apache-2.0 */
#include "init/way-out.h"

#include <stdint.h>
#include "base/monotonic.h"

#define ESCAPE ('\x1d') /* ^] */

static struct {
	unsigned escapes;
	int64_t first; /* ms */
} way_out;

bool way_out_typed(const char *data, ssize_t n)
{
	int64_t now = monotonic_ms();

	for (ssize_t i = 0; i < n; i++) {
		if (data[i] != ESCAPE || now - way_out.first > 1000)
			way_out.escapes = 0;
		if (data[i] != ESCAPE)
			continue;
		if (way_out.escapes++ == 0)
			way_out.first = now;
		if (way_out.escapes == 3)
			return true;
	}
	return false;
}
