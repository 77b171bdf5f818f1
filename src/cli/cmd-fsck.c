/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-program.h"

typedef struct FsckOptions {
	bool repair;
} FsckOptions;

static const Option rows[] = {
	{"repair", OPTION_BOOL, offsetof(FsckOptions, repair), "false", NULL,
		"make anew what is damaged or missing"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int run(const Invocation *inv, Error *err)
{
	static const char *const words[] = {"--repair"};
	const FsckOptions *options = inv->options;

	return image_program(inv, words, options->repair, err);
}

const Verb verb_fsck = {
	.name = "fsck",
	.synopsis = "[OPTIONS]",
	.brief = "Find damaged or missing files of the local store",
	.description =
		"Reads all of the image store and tells what is not as it was when it came. With "
		"--repair the layers of ACIs are made anew from the archives in the store, and "
		"what the store does not have twice, only that, is fetched from where the image "
		"came from; it has to be the same image. Pods that run keep the files that they "
		"have.",
	.options = sets,
	.options_size = sizeof(FsckOptions),
	.flags = VERB_ROOT,
	.run = run,
};
