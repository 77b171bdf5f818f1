/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"
#include "base/strbuf.h"
#include "cli/fetch.h"
#include "cli/image-program.h"
#include "cli/stores.h"

typedef struct ImageImportOptions {
	const char *exec, *user, *group, *working_dir;
	StrList environment;
} ImageImportOptions;

#define AT(member) offsetof(ImageImportOptions, member)

static const Option rows[] = {
	{"environment", OPTION_LIST, AT(environment), NULL, "NAME=VALUE",
		"environment variable that the app has"},
	{"exec", OPTION_STRING, AT(exec), "/bin/sh", "PATH",
		"program that the image runs, with the words behind \"--\" as its arguments",
		OPTION_COMPUTED | OPTION_ONCE},
	{"group", OPTION_STRING, AT(group), "0", "GROUP", "group of the app: a name or a number",
		OPTION_COMPUTED},
	{"user", OPTION_STRING, AT(user), "0", "USER", "user of the app: a name or a number",
		OPTION_COMPUTED},
	{"working-dir", OPTION_STRING, AT(working_dir), "/", "PATH",
		"directory that the app starts in", OPTION_COMPUTED},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int add_options(StrList *words, Arena *arena, const ImageImportOptions *options, Error *err)
{
	const struct {
		const char *option, *value;
	} texts[] = {{"--exec=", options->exec}, {"--user=", options->user},
		{"--group=", options->group}, {"--working-dir=", options->working_dir}};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(texts); i++)
		if (texts[i].value)
			r = fetch_add_option(words, arena, texts[i].option, texts[i].value);
	for (size_t i = 0; r == 0 && i < options->environment.n; i++)
		r = fetch_add_option(words, arena, "--environment=", options->environment.items[i]);
	return r < 0 ? fail_oom(err) : 0;
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_free_ char *source = NULL, *data_dir = NULL;
	StrList words = {0};
	int r = streq(inv->args[0], "-") ? str_format(&source, "-")
					 : path_absolute(inv->args[0], &source);

	if (r < 0)
		return fail_errno(err, r, "%s", inv->args[0]);
	r = add_options(&words, inv->arena, inv->options, err);
	if (r < 0)
		return r;
	r = str_list_add(&words, source, inv->arena);
	for (size_t i = 1; r == 0 && i < inv->n_args; i++)
		r = str_list_add(&words, inv->args[i], inv->arena);
	if (r < 0)
		return fail_oom(err);
	r = stores_data_dir(inv->global, true, &data_dir, err);
	return r < 0 ? r : image_program(inv, data_dir, words.items, words.n, err);
}

const Verb verb_image_import = {
	.name = "image import",
	.synopsis = "[OPTIONS] SOURCE NAME[:VERSION][,LABEL=VALUE...] [-- ARGUMENT ...]",
	.brief = "Make an image of a directory or a tar",
	.description =
		"Stores a directory, or a tar that may be compressed, as the root filesystem of a "
		"new image called NAME, and prints its ID. SOURCE \"-\" is a tar that comes by the "
		"standard input. The image runs /bin/sh as root unless "
		"the options say otherwise; a program that they name has to be there.",
	.options = sets,
	.options_size = sizeof(ImageImportOptions),
	.min_args = 2,
	.missing = "SOURCE NAME",
	.max_args = ARGS_ANY,
	.run = run,
};
