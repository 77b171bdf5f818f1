/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer-chain.h"

#include <stdio.h>
#include "store/digest.h"

int layer_chain_name(const char *prefix, const char *const *layers, size_t n,
	char ret[static LAYER_CHAIN_NAME], Error *err)
{
	_cleanup_digest_ Digest *digest = NULL;
	char hex[DIGEST_HEX_MAX + 1];
	int r = digest_new(DIGEST_SHA512, &digest, err);

	/* Uppermost first, joined by commas. */
	for (size_t i = n; r == 0 && i > 0; i--) {
		if (i < n)
			r = digest_update(digest, ",", 1, err);
		if (r == 0)
			r = digest_update(digest, layers[i - 1], strlen(layers[i - 1]), err);
	}
	if (r == 0)
		r = digest_finish(digest, hex, err);
	if (r == 0)
		(void)snprintf(ret, LAYER_CHAIN_NAME, "%s%.*s", prefix, LAYER_CHAIN_HEX, hex);
	return r;
}
