/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/pod-args.h"
#include "stage1/stage1.h"

typedef struct EnterOptions {
	const char *app;
} EnterOptions;

static const Option rows[] = {
	{"app", OPTION_STRING, offsetof(EnterOptions, app), NULL, "NAME",
		"app of the pod to enter; not needed when there is only one"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int several_apps(const Invocation *inv, const PodManifest *manifest, Error *err)
{
	log_line(NULL, "pod contains multiple apps:");
	for (size_t i = 0; i < manifest->n_apps; i++)
		log_line(NULL, "\t%s", manifest->apps[i].name);
	(void)fail(err, -EINVAL, "specify app using \"rkt enter --app= ...\"");
	if (inv->n_args > 1 && startswith(inv->args[1], "--app"))
		error_hint(err,
			"--app=NAME stands before the UUID: what is behind it belongs to the "
			"command");
	return wrap(err, -EINVAL, "unable to determine app name");
}

/* The app that was named, or the only one. */
static int choose_app(
	const Invocation *inv, const PodManifest *manifest, const char **ret, Error *err)
{
	const EnterOptions *options = inv->options;

	if (!options->app && manifest->n_apps > 1)
		return several_apps(inv, manifest, err);
	if (manifest->n_apps == 0)
		return fail(err, -ENOENT, "pod contains zero apps");
	for (size_t i = 0; i < manifest->n_apps; i++)
		if (!options->app || streq(manifest->apps[i].name, options->app)) {
			*ret = manifest->apps[i].name;
			return 0;
		}
	return fail(err, -ENOENT, "no app \"%s\" in the pod", options->app);
}

/* The command, NULL-terminated: what stands behind the UUID, or a shell. */
static int choose_command(const Invocation *inv, StrList *ret, Error *err)
{
	StrList argv = {0};
	size_t first = inv->n_args > 1 && streq(inv->args[1], "--") ? 2 : 1;
	int r = 0;

	for (size_t i = first; i < inv->n_args && r == 0; i++)
		r = str_list_add(&argv, inv->args[i], inv->arena);
	if (inv->n_args == first) {
		log_line(NULL, "no command specified, assuming \"/bin/bash\"");
		r = str_list_add(&argv, "/bin/bash", inv->arena);
	}
	if (r == 0)
		r = str_list_add(&argv, NULL, inv->arena);
	if (r < 0)
		return fail_oom(err);
	argv.n--;
	*ret = argv;
	return 0;
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	const char *app = NULL;
	StrList argv = {0};
	int r = pods_open_told(inv, &pods, err);

	if (r == 0)
		r = pod_open_typed(&pods, inv->args[0], &pod, err);
	if (r < 0)
		return r;
	if (pod->state != POD_RUNNING)
		return fail(err, -EINVAL, "pod \"%s\" isn't currently running", pod->uuid);
	r = pod_read_manifest(pod, &manifest, err);
	if (r == 0)
		r = choose_app(inv, manifest, &app, err);
	if (r == 0)
		r = choose_command(inv, &argv, err);
	return r < 0 ? r : stage1_enter(pod, app, argv.items, err);
}

const Verb verb_enter = {
	.name = "enter",
	.synopsis = "[--app=NAME] UUID [CMD [ARG ...]]",
	.brief = "Enter the namespaces of an app within a rkt pod",
	.description = "Runs a command beside an app of a running pod, in its namespaces and root "
		       "filesystem, as root. Without a command it "
		       "is /bin/bash. The exit status is the command's. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(EnterOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT | VERB_FIRST_WORD,
	.run = run,
};

const Verb verb_app_exec = {
	.name = "app exec",
	.synopsis = "[--app=NAME] UUID [CMD [ARG ...]]",
	.brief = "Execute a command in an app of a pod",
	.description = "The same as \"rkt enter\".",
	.options = sets,
	.options_size = sizeof(EnterOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT | VERB_FIRST_WORD,
	.run = run,
};
