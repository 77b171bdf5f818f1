/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/cosign.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "trust/sigstore-bundle.h"

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
	CosignReferrers referrers;
	CosignPayload payload;
	SigstoreBundle bundle;
	SigstoreStatement statement;

	if (cosign_payload_parse(text, size, &arena, &payload, NULL) == 0)
		require(payload.manifest_digest && payload.reference);
	if (sigstore_bundle_parse(text, size, &arena, &bundle, NULL) == 0)
		require(bundle.content == SIGSTORE_KEYLESS || bundle.signature);
	if (sigstore_statement_parse(text, size, "sha256:0", &arena, &statement, NULL) == 0)
		require(statement.digest);
	if (cosign_referrers_parse(text, size, &arena, &referrers, NULL) == 0)
		for (size_t i = 0; i < referrers.n; i++)
			require(oci_digest_valid(referrers.items[i].digest));
	if (cosign_signatures_parse(text, size, &arena, &found, NULL) < 0)
		return 0;
	for (size_t i = 0; i < found.n; i++)
		require(oci_digest_valid(found.items[i].blob.digest) &&
			found.items[i].blob.size <= COSIGN_BUNDLE_MAX);
	return 0;
}
