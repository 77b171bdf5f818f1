/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/oci.h"

#include "spec/platform.h"

/* Entries without a platform come after every one that fits. */
static int rank(const Platform *host, const OciDescriptor *d)
{
	if (!d->os && !d->arch)
		return 1;
	if (!host || !d->os || !d->arch || !streq(d->os, "linux"))
		return 0;
	return 2 * platform_rank(host, d->arch, d->variant);
}

const OciDescriptor *oci_index_select(const OciIndex *i)
{
	const Platform *host = platform_host();
	const OciDescriptor *best = NULL;
	int best_rank = 0;

	for (size_t n = 0; n < i->n_manifests; n++) {
		int this_rank = rank(host, &i->manifests[n]);

		if (this_rank <= best_rank)
			continue;
		best = &i->manifests[n];
		best_rank = this_rank;
	}
	return best;
}
