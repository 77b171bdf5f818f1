/* SPDX-License-Identifier: Apache-2.0 */
#include "init/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "base/monotonic.h"
#include "init/keeper-internal.h"
#include "init/pod.h"
#include "init/probe.h"
#include "init/say.h"

/* How long what is killed may take to be gone, in milliseconds. */
#define GROUP_PATIENCE 1000

/* Between an end and the next start, doubled each time; as in the beginning once the app has run
 * for that long. In milliseconds. */
#define DELAY_MIN 100
#define DELAY_MAX 10000

/* Of a program whose process could not be made, as service managers have it. */
#define FAILURE_OF_FORK 202

/* Of an app that has got stuck, and then ended with success. */
#define FAILURE_OF_STUCK 1

/* How long an app that has got stuck has for its end, in milliseconds. */
#define STUCK_PATIENCE 10000

static struct {
	Execution *x;
	const PlanApp *app;
	bool alone;
	bool sockets;  /* the app gets some */
	bool stopping; /* it was told to */
	int64_t ran;   /* for so long, the last time */
	sigset_t signals;
} keeper;

/* The next signal, 0 after some milliseconds without one; -1: however long it takes. */
static int next_signal(int64_t milliseconds)
{
	const struct timespec timeout = {
		.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
	siginfo_t info;
	int signal;

	do
		signal = sigtimedwait(&keeper.signals, &info, milliseconds < 0 ? NULL : &timeout);
	while (signal == KEEPER_STOP && info.si_pid > 1);
	if (signal == KEEPER_STOP)
		keeper.stopping = true;
	return MAX(signal, 0);
}

/* Whether the app was told to stop, in the next milliseconds at the latest. */
static bool stops_within(int64_t milliseconds)
{
	int64_t end = monotonic_ms() + milliseconds;

	while (!keeper.stopping && next_signal(MAX(end - monotonic_ms(), 0)) > 0)
		continue;
	return keeper.stopping;
}

/* The terminal, where the app has one, is for the process group that runs. */
static void give_terminal(pid_t group)
{
	for (unsigned i = 0; i < 3; i++)
		if (keeper.app->stream[i] == PLAN_STREAM_PTY ||
			keeper.app->stream[i] == PLAN_STREAM_TTY)
			(void)ioctl((int)i, TIOCSPGRP, &group);
}

/* Probes come again and again, and what they have to say nobody wants to know. */
static void take_null_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK);

	for (int i = 0; i < 3; i++)
		(void)dup2(null, i);
}

/* In the new process. Nobody but its parent looks after it. */
static _noreturn_ void become(PlanRange ops, pid_t parent, KeeperProgram program)
{
	sigset_t none;

	(void)setpgid(0, 0);
	if (program == KEEPER_PROBE)
		take_null_streams();
	else
		give_terminal(getpid());
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FAILURE_OF_FORK);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	keeper.x->sockets = keeper.sockets && program == KEEPER_MAIN;
	if (program != KEEPER_MAIN)
		(void)syscall(SYS_close_range, PLAN_SOCKETS_FIRST, ~0U, 0);
	app_execute(keeper.x, ops);
	_exit(0);
}

/* A copy of this process, not one that shares its memory: that would have to be closed to others
 * again, for a moment too late, when it has changed its user. */
pid_t keeper_start(PlanRange ops, KeeperProgram program)
{
	struct clone_args args = {
		.flags = program == KEEPER_PROBE ? 0 : CLONE_VFORK,
		.exit_signal = SIGCHLD,
	};
	pid_t parent = getpid(), pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);

	if (pid == 0)
		become(ops, parent, program);
	if (pid > 0)
		(void)setpgid(pid, pid);
	else if (program != KEEPER_PROBE)
		say("cannot start a process of the app: ", say_errno(-errno), NULL);
	return pid;
}

bool keeper_has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

int keeper_reap(pid_t pid)
{
	int status = SIGKILL;
	pid_t reaped = 0;

	(void)kill(-pid, SIGKILL);
	/* It may have left its group. */
	(void)kill(pid, SIGKILL);
	/* Others in the group are reaped by the pod's first process. */
	for (unsigned i = 0; i < GROUP_PATIENCE; i++) {
		if (reaped == 0)
			reaped = waitpid(pid, &status, WNOHANG);
		if (reaped != 0 && kill(-pid, 0) < 0)
			break;
		(void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

/* A program's group, and itself if it has left that. */
static void signal_program(pid_t pid, int signal)
{
	(void)kill(-pid, signal);
	if (getpgid(pid) != pid)
		(void)kill(pid, signal);
}

/* Asks a program to end, or everything in the pod. */
static void stop(pid_t pid, int signal, bool all)
{
	if (all) {
		(void)kill(-1, signal);
		(void)kill(-1, SIGCONT);
	} else {
		signal_program(pid, signal);
		signal_program(pid, SIGCONT);
	}
}

/* What was asked of the keeper is for the program that runs, unless its signal is 0. */
static void pass_on(pid_t pid, int stop_signal)
{
	if (stop_signal != 0)
		stop(pid, stop_signal, keeper.alone);
}

/* A program that its terminal has stopped goes on: it is no job of a shell that could be told to.
 * Without its keeper in its session the kernel would not stop it either. */
static void undo_stop(pid_t pid)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) < 0 || info.si_pid != pid)
		return;
	if (info.si_status != SIGTSTP && info.si_status != SIGTTIN && info.si_status != SIGTTOU)
		return;
	give_terminal(getpgid(pid));
	signal_program(pid, SIGCONT);
}

