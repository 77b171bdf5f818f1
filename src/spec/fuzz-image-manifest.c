/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/image-manifest.h"

#include "spec/fuzz-fixture.h"

/* What was accepted is printed, accepted again, and then printed alike. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_image_manifest_ ImageManifest *first = NULL, *second = NULL;
	_cleanup_free_ char *once = NULL, *twice = NULL;
	Error err = ERROR_INIT;

	if (image_manifest_parse((const char *)data, size, &first, &err) < 0)
		return 0;
	once = fuzz_print(image_manifest_to_json(&first->arena, first));
	fuzz_require(image_manifest_parse(once, strlen(once), &second, &err) == 0);
	twice = fuzz_print(image_manifest_to_json(&second->arena, second));
	fuzz_require(streq(once, twice));
	return 0;
}
