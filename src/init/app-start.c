/* SPDX-License-Identifier: Apache-2.0 */

/* Starting an app of a mutable pod that runs, and stopping one. The app's process is born into the
 * pod from here, with the rights that it takes to set it up; the pod's first process, which has
 * none, inherits it, because the process in between ends. */

#include "init/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/packet.h"
#include "init/app-args.h"
#include "init/app-tty.h"
#include "init/cgroups.h"
#include "init/channel.h"
#include "init/control.h"
#include "init/execute.h"
#include "init/join.h"
#include "init/keeper.h"
#include "init/log-file.h"
#include "init/pipe.h"
#include "init/plan-file.h"
#include "init/pod.h"
#include "init/pod-files.h"
#include "init/say.h"

/* What is needed on both sides of the birth. */
typedef struct Birth {
	const AppArgs *args;
	Plan pod, plan; /* of the pod, and the one that the app is in */
	const PlanApp *app;
	PodStart start;
	int ends[3];              /* the monitor's ends of the app's streams, or -1 */
	int master, tty;          /* the two ends of the app's terminal, or -1 */
	int log;                  /* the file for the lines of its streams, or -1 */
	int control;              /* socket to the monitor */
	int cgroups[CGROUPS_MAX]; /* the way into the app's, or -1 */
	int born[2];              /* the new process writes its pid there ... */
	int release[2];           /* ... and waits for a byte here */
} Birth;

static Birth birth;

/* Pipes between the app and the monitor. */
static int make_pipes(Birth *b)
{
	int *const apps[] = {b->start.inputs, &b->start.pipes[0][0], &b->start.pipes[0][1]};
	int r = 0;

	for (unsigned k = 0; k < 3 && r == 0; k++) {
		uint8_t mode = b->app->stream[k];

		b->ends[k] = *apps[k] = -1;
		if (mode == PLAN_STREAM_PIPE || (mode == PLAN_STREAM_LOG && k > 0))
			r = stream_pipe(k, 0, &b->ends[k], apps[k]);
	}
	return r;
}

static int open_log(Birth *b)
{
	const char *path = plan_string(&b->plan, b->app->log);

	b->log = *path ? log_file_open(path) : -1;
	if (*path && b->log < 0)
		say("cannot open ", path, ": ", say_errno(b->log), NULL);
	return *path && b->log < 0 ? b->log : 0;
}

/* In the pod: the app's terminal. */
static int make_terminal(Birth *b)
{
	b->master = b->tty = -1;
	if (app_tty_wanted(b->app))
		b->tty = app_tty_open(&b->plan, b->app, &b->master);
	return app_tty_wanted(b->app) && b->tty < 0 ? b->tty : 0;
}

/* The app's cgroups, with its limits: they go when it ends. */
static int make_cgroups(Birth *b)
{
	Execution x = EXECUTION_INIT(&b->plan);
	uint32_t failed;
	int r = execute(&x, b->app->host, &failed);

	(void)fd_close(x.cgroup);
	if (r < 0)
		say("cannot limit app ", b->args->app, ": ",
			plan_string(&b->plan, b->plan.ops[failed].path), ": ", say_errno(r), NULL);
	return r < 0 ? r : cgroups_open_added(&b->pod, &b->plan, b->app, true, b->cgroups);
}

/* Everything that can only be had before the pod is joined. */
static int open_all(Birth *b)
{
	int r = plan_file_open(PLAN_FILE, &b->pod);

	if (r == 0)
		r = join_find_app(b->args->app, &b->plan, &b->app);
	if (r < 0)
		return r;
	b->start.plan = &b->plan;
	b->start.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (b->start.null < 0 || pipe2(b->born, O_CLOEXEC) < 0 || pipe2(b->release, O_CLOEXEC) < 0)
		return -errno;
	b->control = control_connect();
	if (b->control < 0)
		return b->control;
	r = open_log(b);
	return r < 0 ? r : make_pipes(b);
}

/* The app's process: says who it is and waits to be let go. */
static _noreturn_ void be_born(const Birth *b)
{
	unsigned number = (unsigned)(b->app - b->plan.apps);
	int32_t pid;
	char go;

	(void)fd_close(b->control);
	(void)fd_close(b->release[1]);
	/* Only now, and nobody else of us: with the app all that is in its cgroups ends. */
	for (unsigned i = 0; i < CGROUPS_MAX; i++)
		if (b->cgroups[i] >= 0 && write(b->cgroups[i], "0", 1) < 0)
			_exit(APP_FAILED);
	app_default_signals();
	app_new_session(b->tty);
	pid = getpid();
	if (write(b->born[1], &pid, sizeof pid) != sizeof pid)
		_exit(APP_FAILED);
	(void)fd_close(b->born[1]);
	/* The end of the pipe without a byte means that nobody looks after it. */
	if (read(b->release[0], &go, 1) != 1)
		_exit(APP_FAILED);
	app_exec(&b->start, number, b->tty);
}