/* Waits for a signal as next_signal(), while a program runs. True when it is to be stopped. */
static bool told_to_stop(pid_t pid, int64_t milliseconds)
{
	int signal = next_signal(milliseconds);

	if (signal == SIGCHLD)
		undo_stop(pid);
	return signal == KEEPER_STOP;
}

static int run_handler(PlanRange ops, int stop_signal)
{
	pid_t pid = ops.n > 0 ? keeper_start(ops, KEEPER_HANDLER) : 0;

	if (pid <= 0)
		return pid < 0 ? FAILURE_OF_FORK : 0;
	while (!keeper_has_ended(pid))
		if (told_to_stop(pid, -1))
			pass_on(pid, stop_signal);
	return keeper_reap(pid);
}

static void say_stuck(void)
{
	Text tries = {0};

	text_number(&tries, keeper.app->liveness.failures, 0, ' ');
	say("app ", plan_string(keeper.x->plan, keeper.app->name),
		" does not answer its liveness probe (tries: ", text_string(&tries),
		"), and is stopped", NULL);
}

/* Waits for the end of the app, which is over, too, when it has got stuck: then it has a while to
 * end as when it is stopped, and has failed however it ends. */
static int watch(pid_t pid)
{
	int64_t kill_at = 0, wait;
	Probe probe;
	int status;

	probe_begin(&probe, &keeper.app->liveness);
	while (!keeper_has_ended(pid)) {
		wait = probe_step(&probe);
		if (probe_is_stuck(&probe) && kill_at == 0) {
			say_stuck();
			stop(pid, keeper.app->stop_signal, false);
			kill_at = monotonic_ms() + STUCK_PATIENCE;
		}
		if (kill_at > 0) {
			wait = kill_at - monotonic_ms();
			if (wait <= 0)
				break;
		}
		if (told_to_stop(pid, wait)) {
			probe_end(&probe);
			pass_on(pid, keeper.app->stop_signal);
		}
	}
	probe_end(&probe);
	status = keeper_reap(pid);
	return status == 0 && kill_at > 0 ? FAILURE_OF_STUCK : status;
}

static int run_main(void)
{
	const PlanApp *app = keeper.app;
	PlanRange own = {app->ops.first + app->n_shared, app->ops.n - app->n_shared};
	int64_t started = monotonic_ms();
	pid_t pid = keeper_start(own, KEEPER_MAIN);
	int status;

	if (pid < 0)
		return FAILURE_OF_FORK;
	(void)kill(1, KEEPER_STARTED);
	status = watch(pid);
	keeper.ran = monotonic_ms() - started;
	return status;
}

/* What pre-start has done, post-stop may undo: it runs whatever became of the start. */
static int run_once(void)
{
	int status = run_handler(keeper.app->pre_start, SIGTERM);

	keeper.ran = 0;
	if (status == 0 && !stops_within(0))
		status = run_main();
	(void)run_handler(keeper.app->post_stop, 0);
	return status;
}

static bool wants_again(int status, unsigned restarts)
{
	const PlanApp *app = keeper.app;

	if (app->restart == PLAN_RESTART_NO ||
		(app->restart == PLAN_RESTART_ON_FAILURE && status == 0))
		return false;
	return app->restarts_max == 0 || restarts < app->restarts_max;
}

/* What it takes to make processes what they are to be, and what they may have: who has more after
 * its start than before it is not killed with its parent. */
static uint64_t needed_capabilities(void)
{
	uint64_t caps = 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL;
	PlanRange ops = keeper.app->ops;
	bool filtered = false, no_new_privs = false;

	for (uint32_t i = ops.first; i < ops.first + ops.n; i++) {
		const PlanOp *op = &keeper.x->plan->ops[i];

		if (op->code == PLAN_BOUNDING)
			caps |= op->num[0];
		no_new_privs = no_new_privs || op->code == PLAN_NO_NEW_PRIVS;
		filtered = filtered || op->code == PLAN_SECCOMP;
	}
	return filtered && !no_new_privs ? caps | 1U << CAP_SYS_ADMIN : caps;
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2];
	uint64_t needed = needed_capabilities();

	if (syscall(SYS_capget, &header, caps) < 0)
		_exit(FAILURE_OF_FORK);
	for (unsigned i = 0; i < 2; i++) {
		caps[i].permitted &= (uint32_t)(needed >> 32 * i);
		caps[i].effective = caps[i].permitted;
	}
	if (syscall(SYS_capset, &header, caps) < 0)
		_exit(FAILURE_OF_FORK);
}

static void begin(Execution *x, const PlanApp *app, bool alone)
{
	keeper.x = x;
	keeper.app = app;
	keeper.alone = alone;
	keeper.sockets = x->sockets;
	sigemptyset(&keeper.signals);
	sigaddset(&keeper.signals, SIGCHLD);
	sigaddset(&keeper.signals, KEEPER_STOP);
	x->guarded = true;
	x->parent = getpid();
	(void)prctl(PR_SET_NAME, "rkt-keeper");
	say_set_component("Error");
	drop_capabilities();
}

_noreturn_ void keeper_run(Execution *x, const PlanApp *app, bool alone)
{
	int64_t delay = DELAY_MIN;
	unsigned restarts = 0;
	int status;

	begin(x, app, alone);
	for (;;) {
		status = run_once();
		if (keeper.ran >= DELAY_MAX)
			delay = DELAY_MIN;
		if (!wants_again(status, restarts++) || stops_within(delay))
			break;
		delay = MIN(delay * 2, DELAY_MAX);
	}
	_exit(status);
}
