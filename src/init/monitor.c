/* SPDX-License-Identifier: Apache-2.0 */

/* The monitor: what "rkt run" has become. It starts the pod's first process, passes signals and
 * output on, writes down what happens to the apps, cleans up, and ends as the pod did. */

#include "init/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "init/cgroups.h"
#include "init/channel.h"
#include "init/console.h"
#include "init/execute.h"
#include "init/network.h"
#include "init/plan-file.h"
#include "init/pod-files.h"
#include "init/pod.h"
#include "init/say.h"
#include "init/terminal.h"

#define EXIT_FAILURE_RKT 254

static struct {
	Plan plan;
	PodStart start;
	pid_t first; /* the pod's first process; 0 once it was reaped */
	int channel;
	unsigned n_started;
	int stopped_by;    /* the signal that asked for the pod's end, 0: none */
	int status;        /* what to exit with */
	bool failed;       /* the pod did not come up */
	const char *doing; /* what is being done to start the pod, for when it fails */
} monitor;

/* The pod's lock lives in a descriptor that was inherited on purpose and stays open to the end of
 * this process; nobody that is executed from here gets it. */
static int check_lock(void)
{
	const char *text = getenv("RKT_LOCK_FD");
	int fd = text ? text_to_number(text) : 0;

	return fd > 2 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : -EINVAL;
}

/* what: the number of an operation, or a FailedStep. */
static void say_failed(int32_t what, int r)
{
	static const char *const steps[] = {
		[-FAILED_SIGNALS] = "receive signals",
		[-FAILED_PROPAGATION] = "detach the pod's mounts from the host's",
		[-FAILED_TERMINAL] = "make the pod's terminal",
		[-FAILED_FORK] = "start an app's process",
		[-FAILED_CGROUPS] = "open the apps' control groups",
	};
	const Plan *plan = &monitor.plan;
	const PlanOp *op = &plan->ops[what >= 0 && (uint32_t)what < plan->header->n_ops ? what : 0];
	const char *path = plan_string(plan, op->path);
	bool bind = op->code == PLAN_BIND;

	if (what < 0 && -what < (int32_t)ARRAY_LEN(steps))
		say("cannot set up the pod: ", steps[-what], ": ", say_errno(r), NULL);
	else
		say("cannot set up the pod: ", plan_code_name(op->code), " ", path[0] ? path : "/",
			bind ? " from " : "", bind ? plan_string(plan, op->source) : "", ": ",
			say_errno(r), NULL);
}

/* clone3() with the pod's namespaces, directly into its v2 cgroup where there is one. */
static pid_t clone_first(int cgroup)
{
	struct clone_args args = {
		.flags = monitor.plan.header->namespaces & ~(uint64_t)CLONE_NEWNET,
		.exit_signal = SIGCHLD,
	};

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/* Makes the pod's network namespace and hands it over, while the pod's first process mounts. */
static int give_network(void)
{
	Message m = {.kind = MESSAGE_NETWORK};
	_cleanup_close_ int fd = -1;

	if (!(monitor.plan.header->namespaces & CLONE_NEWNET))
		return 0;
	fd = network_create();
	if (fd < 0)
		return fd;
	/* If nobody listens any more, the reason is about to be told. */
	(void)channel_send(monitor.channel, &m, fd);
	return 0;
}

/* What the two processes share: the channel between them, the apps' pipes, /dev/null. */
static int make_descriptors(int ret_ends[static 2])
{
	int r;

	monitor.doing = "make a channel to the pod";
	r = channel_create(ret_ends);
	if (r < 0)
		return r;
	monitor.doing = "make pipes for the apps' output";
	r = console_open(&monitor.plan, monitor.start.pipes);
	if (r < 0)
		return r;
	monitor.doing = "open /dev/null";
	monitor.start.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return monitor.start.null < 0 ? -errno : 0;
}

static void close_apps_ends(void)
{
	for (unsigned i = 0; i < monitor.plan.header->n_apps; i++)
		for (unsigned k = 0; k < 2; k++)
			monitor.start.pipes[i][k] = fd_close(monitor.start.pipes[i][k]);
}

/* The host's side of the start, while the pod's first process sets up the pod's. */
static int finish_start(void)
{
	Message go = {.kind = MESSAGE_GO};
	int r;

	monitor.doing = "make the pod's network namespace";
	r = give_network();
	if (r < 0)
		return r;
	monitor.doing = "put the pod into its control groups";
	r = cgroups_enter(&monitor.plan, monitor.first);
	if (r < 0)
		return r;
	monitor.doing = "write the pod's files";
	r = pod_files_started(cgroups_name(&monitor.plan));
	if (r == 0)
		(void)channel_send(monitor.channel, &go, -1);
	return r;
}

static int start_pod(Execution *x)
{
	int ends[2], r;

	r = make_descriptors(ends);
	if (r < 0)
		return r;
	monitor.doing = "make the pod's namespaces";
	monitor.first = clone_first(x->cgroup);
	if (monitor.first < 0)
		return -errno;
	if (monitor.first == 0) {
		/* With this end open as well it would wait for ever for a monitor that was killed
		 * before it could ask to be killed with it. */
		(void)fd_close(ends[0]);
		monitor.start.channel = ends[1];
		pod_first_process(&monitor.start);
	}
	monitor.channel = ends[0];
	(void)fd_close(ends[1]);
	close_apps_ends();
	return finish_start();
}

static void app_exited(unsigned app, int status)
{
	const char *name;
	int r;

	if (app >= monitor.plan.header->n_apps)
		return;
	name = plan_string(&monitor.plan, monitor.plan.apps[app].name);
	if (cgroups_memory_killed(&monitor.plan, &monitor.plan.apps[app]))
		pod_files_memory_killed(name);
	r = pod_files_app_status(name, status);
	if (r < 0)
		say("cannot write the status of app ", name, ": ", say_errno(r), NULL);
	if (monitor.status == 0)
		monitor.status = status;
}

/* The plan's pages are given back: from now on it is looked at a few times at most. */
static void all_started(void)
{
	const PlanHeader *header = monitor.plan.header;

	pod_files_ready(true);
	(void)madvise((void *)(uintptr_t)header, header->size, MADV_DONTNEED);
}

static void handle_message(const Message *m, int fd)
{
	int r;

	switch (m->kind) {
	case MESSAGE_FAILED:
		say_failed(m->a, m->b);
		monitor.failed = true;
		break;
	case MESSAGE_TTY:
		r = terminal_start(fd);
		if (r < 0)
			say("cannot use the terminal: ", say_errno(r), NULL);
		break;
	case MESSAGE_STARTED:
		console_app_started((unsigned)m->a, m->b);
		if (++monitor.n_started == monitor.plan.header->n_apps)
			all_started();
		break;
	case MESSAGE_EXITED: app_exited((unsigned)m->a, m->b); break;
	default: break;
	}
}

/* False at the channel's end. */
static bool receive(void)
{
	Message m;
	int fd, r = channel_receive(monitor.channel, &m, &fd);

	if (r == 1)
		handle_message(&m, fd);
	return r == 1;
}

static void stop(int signal)
{
	Message m = {.kind = MESSAGE_STOP};

	/* Who asks twice means it. */
	if (monitor.stopped_by && signal == SIGINT)
		(void)kill(monitor.first, SIGKILL);
	monitor.stopped_by = signal;
	(void)channel_send(monitor.channel, &m, -1);
}

static void reap_first(void)
{
	int status;

	if (waitpid(monitor.first, &status, WNOHANG) != monitor.first)
		return;
	monitor.first = 0;
	/* Killed, and all apps with it, before they could fail or succeed. */
	if (WIFSIGNALED(status) && monitor.status == 0)
		monitor.status = 128 + WTERMSIG(status);
}

static void handle_signals(int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof info) == sizeof info) {
		switch (info.ssi_signo) {
		case SIGCHLD: reap_first(); break;
		case SIGWINCH: terminal_resize(); break;
		default: stop((int)info.ssi_signo); break;
		}
	}
}

