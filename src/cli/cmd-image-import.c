/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"
#include "cli/image-program.h"

static int run(const Invocation *inv, Error *err)
{
	_cleanup_free_ char *source = NULL;
	int r = path_absolute(inv->args[0], &source);

	if (r < 0)
		return fail_errno(err, r, "%s", inv->args[0]);
	return image_program(inv, (const char *const[]){source, inv->args[1]}, 2, err);
}

const Verb verb_image_import = {
	.name = "image import",
	.synopsis = "SOURCE NAME[:VERSION][,LABEL=VALUE...]",
	.brief = "Make an image of a directory or a tar",
	.description =
		"Stores a directory, or a tar that may be compressed, as the root filesystem of a "
		"new image called NAME, and prints its ID. The image runs /bin/sh as root; \"rkt "
		"run "
		"NAME --exec=PATH\" runs something else.",
	.min_args = 2,
	.missing = "SOURCE",
	.max_args = 2,
	.run = run,
};
