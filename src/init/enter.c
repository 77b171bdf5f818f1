/* SPDX-License-Identifier: Apache-2.0 */

/* Running a command in an app of a running pod: in all its namespaces and cgroups, behind the app's
 * own capability bound and system call filter, but as root of the pod and in "/", as users of "rkt
 * enter" know it. */

#include "init/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "init/cgroups.h"
#include "init/execute.h"
#include "init/join.h"
#include "init/plan-file.h"
#include "init/say.h"
#include "init/terminal-guard.h"
#include "init/userns.h"
#include "plan/connection.h"

typedef struct Enter {
	Plan pod;  /* the pod's plan */
	Plan plan; /* the one that the app is in */
	const PlanApp *app;
	const PlanOp *exec; /* the app's own EXEC, for its environment ... */
	Text with_host;     /* ... and the variable that names the host; "": there is none */
	pid_t pid;          /* the pod's first process */
	char **command;
	const char *term;
} Enter;

static int fail_with(const char *what, int r)
{
	say("cannot enter the pod: ", what, ": ", say_errno(r), NULL);
	return 254;
}

/* The variable that the pod's networks had to be there for. */
static int read_host(Enter *e)
{
	const char *variable = plan_string(&e->plan, e->exec->source);
	_cleanup_close_ int fd = -1;
	char host[64];
	ssize_t len;

	if (!variable[0])
		return 0;
	fd = open(CONNECTION_HOST_FILE, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, host, sizeof host - 1);
	if (len < 0)
		return -errno;
	host[len] = '\0';
	execute_put_host(variable, host, &e->with_host);
	return 0;
}

static int parse(Enter *e, int argc, char **argv)
{
	const char *app = NULL, *value;
	int i, r;

	for (i = 1; i < argc && !streq(argv[i], "--"); i++) {
		value = startswith(argv[i], "--pid=");
		if (value)
			e->pid = text_to_number(value);
		value = startswith(argv[i], "--appname=");
		if (value)
			app = value;
	}
	if (!app || e->pid <= 0 || i + 1 >= argc)
		return -EINVAL;
	e->command = argv + i + 1;
	r = join_find_app(app, &e->plan, &e->app);
	if (r < 0)
		return r;
	e->exec = &e->plan.ops[e->app->ops.first + e->app->ops.n - 1];
	return 0;
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

static int confine(const Enter *e)
{
	Execution x = EXECUTION_INIT(&e->plan);

	for (uint32_t i = 0; i < e->app->ops.n; i++) {
		PlanRange one = {e->app->ops.first + i, 1};
		uint32_t failed;
		int r = 0;

		if (applies(&e->plan.ops[one.first]))
			r = execute(&x, one, &failed);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The app's environment, and the caller's TERM. */
static char **make_environment(Enter *e)
{
	static char term[128];
	const char *list = plan_string(&e->plan, e->exec->aux);
	size_t n = 0, size = (e->exec->aux_len + 3) * sizeof(char *);
	Text t = {0};
	char **env;

	env = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (env == MAP_FAILED)
		return NULL;
	for (const char *s = NULL; (s = plan_list_next(list, e->exec->aux_len, s));)
		if (!startswith(s, "TERM="))
			env[n++] = (char *)(uintptr_t)s;
	text_puts(&t, "TERM=");
	text_puts(&t, e->term ? e->term : "vt100");
	memcpy(term, text_string(&t), MIN(t.len + 1, sizeof term - 1));
	env[n++] = term;
	if (e->with_host.len > 0)
		env[n] = (char *)(uintptr_t)text_string(&e->with_host);
	return env;
}

/* execvpe() with the app's PATH. */
static int run_command(Enter *e)
{
	char **env = make_environment(e);

	if (!env)
		return -ENOMEM;
	if (syscall(SYS_close_range, 3, ~0U, 0) < 0)
		return -errno;
	environ = env;
	(void)execvpe(e->command[0], e->command, env);
	return -errno;
}

static _noreturn_ void child(Enter *e)
{
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	r = chdir("/") < 0 ? -errno : 0;
	if (r == 0)
		r = terminal_guard();
	if (r == 0)
		r = confine(e);
	if (r == 0)
		r = run_command(e);
	say("cannot run ", e->command[0], ": ", say_errno(r), NULL);
	/* What is run when nothing was said. */
	if (r == -ENOENT && streq(e->command[0], "/bin/bash"))
		say("hint: another shell can be named: rkt enter UUID /bin/sh", NULL);
	_exit(r == -ENOENT ? 127 : 126);
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
	Enter e = {.term = getenv("TERM")};
	pid_t pid;
	int r;

	say_set_component("enter");
	r = plan_file_open(PLAN_FILE, &e.pod);
	if (r < 0)
		return fail_with("its plan", r);
	r = parse(&e, argc, argv);
	if (r < 0)
		return fail_with("arguments", r);
	r = read_host(&e);
	if (r < 0)
		return fail_with("the host's address", r);
	r = e.pod.header->mutable ? cgroups_join_added(&e.pod, plan_string(&e.plan, e.app->name))
				  : cgroups_join(&e.pod, e.app);
	if (r < 0)
		return fail_with("its cgroups", r);
	r = join_pod(e.pid, (int)e.pod.header->namespaces | CLONE_NEWNS);
	if (r < 0)
		return fail_with("its namespaces", r);
	pid = fork();
	if (pid < 0)
		return fail_with("fork", -errno);
	if (pid == 0)
		child(&e);
	return follow(pid);
}
