/* SPDX-License-Identifier: Apache-2.0 */

/* Running a command in an app of a running pod as what the app is: its user, rights, limits,
 * working directory and cgroups. The process that was called stays outside of the pod and passes on
 * streams and signals; the command's own is born in it, with the rights that it takes to become
 * what the app is. */

#include "init/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "base/cleanup.h"
#include "init/app-tty.h"
#include "init/channel.h"
#include "init/command.h"
#include "init/execute.h"
#include "init/follow.h"
#include "init/join.h"
#include "init/leash.h"
#include "init/pipe.h"
#include "init/pod-files.h"
#include "init/pod.h"

#define EXEC_FAILED   254
#define VARIABLES_MAX 512

typedef struct Exec {
	Command command;
	bool interactive, tty;
	uint64_t uid, gid; /* the command's */
	bool other_root;   /* the command is root, and the app is not */
	const char *cwd;   /* NULL: the app's */
	const char *variables[VARIABLES_MAX];
	size_t n_variables;
	Join join;
	int streams[3]; /* the command's ends */
	int channel[2]; /* to here, for the terminal's other end: the command's end is the second */
} Exec;

static Exec exec;

static int fail_with(const char *what, int r)
{
	say("cannot execute in the pod: ", what, ": ", say_errno(r), NULL);
	return EXEC_FAILED;
}

static void add_variable(Exec *e, const char *variable)
{
	if (e->n_variables < VARIABLES_MAX)
		e->variables[e->n_variables++] = variable;
}

/* The app's own user and group. */
static void find_identity(Exec *e)
{
	const PlanRange *ops = &e->command.app->ops;

	for (uint32_t i = ops->first; i < ops->first + ops->n; i++) {
		const PlanOp *op = &e->command.plan.ops[i];

		if (op->code == PLAN_IDENTITY) {
			e->uid = op->num[0];
			e->gid = op->num[1];
		}
	}
}

/* A terminal, which is the caller's kind of one, unless that is said otherwise later. */
static void put_term(Exec *e)
{
	const char *term = getenv("TERM");
	static Text t;

	e->tty = true;
	text_puts(&t, "TERM=");
	text_puts(&t, term ? term : "xterm");
	add_variable(e, text_string(&t));
}

/* Others in the pod can read the command line of what is born there, so the values are moved out of
 * it. */
static int take_variables(Exec *e, char **argv)
{
	size_t size = 1;
	char *copy;

	for (size_t i = 0; i < e->n_variables; i++)
		size += strlen(e->variables[i]) + 1;
	copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < e->n_variables; i++) {
		size_t len = strlen(e->variables[i]) + 1;

		e->variables[i] = memcpy(copy, e->variables[i], len);
		copy += len;
	}
	for (int i = 1; !streq(argv[i], "--"); i++)
		if (startswith(argv[i], "--env="))
			(void)memset(argv[i], '-', strlen(argv[i]));
	return 0;
}

static void parse_options(Exec *e, char **argv)
{
	uint64_t app_uid = e->uid;

	for (int i = 1; !streq(argv[i], "--"); i++) {
		const char *value;

		if (streq(argv[i], "--interactive"))
			e->interactive = true;
		if (streq(argv[i], "--tty"))
			put_term(e);
		if ((value = startswith(argv[i], "--uid=")))
			e->uid = strtoul(value, NULL, 10);
		if ((value = startswith(argv[i], "--gid=")))
			e->gid = strtoul(value, NULL, 10);
		if ((value = startswith(argv[i], "--cwd=")))
			e->cwd = value;
		if ((value = startswith(argv[i], "--env=")))
			add_variable(e, value);
	}
	e->other_root = e->uid == 0 && app_uid != 0;
}

/* How much of the processors it gets, and which. */
static void inherit_schedule(void)
{
	cpu_set_t processors;
	int nice;

	errno = 0;
	nice = getpriority(PRIO_PROCESS, 1);
	if (nice != -1 || errno == 0)
		(void)setpriority(PRIO_PROCESS, 0, nice);
	if (sched_getaffinity(1, sizeof processors, &processors) == 0)
		(void)sched_setaffinity(0, sizeof processors, &processors);
}

/* What an app inherits from the pod's first process. Lowering its score, or raising a limit, may be
 * more than this process is allowed to: then it has less. */
