/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-program.h"

/* "image extract" and "image render". */

typedef struct ExtractOptions {
	bool overwrite, rootfs_only;
} ExtractOptions;

#define AT(member) offsetof(ExtractOptions, member)

static const Option rows[] = {
	{"overwrite", OPTION_BOOL, AT(overwrite), "false", NULL,
		"replace the output directory, with all that is in it"},
	{"rootfs-only", OPTION_BOOL, AT(rootfs_only), "false", NULL,
		"write only what is in the image's root, without its manifest"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int run(const Invocation *inv, Error *err)
{
	const ExtractOptions *options = inv->options;

	return image_program_for_one(inv, options->overwrite, options->rootfs_only, err);
}

#define ROW                                                                                        \
	.synopsis = "[OPTIONS] IMAGE OUTPUT_DIR", .options = sets,                                 \
	.options_size = sizeof(ExtractOptions), .min_args = 2, .missing = "IMAGE OUTPUT_DIR",      \
	.max_args = 2, .run = run

const Verb verb_image_extract = {
	.name = "image extract",
	.brief = "Extract a stored image to a directory",
	.description = "Unpacks a stored image into a new directory: its manifest, and its root in "
		       "\"rootfs\". Of an image that depends on others this is the image alone; "
		       "\"rkt image render\" writes all of it. Only root can restore owners, and "
		       "only root can extract images that are no ACIs. IMAGE is an ID, the "
		       "beginning of one, or a name.",
	ROW,
};

const Verb verb_image_render = {
	.name = "image render",
	.brief = "Render a stored image to a directory with all its dependencies",
	.description =
		"Writes a stored image into a new directory as a pod would see it, together with "
		"what it depends on: its manifest, and its root in \"rootfs\". Only root can "
		"restore owners, and only root can render images that depend on others or are no "
		"ACIs. IMAGE is an ID, the beginning of one, or a name.",
	ROW,
};
