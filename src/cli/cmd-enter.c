/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/choose-app.h"
#include "cli/pod-args.h"
#include "cli/pod-root.h"
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
	const EnterOptions *options = inv->options;
	_cleanup_pod_ Pod *pod = NULL;
	const char *app = NULL;
	StrList argv = {0};
	int r = choose_running_app(inv, inv->args[0], options->app, &pod, &manifest, &app, err);

	if (r == 0)
		r = pod_root_check(pod, manifest, app, err);
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
	.description =
		"The same as \"rkt enter\", but --app may also stand behind the UUID, as with "
		"the other verbs of \"rkt app\". What runs a command as the app's user is "
		"\"rkt exec\".",
	.options = sets,
	.options_size = sizeof(EnterOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT | VERB_SECOND_WORD,
	.run = run,
};
