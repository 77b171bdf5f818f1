/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/signature-packets.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether it is accepted with these bytes behind it. */
static bool accepted_with(const uint8_t *data, size_t size, const char *behind, size_t len)
{
	uint8_t *both = malloc(size + len);
	bool accepted;

	if (!both)
		abort();
	memcpy(both, data, size);
	memcpy(both + size, behind, len);
	accepted = signature_packets_only(both, size + len);
	free(both);
	return accepted;
}

/* Behind whole packets another one can stand, unless there are too many, but nothing else. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!signature_packets_only(data, size))
		return 0;
	if (accepted_with(data, size, "\xac\x01\x04", 3) || accepted_with(data, size, "\x88", 1))
		abort();
	if (size < SIGNATURES_MAX && !accepted_with(data, size, "\x88\x01\x04", 3))
		abort();
	return 0;
}
