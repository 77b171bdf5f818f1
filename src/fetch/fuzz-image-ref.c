/* SPDX-License-Identifier: Apache-2.0 */
/* Image strings: whatever is typed, the parts of a reference that parsed are complete and of the
 * right form. */
#include <stdint.h>
#include "spec/image-ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		__builtin_trap();
}

static void check_docker(const DockerRef *d)
{
	check(d->host && *d->host && !strchr(d->host, '/'));
	check(d->repository && *d->repository && !strstr(d->repository, "..") &&
		*d->repository != '/');
	check(!d->tag != !d->digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	_cleanup_image_ref_ ImageRef *ref = NULL;
	Error err = ERROR_INIT;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (image_ref_parse(text, size % 2, &ref, &err) < 0) {
		check(err.n_frames > 0);
		return 0;
	}
	check(strcmp(ref->typed, text) == 0);
	if (ref->kind == IMAGE_REF_DOCKER)
		check_docker(&ref->docker);
	if (ref->kind == IMAGE_REF_NAME)
		check(ref->name && *ref->name && ref->labels.n >= 2);
	return 0;
}
