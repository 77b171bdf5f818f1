/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/log.h"
#include "base/timestamp.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "cli/pod-print.h"

#define STATUS_FAILED 1

typedef struct StatusOptions {
	const char *app;
	OutputFormat format;
} StatusOptions;

static const Option rows[] = {
	{"app", OPTION_STRING, offsetof(StatusOptions, app), NULL, "NAME", "name of the app"},
	OUTPUT_FORMAT_ROW(offsetof(StatusOptions, format)),
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static void print_time(const char *name, int64_t when)
{
	char text[TIMESTAMP_TEXT];

	if (when != 0)
		(void)printf("%s=%s\n", name, timestamp_format(when, text));
}

static void print_map(const char *name, const NameValues *map)
{
	for (size_t i = 0; i < map->n; i++)
		(void)printf(
			"%s%s:%s", i == 0 ? name : ",", map->items[i].name, map->items[i].value);
	if (map->n > 0)
		(void)putchar('\n');
}

static void print_mounts(const AppInfo *app)
{
	for (size_t i = 0; i < app->n_mounts; i++)
		(void)printf("%s%s:%s:(read_only:%s)", i == 0 ? "mounts=" : ",",
			app->mounts[i].host_path, app->mounts[i].container_path,
			app->mounts[i].read_only ? "true" : "false");
	if (app->n_mounts > 0)
		(void)putchar('\n');
}

static void print_text(const AppInfo *app)
{
	(void)printf("name=%s\nstate=%s\nimage_id=%s\n", app->name, app_state_name(app->state),
		app->image_id);
	print_time("created_at", app->created_at);
	print_time("started_at", app->started_at);
	print_time("finished_at", app->finished_at);
	if (app->has_exit_code)
		(void)printf("exit_code=%d\n", app->exit_code);
	if (app->restarts > 0)
		(void)printf("restarts=%lld\n", (long long)app->restarts);
	if (app->oom_killed)
		(void)puts("oom_killed=true");
	print_mounts(app);
	print_map("user_annotations=", &app->user_annotations);
	print_map("user_labels=", &app->user_labels);
}

static int print(const PodInfo *info, const StatusOptions *options, Error *err)
{
	for (size_t i = 0; i < info->n_apps; i++) {
		_cleanup_(arena_done) Arena arena = {0};
		const AppInfo *app = &info->apps[i];

		if (!streq(app->name, options->app))
			continue;
		if (options->format == OUTPUT_TEXT) {
			print_text(app);
			return 0;
		}
		return output_json(app_info_to_json(&arena, app), options->format, err);
	}
	return fail(err, -ENOENT, "cannot find app \"%s\" in the pod", options->app);
}

static int show(const Invocation *inv, Error *err)
{
	const StatusOptions *options = inv->options;
	_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
	_cleanup_pod_info_ PodInfo *info = NULL;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r;

	if (!options->app)
		return fail(err, -EINVAL, "must provide the app to show the status of");
	r = pod_open_among(inv, inv->args[0], &pods, &pod, err);
	if (r == 0)
		r = pod_look(&pods, &pod, POD_INFO_WHOLE, &images, &info, err);
	return r < 0 ? r : print(info, options, err);
}

/* Scripts know this verb's failures by their own status. */
static int run(const Invocation *inv, Error *err)
{
	if (show(inv, err) == 0)
		return 0;
	log_error(err);
	return STATUS_FAILED;
}

const Verb verb_app_status = {
	.name = "app status",
	.synopsis = "UUID --app=NAME",
	.brief = "Show the status of an app of a pod",
	.description =
		"Prints the state of an app, when it was added, started and ended, its exit code, "
		"how often it was started again by its policy, and its mounts.",
	.options = sets,
	.options_size = sizeof(StatusOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.run = run,
};