static void inherit(const Exec *e)
{
	_cleanup_close_ int from = -1, to = -1;
	Text path = {0};
	char score[16];
	ssize_t n;

	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		/* The first process, as seen from a process of the pod. */
		if (prlimit(1, i, NULL, &limit) == 0 && setrlimit(i, &limit) < 0) {
			struct rlimit own;

			if (getrlimit(i, &own) < 0)
				continue;
			own.rlim_cur = MIN(limit.rlim_cur, own.rlim_max);
			(void)setrlimit(i, &own);
		}
	}
	inherit_schedule();
	text_puts(&path, "/proc/");
	text_number(&path, (uint64_t)e->command.first, 1, ' ');
	text_puts(&path, "/oom_score_adj");
	from = open(text_string(&path), O_RDONLY | O_CLOEXEC);
	to = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	n = from < 0 ? -1 : read(from, score, sizeof score);
	if (n > 0 && to >= 0)
		(void)!write(to, score, (size_t)n);
}

/* The command's terminal, which its user owns; the other end goes to who follows it. */
static int make_terminal(Exec *e)
{
	const Message m = {.kind = MESSAGE_TTY};
	_cleanup_close_ int master = -1;
	int tty = tty_open(&master), r;

	if (tty < 0)
		return tty;
	if (fchown(tty, (uid_t)e->uid, (gid_t)-1) < 0)
		return -errno;
	r = channel_send(e->channel[1], &m, master);
	for (unsigned i = 0; i < 3; i++)
		e->streams[i] = tty;
	return r < 0 ? r : tty;
}

/* Nothing but its streams is left to it. */
static int take_streams(const Exec *e)
{
	for (int i = 0; i < 3; i++)
		if (dup2(e->streams[i], i) < 0)
			return -errno;
	(void)umask(022);
	return command_close_descriptors();
}

static int take_identity(const Exec *e, Execution *x, const PlanOp *app)
{
	PlanOp op = *app;

	op.num[0] = e->uid;
	op.num[1] = e->gid;
	return execute_identity(x, &op);
}

/* One operation of the app, for the command. */
static int take_on(const Exec *e, Execution *x, uint32_t number)
{
	const PlanOp *op = &x->plan->ops[number];
	uint32_t failed;

	switch (op->code) {
	case PLAN_WORKDIR:
		if (e->cwd)
			return execute_change_directory(e->cwd, false);
		break;
	case PLAN_BOUNDING:
		/* An app that is not root has no capabilities, however its bounding set is. */
		if (e->other_root) {
			PlanOp none = *op;

			none.num[0] = 0;
			return execute_bounding(x, &none);
		}
		break;
	case PLAN_IDENTITY: return take_identity(e, x, op);
	case PLAN_SECCOMP:
		/* As the plan of an app has it that is not root. */
		if (e->uid != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			return -errno;
		break;
	case PLAN_EXEC: return 0;
	default: break;
	}
	return execute(x, (PlanRange){number, 1}, &failed);
}

static _noreturn_ void fail_to_become(const Exec *e, const PlanOp *op, int r)
{
	const char *path = plan_string(&e->command.plan, op->path);

	say("cannot run ", e->command.argv[0], ": ", plan_code_name(op->code), " ",
		op->code == PLAN_WORKDIR && e->cwd ? e->cwd : path, ": ", say_errno(r), NULL);
	_exit(command_failure(-EPERM));
}

static _noreturn_ void become(Exec *e)
{
	Execution x = EXECUTION_INIT(&e->command.plan);
	const PlanRange *ops = &e->command.app->ops;
	char **env;
	int r;

	x.guarded = true;
	for (uint32_t i = ops->first; i < ops->first + ops->n; i++) {
		r = take_on(e, &x, i);
		if (r < 0)
			fail_to_become(e, &e->command.plan.ops[i], r);
	}
	env = command_environment(&e->command, e->variables, e->n_variables);
	r = env ? command_execute(&e->command, env) : -ENOMEM;
	say("cannot run ", e->command.argv[0], ": ", say_errno(r), NULL);
	_exit(command_failure(r));
}

/* The caller's may hold keys that are not the pod's business. Who may not call this cannot use them
 * either. */
static int leave_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
		errno != EPERM)
		return -errno;
	return 0;
}

/* The app may have ended since it was looked at. What is in its cgroups ends with it, so it is
 * looked at once more behind that. */