/* Makes the app's process a child of the pod's first one, with all signals blocked, as that would:
 * apps may signal everything that there is. Its pid in the pod, or a negative errno. */
static int give_birth(Birth *b)
{
	sigset_t all, before;
	pid_t between;
	int32_t pid;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	between = fork();
	if (between != 0)
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (between < 0)
		return -errno;
	if (between == 0) {
		pid_t child = fork();

		if (child == 0)
			be_born(b);
		_exit(child < 0 ? APP_FAILED : 0);
	}
	(void)waitpid(between, NULL, 0);
	b->born[1] = fd_close(b->born[1]);
	return read(b->born[0], &pid, sizeof pid) == sizeof pid ? pid : -ECHILD;
}

/* Tells the monitor, and lets the process go when it is looked after. */
static int hand_over(Birth *b, int32_t pid)
{
	ControlRequest request = {
		.kind = CONTROL_STARTED,
		.pid = pid,
		.stop_signal = keeper_stop_signal(b->app),
	};
	int fds[PACKET_FDS], r;
	unsigned n = 0;

	memcpy(request.app, b->args->app, strlen(b->args->app) + 1);
	memcpy(request.stream, b->app->stream, sizeof b->app->stream);
	for (unsigned k = 0; k < 3; k++)
		if (b->ends[k] >= 0)
			fds[n++] = b->ends[k];
	if (b->master >= 0)
		fds[n++] = b->master;
	request.log = b->log >= 0;
	if (b->log >= 0)
		fds[n++] = b->log;
	r = control_ask(b->control, &request, fds, n, CONTROL_SECONDS);
	if (r < 0)
		return r;
	return write(b->release[1], "", 1) == 1 ? 0 : -errno;
}

/* Whoever is in the pod may stop the new process as long as he likes; this one does not wait with
 * it. */
#define BIRTH_SECONDS 20
static void too_late(int signal)
{
	(void)signal;
	say("the app's process does not come up: something in the pod keeps it from that", NULL);
	_exit(APP_FAILED);
}

int role_app_start(int argc, char **argv)
{
	struct sigaction give_up = {.sa_handler = too_late};
	Birth *b = &birth;
	AppArgs args;
	int r;

	(void)sigaction(SIGALRM, &give_up, NULL);
	(void)alarm(BIRTH_SECONDS);

	if (app_args_parse(argc, argv, &args) < 0)
		return app_args_usage("app-start");
	b->args = &args;
	r = open_all(b);
	/* Others in the pod cannot look into it, unless they have CAP_SYS_PTRACE
	 * (docs/security.md).
	 */
	if (r == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
		r = -errno;
	if (r == 0)
		r = make_cgroups(b);
	if (r == 0)
		r = join_pod(args.first, (int)b->pod.header->namespaces | CLONE_NEWNS);
	if (r == 0)
		r = make_terminal(b);
	if (r == 0)
		r = give_birth(b);
	(void)alarm(0);
	if (r > 0)
		r = hand_over(b, r);
	if (r == -EALREADY) {
		say("app ", args.app, " is running already", NULL);
		return APP_FAILED;
	}
	return r < 0 ? app_fail("start", &args, r) : 0;
}

int role_app_stop(int argc, char **argv)
{
	ControlRequest request = {.kind = CONTROL_STOP};
	AppArgs args;
	_cleanup_close_ int socket = -1;
	const PlanApp *app;
	Plan plan;
	int r;

	if (app_args_parse(argc, argv, &args) < 0)
		return app_args_usage("app-stop");
	r = join_find_app(args.app, &plan, &app);
	if (r == -ENOENT) {
		say("there is no app ", args.app, NULL);
		return APP_UNKNOWN;
	}
	if (r == 0)
		r = socket = control_connect();
	if (r >= 0) {
		memcpy(request.app, args.app, strlen(args.app) + 1);
		r = control_ask(
			socket, &request, NULL, 0, plan.header->stop_timeout + CONTROL_SECONDS);
	}
	return r < 0 ? app_fail("stop", &args, r) : 0;
}
