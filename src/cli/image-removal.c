/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-removal.h"

#include <stdio.h>
#include "base/log.h"
#include "cli/rights.h"

void image_removal_one(ImageRemoval *removal, const char *key)
{
	Error err = ERROR_INIT;
	int r = image_remove(removal->store, key, &err);

	if (r == 0) {
		(void)printf("successfully removed aci for image: \"%s\"\n", key);
		removal->removed++;
		return;
	}
	/* Somebody else was quicker. */
	if (r == -ENOENT)
		return;
	if (r > 0)
		removal->stale++;
	else
		removal->failed++;
	rights_hint(removal->data_dir, &err);
	log_error(&err);
}

int image_removal_sum_up(const ImageRemoval *removal, Error *err)
{
	(void)fflush(stdout);
	if (removal->removed > 0)
		log_line(NULL, "%zu image(s) successfully removed", removal->removed);
	if (removal->stale > 0)
		(void)fail(err, -EIO, "%zu image(s) removed but left some stale files",
			removal->stale);
	if (removal->stale > 0 && removal->failed > 0)
		log_error(err);
	if (removal->failed > 0)
		(void)fail(err, -EIO, "%zu image(s) cannot be removed", removal->failed);
	return removal->stale > 0 || removal->failed > 0 ? -EIO : 0;
}
