/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/cosign.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "spec/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_done) Arena arena = {0};
	const char *text = (const char *)data;
	CosignSignatures found;
	CosignPayload payload;

	if (cosign_payload_parse(text, size, &arena, &payload, NULL) == 0)
		require(payload.manifest_digest && payload.reference);
	if (cosign_signatures_parse(text, size, &arena, &found, NULL) < 0)
		return 0;
	for (size_t i = 0; i < found.n; i++)
		require(oci_digest_valid(found.items[i].digest) && found.items[i].signature &&
			found.items[i].size <= COSIGN_PAYLOAD_MAX);
	return 0;
}
