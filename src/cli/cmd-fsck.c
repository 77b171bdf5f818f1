/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-program.h"
#include "cli/stores.h"

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
	const FsckOptions *options = inv->options;
	_cleanup_free_ char *data_dir = NULL;
	const char *words[2];
	size_t n = 0;
	int r = stores_data_dir(inv->global, false, &data_dir, err);

	if (r < 0)
		return r;
	if (r > 0)
		words[n++] = "--keep-archives";
	if (options->repair)
		words[n++] = "--repair";
	return image_program(inv, data_dir, words, n, err);
}

const Verb verb_fsck = {
	.name = "fsck",
	.synopsis = "[OPTIONS]",
	.brief = "Find damaged or missing files of the local store",
	.description =
		"Reads all of the image store and tells what is not as it was when it came. With "
		"--repair the layers of ACIs are made anew from the archives in the store, and "
		"what the store does not have twice, only that, is fetched from where the image "
		"came from; it has to be the same image. What cannot be had there is used as it "
		"is, and made anew by the next fetch of an image that has it. Pods that run keep "
		"the files that they have.",
	.options = sets,
	.options_size = sizeof(FsckOptions),
	.run = run,
};