static int open_signals(void)
{
	static const int wanted[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGWINCH};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		sigaddset(&set, wanted[i]);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void supervise(int signals)
{
	static struct pollfd fds[2 + TERMINAL_POLL_MAX + CONSOLE_POLL_MAX];
	bool connected = true;

	while (monitor.first > 0) {
		unsigned n_terminal, n_console;

		fds[0] = (struct pollfd){.fd = signals, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = connected ? monitor.channel : -1, .events = POLLIN};
		n_terminal = terminal_poll(fds + 2);
		n_console = console_poll(fds + 2 + n_terminal);
		if (poll(fds, 2 + n_terminal + n_console, -1) < 0)
			continue;
		if (fds[1].revents)
			connected = receive();
		if (terminal_dispatch(fds + 2, n_terminal))
			(void)kill(monitor.first, SIGKILL);
		console_dispatch(fds + 2 + n_terminal, n_console);
		if (fds[0].revents)
			handle_signals(signals);
	}
	/* What it said last. */
	while (connected)
		connected = receive();
}

/* Ends as the pod did; by the signal that ended it, if one did. */
static int finish(void)
{
	sigset_t set;

	if (monitor.failed)
		return EXIT_FAILURE_RKT;
	if (monitor.stopped_by == 0)
		return monitor.status;
	(void)signal(monitor.stopped_by, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, monitor.stopped_by);
	(void)raise(monitor.stopped_by);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	return EXIT_FAILURE_RKT;
}

/* The plan or the pod cannot be started; nothing of it runs. */
static int refuse(int r)
{
	say("cannot ", monitor.doing, ": ", say_errno(r), NULL);
	if (monitor.first > 0) {
		(void)kill(monitor.first, SIGKILL);
		(void)waitpid(monitor.first, NULL, 0);
	}
	if (monitor.plan.header)
		cgroups_remove(&monitor.plan);
	return EXIT_FAILURE_RKT;
}

int role_run(int argc, char **argv)
{
	Execution x = EXECUTION_INIT(&monitor.plan);
	uint32_t failed = 0;
	int signals, r;

	say_set_component("run");
	monitor.doing = "read the pod's plan";
	r = plan_file_open(&monitor.plan);
	if (r < 0)
		return refuse(r);
	monitor.start.plan = &monitor.plan;
	monitor.doing = "find the pod's lock in RKT_LOCK_FD";
	r = check_lock();
	if (r < 0)
		return refuse(r);
	(void)prctl(PR_SET_NAME, "rkt-init");
	monitor.doing = "receive signals";
	signals = open_signals();
	if (signals < 0)
		return refuse(-errno);
	r = execute(&x, monitor.plan.header->host, &failed);
	if (r == 0)
		r = cgroups_make(&monitor.plan, &failed);
	if (r < 0) {
		say_failed((int32_t)failed, r);
		cgroups_remove(&monitor.plan);
		return EXIT_FAILURE_RKT;
	}
	r = start_pod(&x);
	if (r < 0)
		return refuse(r);
	supervise(signals);
	pod_files_ready(false);
	terminal_stop();
	console_drain();
	cgroups_remove(&monitor.plan);
	return finish();
}