static void join_cgroups(const Exec *e)
{
	const char *app = plan_string(&e->command.plan, e->command.app->name);
	int r = command_join_cgroups(&e->command, false);

	if (r == 0 && pod_files_app_has_status(app))
		r = -ESRCH;
	if (r == -ESRCH)
		say("app \"", app, "\" isn't currently running", NULL);
	else if (r < 0)
		(void)fail_with("its cgroups", r);
	if (r < 0)
		_exit(EXEC_FAILED);
}

static _noreturn_ void child(Exec *e)
{
	/* Its children are processes of the pod, and so is it. */
	int namespaces = (int)(e->command.pod.header->namespaces & ~(uint64_t)CLONE_NEWPID);
	int tty = -1, r;
	sigset_t none;

	app_default_signals();
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	inherit(e);
	r = leave_keyring();
	if (r < 0)
		_exit(fail_with("a keyring", r));
	join_cgroups(e);
	r = join_enter(&e->join, namespaces | CLONE_NEWNS);
	if (r < 0)
		_exit(fail_with("its namespaces", r));
	if (e->tty)
		tty = r = make_terminal(e);
	if (r < 0)
		_exit(fail_with("a terminal", r));
	app_new_session(tty);
	r = take_streams(e);
	if (r < 0)
		_exit(fail_with("its streams", r));
	become(e);
}

/* The two ends of what the command's streams are. They are its user's, as seen from here. */
static int make_streams(Exec *e, Follow *f)
{
	const PlanHeader *pod = e->command.pod.header;
	uint32_t owner = (uint32_t)e->uid + (pod->n_ids > 0 ? pod->first_id : 0);
	int r = 0;

	for (unsigned i = 0; i < 3; i++)
		f->streams[i] = -1;
	f->master = -1;
	f->typing = e->interactive;
	if (e->tty)
		return channel_create(e->channel);
	for (unsigned i = e->interactive ? 0 : 1; i < 3 && r == 0; i++)
		r = stream_pipe(i, owner, &f->streams[i], &e->streams[i]);
	if (r == 0 && !e->interactive)
		e->streams[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return r == 0 && e->streams[0] < 0 ? -errno : r;
}

/* Somebody in the pod may keep the command from getting that far: until then a signal ends the
 * caller, and the leash the command. That a child has ended must not be missed. */
static int receive_terminal(int channel, int *ret)
{
	sigset_t child_only, all;
	Message m;
	int r;

	sigemptyset(&child_only);
	sigaddset(&child_only, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &child_only, &all);
	r = channel_receive(channel, &m, ret);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	return r < 0 ? r : 0;
}

/* In the parent: lets go of what the command has got, and waits for its terminal. */
static int take_ends(Exec *e, Follow *f)
{
	if (!e->tty) {
		for (unsigned i = 0; i < 3; i++)
			(void)fd_close(e->streams[i]);
		return 0;
	}
	(void)fd_close(e->channel[1]);
	return receive_terminal(e->channel[0], &f->master);
}

static int start(Exec *e, Follow *f)
{
	int r = make_streams(e, f);

	if (r < 0)
		return fail_with("its streams", r);
	f->signals = follow_signals();
	if (f->signals < 0)
		return fail_with("signals", f->signals);
	r = join_open(e->command.first, &e->join);
	if (r < 0)
		return fail_with("its processes", r);
	f->pid = fork();
	if (f->pid < 0)
		return fail_with("fork", -errno);
	if (f->pid == 0)
		child(e);
	leash_hold(f->leash, f->pid);
	r = take_ends(e, f);
	return r < 0 ? fail_with("its terminal", r) : 0;
}

int role_exec(int argc, char **argv)
{
	Exec *e = &exec;
	Follow f;
	int r;

	say_set_component("exec");
	r = command_parse(argc, argv, &e->command);
	if (r < 0)
		return fail_with("what to execute", r);
	find_identity(e);
	parse_options(e, argv);
	r = take_variables(e, argv);
	if (r < 0)
		return fail_with("its environment", r);
	/* Others in the pod cannot look into the command's process before it is the command, unless
	 * they have CAP_SYS_PTRACE (docs/security.md). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail_with("processes", -errno);
	f.leash = leash_create();
	if (f.leash < 0)
		return fail_with("processes", f.leash);
	r = start(e, &f);
	if (r != 0)
		return r;
	r = follow(&f);
	if (r < 0)
		return fail_with("its terminal", r);
	if (f.lost == 0)
		return r;
	say("cannot write the output: ", say_errno(f.lost), NULL);
	return EXEC_FAILED;
}
