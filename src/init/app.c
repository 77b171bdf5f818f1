/* SPDX-License-Identifier: Apache-2.0 */

/* An app's new process, until it is the app. */

#include "init/pod.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "base/cleanup.h"
#include "init/app-cgroups.h"
#include "init/interpreter.h"
#include "init/keeper.h"
#include "init/say.h"

/* Exit statuses of systemd.exec(5), which users of rkt know. */
#define FAILURE_OF_CGROUP    219
#define FAILURE_OF_NAMESPACE 226

static int failure_status(unsigned code)
{
	switch (code) {
	case PLAN_WORKDIR: return 200;
	case PLAN_EXEC: return 203;
	case PLAN_OOM_SCORE: return 206;
	case PLAN_GROUPS: return 216;
	case PLAN_IDENTITY: return 217;
	case PLAN_BOUNDING: return 218;
	case PLAN_NO_NEW_PRIVS: return 227;
	case PLAN_SECCOMP: return 228;
	default: return FAILURE_OF_NAMESPACE;
	}
}

static int open_stream(const PodStart *start, unsigned app, unsigned stream, int tty)
{
	switch (start->plan->apps[app].stream[stream]) {
	case PLAN_STREAM_LOG: return stream > 0 ? start->pipes[app][stream - 1] : start->null;
	case PLAN_STREAM_INHERIT: return (int)stream;
	case PLAN_STREAM_PIPE:
		return stream > 0 ? start->pipes[app][stream - 1] : start->inputs[app];
	case PLAN_STREAM_PTY:
	case PLAN_STREAM_TTY: return tty;
	default: return start->null;
	}
}

/* Puts the three streams in place. Descriptors below 3 are in use already, so that none is
 * overwritten early. */
static int set_streams(const PodStart *start, unsigned app, int tty)
{
	for (unsigned i = 0; i < 3; i++) {
		int fd = open_stream(start, app, i, tty);

		if (fd < 0)
			return fd;
		if (dup2(fd, (int)i) < 0)
			return -errno;
	}
	return 0;
}

void app_default_signals(void)
{
	/* The kernel's own form, all zeros: SIG_DFL, no flags, an empty mask. The C library would
	 * refuse the signals that it keeps for its threads; a caller can have ignored those, too.
	 */
	static const unsigned long action[8];

	for (int i = 1; i < _NSIG; i++)
		(void)syscall(SYS_rt_sigaction, i, action, NULL, _NSIG / 8);
}

/* PID 1 ignores SIGPIPE and blocks everything; an app starts with a clean slate. A keeper goes on
 * blocking: other apps may signal everything that there is. */
static void reset_signals(bool kept)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	(void)sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&none);
	if (!kept)
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Of a program in the form that rkt's users know. The kernel says "no such file" also of one that
 * is there, when what it needs is missing. */
static void put_program(Text *t, const char *path, int r)
{
	char interpreter[PATH_MAX];
	bool other = r == -ENOENT && interpreter_of(path, interpreter) == 0;

	text_puts(t, "Error: Unable to open \"");
	text_puts(t, other ? interpreter : path);
	if (other) {
		text_puts(t, "\", which is needed to run \"");
		text_puts(t, path);
	}
	text_puts(t, "\": ");
	text_puts(t, strerror(-r));
}

/* What failed, in the words of the operation. */
static void say_failure(const Plan *plan, const PlanOp *op, int r)
{
	const char *path = plan_string(plan, op->path);
	Text t = {0};

	if (op->code == PLAN_EXEC) {
		put_program(&t, path, r);
	} else {
		text_puts(&t, "Error: ");
		text_puts(&t, plan_code_name(op->code));
		text_puts(&t, path[0] ? " " : "");
		text_puts(&t, path);
		text_puts(&t, ": ");
		text_puts(&t, say_errno(r));
	}
	text_puts(&t, "\n");
	(void)!write(STDERR_FILENO, t.data, t.len);
}

static _noreturn_ void fail_early(int r)
{
	say_set_component("Error");
	say("cannot give the app its session and streams: ", say_errno(r), NULL);
	_exit(FAILURE_OF_NAMESPACE);
}

void app_new_session(int tty)
{
	if (setsid() < 0 || (tty >= 0 && ioctl(tty, TIOCSCTTY, 0) < 0))
		fail_early(-errno);
}

/* Puts the sockets that the app gets where sd_listen_fds(3) looks for them. First out of each
 * other's way: one's place may be where another one is. */
static int set_sockets(const Plan *plan, const PlanApp *app)
{
	const uint32_t *places = plan_app_sockets(plan, app);
	int fds[PLAN_SOCKETS_MAX];

	for (unsigned i = 0; i < app->n_sockets; i++) {
		fds[i] = fcntl(PLAN_SOCKETS_FIRST + (int)places[i], F_DUPFD,
			PLAN_SOCKETS_FIRST + PLAN_SOCKETS_MAX);
		if (fds[i] < 0)
			return -errno;
	}
	for (unsigned i = 0; i < app->n_sockets; i++)
		if (dup2(fds[i], PLAN_SOCKETS_FIRST + (int)i) < 0)
			return -errno;
	return 0;
}

/* Before the app's operations begin: its streams and sockets, a clean slate, and nothing else of
 * ours. */
static int leave_first_process(const PodStart *start, unsigned app, int tty)
{
	const PlanApp *own = &start->plan->apps[app];
	int r = set_streams(start, app, tty);

	if (r == 0)
		r = set_sockets(start->plan, own);
	if (r < 0)
		return r;
	reset_signals(plan_app_is_kept(own));
	(void)umask(022);
	return syscall(SYS_close_range, PLAN_SOCKETS_FIRST + own->n_sockets, ~0U, 0) < 0 ? -errno
											 : 0;
}

void app_execute(Execution *x, PlanRange ops)
{
	uint32_t failed;
	int r = execute(x, ops, &failed);

	if (r == 0)
		return;
	say_failure(x->plan, &x->plan->ops[failed], r);
	_exit(failure_status(x->plan->ops[failed].code));
}

_noreturn_ void app_exec(const PodStart *start, unsigned app, int tty)
{
	const PlanApp *own = &start->plan->apps[app];
	bool kept = plan_app_is_kept(own);
	Execution x = EXECUTION_INIT(start->plan);
	int r = app_cgroups_enter(app);

	if (r < 0) {
		say_set_component("Error");
		say("cannot put the app into its control groups: ", say_errno(r), NULL);
		_exit(FAILURE_OF_CGROUP);
	}
	x.host = start->host;
	x.sockets = own->n_sockets > 0;
	r = leave_first_process(start, app, tty);
	if (r < 0)
		fail_early(r);
	app_execute(&x, (PlanRange){own->ops.first, kept ? own->n_shared : own->ops.n});
	keeper_run(&x, own, start->alone);
}
