/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "base/path.h"
#include "cli/choose-app.h"
#include "cli/pod-args.h"
#include "cli/pod-root.h"
#include "plan/identity.h"
#include "pod/user-range.h"
#include "stage1/stage1.h"

typedef struct ExecOptions {
	const char *app, *user, *group, *cwd;
	bool interactive, tty;
	StrList environment;
} ExecOptions;

#define AT(member) offsetof(ExecOptions, member)

static const Option rows[] = {
	{"app", OPTION_STRING, AT(app), NULL, "NAME",
		"app of the pod to run the command in; not needed when there is only one"},
	{"cwd", OPTION_STRING, AT(cwd), NULL, "PATH",
		"working directory in place of the app's, an absolute path"},
	{"env", OPTION_LIST, AT(environment), NULL, "NAME=VALUE",
		"environment variable in place of the app's or besides its own; may be given "
		"several times"},
	{"group", OPTION_STRING, AT(group), NULL, "GROUP",
		"group in place of the app's: a number, a name that the app's /etc/group has, or a "
		"path whose group is meant"},
	{.name = "interactive",
		.kind = OPTION_BOOL,
		.offset = AT(interactive),
		.default_text = "false",
		.help = "pass on stdin; without it the command reads nothing",
		.letter = 'i'},
	{.name = "tty",
		.kind = OPTION_BOOL,
		.offset = AT(tty),
		.default_text = "false",
		.help = "give the command a terminal of its own in the pod",
		.letter = 't'},
	{"user", OPTION_STRING, AT(user), NULL, "USER",
		"user in place of the app's: a number, a name that the app's /etc/passwd has, or a "
		"path whose owner is meant"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int check_options(const ExecOptions *o, Error *err)
{
	for (size_t i = 0; i < o->environment.n; i++) {
		const char *variable = o->environment.items[i];

		if (variable[0] == '=' || !strchr(variable, '='))
			return fail(err, -EINVAL, "--env=%s: it must be NAME=VALUE", variable);
	}
	if (o->cwd && o->cwd[0] != '/')
		return fail(err, -EINVAL, "--cwd=%s: it must be an absolute path", o->cwd);
	if (o->interactive && o->tty && !isatty(STDIN_FILENO)) {
		(void)fail(err, -ENOTTY, "stdin is no terminal");
		error_hint(err, "leave out --tty");
		return -ENOTTY;
	}
	return 0;
}

/* Whether there is something in the pod that the command can be like. */
static int check_app(const Pod *pod, const PodManifest *manifest, const char *app, Error *err)
{
	PodAppTimes times = {.started_at = 1};
	int status;

	if (pod_manifest_is_mutable(manifest))
		pod_app_times(pod, app, &times);
	if (times.started_at > 0 && pod_read_app_status(pod, app, &status) == -ENOENT)
		return 0;
	(void)fail(err, -EINVAL, "app \"%s\" isn't currently running", app);
	error_hint(err, "\"rkt enter\" runs a command beside an app that does not run");
	return -EINVAL;
}

/* The owner of a path is the host's number. */
static int map_owner(const UserRange *users, const char *text, uint32_t *id)
{
	if (text[0] != '/' || users->n == 0)
		return 0;
	if (*id < users->first)
		return -EOVERFLOW;
	*id -= users->first;
	return 0;
}

/* One of the two, in the app's root filesystem as it is now. */
static int resolve(const Pod *pod, const IdentityKind *kind, const char *text, int root,
	int64_t *ret, Error *err)
{
	const View view = {.layer_fds = &root, .n = 1};
	UserRange users;
	uint32_t id = 0;
	int r;

	if (!text)
		return 0;
	r = user_range_read(pod, &users, err);
	if (r < 0)
		return r;
	if (identity_number(text, &id) < 0 &&
		(identity_lookup(kind, &view, text, &id) < 0 || map_owner(&users, text, &id) < 0))
		return identity_unknown(kind, text, err);
	if (users.n > 0 && id >= users.n)
		return fail(err, -EINVAL, "%s %u is out of range %u", kind->what, id, users.n);
	*ret = id;
	return 0;
}

static int resolve_both(const Invocation *inv, const Pod *pod, const PodManifest *manifest,
	Stage1Exec *x, Error *err)
{
	const ExecOptions *o = inv->options;
	_cleanup_close_ int root = -1;
	int r;

	if (!o->user && !o->group)
		return 0;
	root = stage1_open_root(pod, manifest, x->app, err);
	if (root < 0)
		return root;
	r = resolve(pod, &identity_user, o->user, root, &x->uid, err);
	return r < 0 ? r : resolve(pod, &identity_group, o->group, root, &x->gid, err);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	const ExecOptions *o = inv->options;
	_cleanup_pod_ Pod *pod = NULL;
	/* The words end with NULL. */
	Stage1Exec x = {
		.interactive = o->interactive,
		.tty = o->tty,
		.uid = -1,
		.gid = -1,
		.cwd = o->cwd,
		.environment = o->environment,
		.command = inv->args + 1,
	};
	int r = check_options(o, err);

	if (r == 0)
		r = choose_running_app(inv, inv->args[0], o->app, &pod, &manifest, &x.app, err);
	if (r == 0)
		r = pod_root_check(pod, manifest, x.app, err);
	if (r == 0)
		r = check_app(pod, manifest, x.app, err);
	if (r == 0)
		r = resolve_both(inv, pod, manifest, &x, err);
	return r < 0 ? r : stage1_exec(pod, &x, err);
}

const Verb verb_exec = {
	.name = "exec",
	.synopsis = "[OPTIONS] UUID [--] CMD [ARG ...]",
	.brief = "Run a command in a running app, as what the app is",
	.description =
		"Runs a command in an app of a running pod: as the app's user, in its working "
		"directory and control groups, with its environment and limits, and with no more "
		"rights than it has. The program is looked for in the PATH of the app.\n\n"
		"The exit status is the command's, 128 + N when it was ended by signal N, 127 when "
		"it is not there, 126 when it cannot be run, and 254 when what it prints cannot be "
		"written. SIGINT, SIGTERM, SIGHUP, SIGQUIT, "
		"SIGUSR1 and SIGUSR2 are passed on to it; when rkt itself is killed, so is the "
		"command. With --interactive and --tty, three times ^] within a second kills "
		"it, and leads out even where it does not end by that.\n\n"
		"Whoever is made root by --user in an app that is not root has no capabilities; "
		"\"rkt enter\" gives those that the app's bounding set has. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(ExecOptions),
	.min_args = 2,
	.missing = "UUID CMD",
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT | VERB_SECOND_WORD,
	.run = run,
};
