/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/choose-app.h"
#include "cli/pod-args.h"
#include "stage1/stage1.h"

typedef struct AttachOptions {
	const char *app, *mode;
} AttachOptions;

static const Option rows[] = {
	{"app", OPTION_STRING, offsetof(AttachOptions, app), NULL, "NAME",
		"app of the pod to attach to; not needed when there is only one"},
	{"mode", OPTION_STRING, offsetof(AttachOptions, mode), "auto", "MODE[,MODE...]",
		"what to attach to: auto (all that the app has), stdin, stdout, stderr, tty, "
		"tty-in, tty-out; or list, which prints what there is, as JSON",
		OPTION_UNQUOTED, .words = "auto list stderr stdin stdout tty tty-in tty-out"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static const struct {
	const char *name;
	unsigned ends;
} endpoints[] = {
	{"tty", ATTACH_TTY_IN | ATTACH_TTY_OUT},
	{"tty-in", ATTACH_TTY_IN},
	{"tty-out", ATTACH_TTY_OUT},
	{"stdin", ATTACH_STDIN},
	{"stdout", ATTACH_STDOUT},
	{"stderr", ATTACH_STDERR},
};

/* The bits of a name of len characters, 0 for one that is none. */
static unsigned find_ends(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++)
		if (strlen(endpoints[i].name) == len && memcmp(endpoints[i].name, name, len) == 0)
			return endpoints[i].ends;
	return 0;
}

static int parse_list(const char *list, unsigned *ret, Error *err)
{
	const unsigned terminal = ATTACH_TTY_IN | ATTACH_TTY_OUT;
	unsigned ends = 0;

	for (;;) {
		size_t len = strcspn(list, ",");
		unsigned more = find_ends(list, len);

		if (more == 0)
			return fail(err, -EINVAL,
				"unknown endpoint \"%.*s\": must be one of tty, tty-in, tty-out, "
				"stdin, stdout and stderr, or alone auto or list",
				(int)len, list);
		ends |= more;
		if (list[len] == '\0')
			break;
		list += len + 1;
	}
	if ((ends & terminal) && (ends & ~terminal))
		return fail(err, -EINVAL,
			"a terminal and streams cannot be mixed: an app has either of them");
	*ret = ends;
	return 0;
}

static int parse_mode(const char *mode, Stage1Attach *attach, Error *err)
{
	int r;

	if (streq(mode, "auto") || streq(mode, "list")) {
		attach->action = streq(mode, "auto") ? ATTACH_AUTO : ATTACH_LIST;
		return 0;
	}
	attach->action = ATTACH_CUSTOM;
	r = parse_list(mode, &attach->ends, err);
	return r < 0 ? wrap(err, r, "invalid argument \"%s\" for --mode", mode) : 0;
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	const AttachOptions *options = inv->options;
	Stage1Attach attach = {.debug = inv->global->debug};
	_cleanup_pod_ Pod *pod = NULL;
	int r = parse_mode(options->mode, &attach, err);

	if (r == 0)
		r = choose_running_app(
			inv, inv->args[0], options->app, &pod, &manifest, &attach.app, err);
	return r < 0 ? r : stage1_attach(pod, &attach, err);
}

const Verb verb_attach = {
	.name = "attach",
	.synopsis = "[--app=NAME] [--mode=MODE] UUID",
	.brief = "Attach to the streams or the terminal of a running app",
	.description =
		"Connects this terminal, or whatever stdin, stdout and stderr are, with an app "
		"that was started with --stdin, --stdout or --stderr of mode stream or tty. "
		"Several can be attached at once: all of them get what the app prints from then "
		"on, and what each types goes to the app. It ends when the app does, or closes "
		"what "
		"one is attached to. The end of stdin is not passed on; it ends rkt when nothing "
		"but the app's input is attached to. A signal to rkt ends rkt, not the app.\n"
		"\n"
		"At a terminal of an app every key goes to it, and so does the window's size; "
		"three "
		"times ^] within a second leads out. Who does not take what the app prints for "
		"three seconds, while the app waits, is let go.\n"
		"\n"
		"--mode=list prints as JSON where each stream has a socket, which passes its bytes "
		"and nothing else to and from whoever connects there. Where the path is too long "
		"for that, its last part leads there from its directory. " POD_WORD_HELP "\n"
		"\n"
		"  rkt run --detach --pod-name=sh IMAGE --stdin=tty --stdout=tty --stderr=tty\n"
		"  rkt attach sh",
	.options = sets,
	.options_size = sizeof(AttachOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
