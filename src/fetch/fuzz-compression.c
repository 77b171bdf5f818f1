/* SPDX-License-Identifier: Apache-2.0 */
/* The gate for foreign archives: detection, the four decoders, and their ceilings. The first byte
 * chooses how the rest is cut into pieces. */
#include <stdint.h>
#include "fetch/intake.h"

#define MAX_TAR (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check_total(void *userdata, const void *data, size_t len, Error *err)
{
	uint64_t *total = userdata;

	*total += len;
	if (*total > MAX_TAR)
		__builtin_trap();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	IntakeOptions options = {.size = -1, .tar_kind = DIGEST_SHA256, .max_tar = MAX_TAR};
	_cleanup_intake_ Intake *in = NULL;
	char hex[DIGEST_HEX_MAX + 1];
	uint64_t total = 0;
	size_t step;
	int r;

	if (size == 0 || intake_new(&options, (Sink){check_total, &total}, &in, NULL) < 0)
		return 0;
	step = 1 + data[0] * 7u;
	r = 0;
	for (size_t i = 1; r == 0 && i < size; i += step)
		r = intake_write(in, data + i, MIN(step, size - i), NULL);
	if (r == 0)
		(void)intake_finish(in, hex, NULL);
	return 0;
}
