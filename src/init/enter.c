/* SPDX-License-Identifier: Apache-2.0 */

/* Running a command in an app of a running pod: in all its namespaces and cgroups, behind the app's
 * own capability bound and system call filter, but as root of the pod and in "/", as users of "rkt
 * enter" know it. */

#include "init/roles.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/command.h"
#include "init/execute.h"
#include "init/join.h"
#include "init/say.h"
#include "init/terminal-guard.h"

static int fail_with(const char *what, int r)
{
	say("cannot enter the pod: ", what, ": ", say_errno(r), NULL);
	return 254;
}

/* The app's operations that hold for everybody who is in it; the others are about its main process.
 */
static bool applies(const PlanOp *op)
{
	switch (op->code) {
	case PLAN_UNSHARE:
	case PLAN_PIVOT:
	case PLAN_BOUNDING:
	case PLAN_NO_NEW_PRIVS:
	case PLAN_SECCOMP: return true;
	default: return false;
	}
}

static int confine(const Command *c)
{
	Execution x = EXECUTION_INIT(&c->plan);

	for (uint32_t i = 0; i < c->app->ops.n; i++) {
		PlanRange one = {c->app->ops.first + i, 1};
		uint32_t failed;
		int r = 0;

		if (applies(&c->plan.ops[one.first]))
			r = execute(&x, one, &failed);
		if (r < 0)
			return r;
	}
	return 0;
}

/* With the app's environment, and the caller's TERM. */
static int run_command(Command *c)
{
	const char *term = getenv("TERM"), *variable;
	Text t = {0};
	char **env;

	text_puts(&t, "TERM=");
	text_puts(&t, term ? term : "vt100");
	variable = text_string(&t);
	env = command_environment(c, &variable, 1);
	return env ? command_execute(c, env) : -ENOMEM;
}

static _noreturn_ void child(Command *c)
{
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	r = chdir("/") < 0 ? -errno : 0;
	if (r == 0)
		r = terminal_guard();
	if (r == 0)
		r = command_close_descriptors();
	if (r == 0)
		r = confine(c);
	if (r == 0)
		r = run_command(c);
	say("cannot run ", c->argv[0], ": ", say_errno(r), NULL);
	/* What is run when nothing was said. */
	if (r == -ENOENT && streq(c->argv[0], "/bin/bash"))
		say("hint: another shell can be named: rkt enter UUID /bin/sh", NULL);
	_exit(command_failure(r));
}

/* Waits for the command, stopping and continuing together with it; ends as it did. */
static int follow(pid_t pid)
{
	int status;

	for (;;) {
		if (waitpid(pid, &status, WUNTRACED) < 0) {
			if (errno == EINTR)
				continue;
			return 254;
		}
		if (!WIFSTOPPED(status))
			break;
		(void)kill(getpid(), SIGSTOP);
		(void)kill(pid, SIGCONT);
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	(void)signal(WTERMSIG(status), SIG_DFL);
	(void)raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

int role_enter(int argc, char **argv)
{
	Command c;
	pid_t pid;
	int r;

	say_set_component("enter");
	r = command_parse(argc, argv, &c);
	if (r < 0)
		return fail_with("what to enter", r);
	r = command_join_cgroups(&c, true);
	if (r < 0)
		return fail_with("its cgroups", r);
	r = join_pod(c.first, (int)c.pod.header->namespaces | CLONE_NEWNS);
	if (r < 0)
		return fail_with("its namespaces", r);
	pid = fork();
	if (pid < 0)
		return fail_with("fork", -errno);
	if (pid == 0)
		child(&c);
	return follow(pid);
}
