/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-args.h"

#include "cli/run-options.h"

static int take_app_args(Args *args, AppArgs *app, Error *err)
{
	if (!app)
		return fail(err, -EINVAL, "an image is required before any app arguments");
	if (app->args.items)
		return fail(err, -EINVAL, "only one set of app arguments allowed per image");
	app->args.items = (const char **)args_rest(args);
	while (args->next < args->n && !streq(args->words[args->next], "---")) {
		args->next++;
		app->args.n++;
	}
	/* The "---" itself. */
	if (args->next < args->n)
		args->next++;
	return 0;
}

static void add_image(Args *args, AppArgs *app, const char *image)
{
	*app = (AppArgs){.image = image, .read_only_rootfs = -1};
	args->targets[0].base = app;
	if (args->targets[0].sets == app_option_sets)
		args->unknown_hint = "arguments of an app stand behind \"--\"";
}

int image_args_parse(Args *args, AppArgs **ret, size_t *ret_n, Error *err)
{
	/* There are not more images than words. */
	AppArgs *apps = arena_new(args->arena, AppArgs, args->n + 1);
	const char *word;
	size_t n = 0;
	int r;

	if (!apps)
		return fail_oom(err);
	while ((r = args_next(args, &word, err)) > 0) {
		if (r == ARGS_DASHES)
			r = take_app_args(args, n > 0 ? &apps[n - 1] : NULL, err);
		else if (word[0] != '\0' && !streq(word, "---"))
			add_image(args, &apps[n++], word);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	*ret = apps;
	*ret_n = n;
	return 0;
}
