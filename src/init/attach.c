/* SPDX-License-Identifier: Apache-2.0 */

/* Attaching to an app of a pod that runs: to its streams, or to its terminal. */

#include "init/roles.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include "base/cleanup.h"
#include "init/app-args.h"
#include "init/app-tty.h"
#include "init/attach-list.h"
#include "init/control.h"
#include "init/frames.h"
#include "init/join.h"
#include "init/pod-files.h"
#include "init/relay.h"
#include "init/say.h"

#define ATTACH_FAILED 254

/* How long a pod that has just been started has to get ready, as rkt has it. */
#define READY_SECONDS 15
#define READY_TURNS   (READY_SECONDS * 20)

typedef enum Action {
	ACTION_NONE,
	ACTION_LIST,
	ACTION_AUTO,
	ACTION_CUSTOM,
} Action;

typedef struct Attach {
	AppArgs args;
	Action action;
	unsigned asked; /* bits: places in endpoints */
	Plan plan;
	const PlanApp *app;
} Attach;

/* The flag that asks for it, what it is, which of the app's streams has to do with it. */
static const struct Endpoint {
	const char *name, *flag;
	unsigned bit, stream;
	bool terminal;
} endpoints[] = {
	{"stdin", "--stdin=", ATTACH_INPUT, 0, false},
	{"stdout", "--stdout=", ATTACH_OUTPUT, 1, false},
	{"stderr", "--stderr=", ATTACH_ERRORS, 2, false},
	{"tty-in", "--tty-in=", ATTACH_INPUT, 0, true},
	{"tty-out", "--tty-out=", ATTACH_OUTPUT, 1, true},
};

static int parse(int argc, char **argv, Attach *a)
{
	static const char *const actions[] = {
		[ACTION_LIST] = "list",
		[ACTION_AUTO] = "auto-attach",
		[ACTION_CUSTOM] = "custom-attach",
	};
	int r = app_args_parse(argc, argv, &a->args);

	say_set_component("attach");
	for (int i = 1; i < argc; i++) {
		const char *value = startswith(argv[i], "--action=");

		for (unsigned k = ACTION_LIST; value && k < ARRAY_LEN(actions); k++)
			if (streq(value, actions[k]))
				a->action = k;
		for (size_t k = 0; k < ARRAY_LEN(endpoints); k++) {
			value = startswith(argv[i], endpoints[k].flag);
			if (value && streq(value, "true"))
				a->asked |= 1U << k;
		}
	}
	return a->action == ACTION_NONE ? -EINVAL : r;
}

static bool has(const Attach *a, const struct Endpoint *e)
{
	return e->terminal ? app_tty_wanted(a->app) : a->app->stream[e->stream] == PLAN_STREAM_PIPE;
}

static unsigned all_of(const Attach *a)
{
	unsigned all = 0;

	for (size_t k = 0; k < ARRAY_LEN(endpoints); k++)
		if (has(a, &endpoints[k]))
			all |= 1U << k;
	return all;
}

static const char *mode_name(unsigned stream)
{
	static const char *const names[] = {
		[PLAN_STREAM_NULL] = "null",
		[PLAN_STREAM_LOG] = "log",
		[PLAN_STREAM_INHERIT] = "the caller's",
		[PLAN_STREAM_TTY] = "the caller's",
		[PLAN_STREAM_PIPE] = "stream",
		[PLAN_STREAM_PTY] = "tty",
	};

	return names[stream];
}

/* Says what the app has not ("nothing", "no stdin"), how it was started, and what would be right.
 */
static void say_missing(const Attach *a, const char *no, const char *missing, const char *hint)
{
	const uint8_t *stream = a->app->stream;

	say("app ", a->args.app, " has ", no, missing, " to attach to: its stdin is ",
		mode_name(stream[0]), ", stdout ", mode_name(stream[1]), ", stderr ",
		mode_name(stream[2]), " (", hint, ")", NULL);
}

/* What to attach to, as ATTACH_* bits; 0 when that was refused, with the reason said. */
static unsigned choose(const Attach *a)
{
	unsigned all = all_of(a), chosen = a->action == ACTION_CUSTOM ? a->asked : all, bits = 0;

	if (all == 0) {
		say_missing(a, "nothing", "",
			"start it with --stdin, --stdout or --stderr, and mode stream or tty");
		return 0;
	}
	for (size_t k = 0; k < ARRAY_LEN(endpoints); k++) {
		if (!(chosen >> k & 1))
			continue;
		if (!(all >> k & 1)) {
			say_missing(a, "no ", endpoints[k].name, "--mode=list tells what it has");
			return 0;
		}
		bits |= endpoints[k].bit;
	}
	if (bits == 0)
		say("it is not said what to attach to", NULL);
	return bits;
}

static bool no_control(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED;
}

/* A pod that starts has no control socket yet, and one that ends has none any more. */
static int connect_to_pod(void)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
	int fd = control_connect();

	for (unsigned i = 0; no_control(fd) && i < READY_TURNS && pod_files_locked(); i++) {
		(void)nanosleep(&pause, NULL);
		fd = control_connect();
	}
	return fd;
}

static int attach(const Attach *a, unsigned bits)
{
	ControlRequest request = {.kind = CONTROL_ATTACH, .endpoints = bits};
	_cleanup_close_ int connection = connect_to_pod();
	int r;

	memcpy(request.app, a->args.app, strlen(a->args.app) + 1);
	r = connection < 0 ? connection
			   : control_ask(connection, &request, NULL, 0, CONTROL_SECONDS);
	if (r == 0)
		return relay(connection, bits, app_tty_wanted(a->app));
	if (r == -ESRCH || r == -ENOENT)
		say("app ", a->args.app, " does not run", NULL);
	else if (r == -EAGAIN)
		say("too many are attached to the pod already", NULL);
	else
		(void)app_fail("attach to", &a->args, r);
	return ATTACH_FAILED;
}

int role_attach(int argc, char **argv)
{
	Attach a = {0};
	unsigned bits;
	int r;

	if (parse(argc, argv, &a) < 0) {
		(void)app_args_usage("attach --action=list|auto-attach|custom-attach");
		return ATTACH_FAILED;
	}
	r = join_find_app(a.args.app, &a.plan, &a.app);
	if (r < 0) {
		(void)app_fail("attach to", &a.args, r);
		return ATTACH_FAILED;
	}
	bits = choose(&a);
	if (bits == 0)
		return ATTACH_FAILED;
	if (a.action != ACTION_LIST)
		return attach(&a, bits);
	r = attach_list(a.app, a.args.app);
	if (r < 0)
		say("cannot tell where the pod is: ", say_errno(r), NULL);
	return r < 0 ? ATTACH_FAILED : 0;
}
