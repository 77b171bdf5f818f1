/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-program.h"

typedef struct ExportOptions {
	bool overwrite;
} ExportOptions;

static const Option rows[] = {
	{"overwrite", OPTION_BOOL, offsetof(ExportOptions, overwrite), "false", NULL,
		"replace the output file"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int run(const Invocation *inv, Error *err)
{
	const ExportOptions *options = inv->options;

	return image_program_for_one(inv, options->overwrite, false, err);
}

const Verb verb_image_export = {
	.name = "image export",
	.synopsis = "[OPTIONS] IMAGE OUTPUT_ACI_FILE",
	.brief = "Export a stored image to an ACI file",
	.description =
		"Writes a stored image to a file, as an ACI that is not compressed. Of an "
		"ACI that is what was fetched; an image of a registry or a layout becomes an "
		"ACI with one root. IMAGE is an ID, the beginning of one, or a name.",
	.options = sets,
	.options_size = sizeof(ExportOptions),
	.min_args = 2,
	.missing = "IMAGE OUTPUT_ACI_FILE",
	.max_args = 2,
	.run = run,
};
