/* SPDX-License-Identifier: Apache-2.0 */

/* The monitor: what "rkt run" has become. It starts the pod's first process, passes signals and
 * output on, writes down what happens to the apps, cleans up, and ends as the pod did. */

#include "init/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/fd-limit.h"
#include "init/app-notify.h"
#include "init/cgroups.h"
#include "init/channel.h"
#include "init/console.h"
#include "init/control.h"
#include "init/endpoints.h"
#include "init/execute.h"
#include "init/network.h"
#include "init/notify.h"
#include "init/plan-file.h"
#include "init/pod-files.h"
#include "init/pod.h"
#include "init/say.h"
#include "init/stack.h"
#include "init/start.h"
#include "init/streams.h"
#include "init/terminal.h"
#include "init/userns.h"
#include "plan/connection.h"

#define EXIT_FAILURE_RKT 254

static struct pollfd fds[3 + TERMINAL_POLL_MAX + CONTROL_POLL_MAX + CONSOLE_POLL_MAX +
			 STREAMS_POLL_MAX + ENDPOINTS_POLL_MAX + APP_NOTIFY_POLL_MAX];

static struct {
	Plan plan;
	Started started;  /* its first process: 0 once it was reaped */
	int stopped_by;   /* the signal that asked for the pod's end, 0: none */
	int status;       /* what to exit with */
	bool failed;      /* the pod did not come up */
	bool started_all; /* all of its apps are started */
	bool ready;       /* it did */
	bool mutable;     /* as the plan says */
	int connection;   /* to who connects the pod to its networks; -1: that is done */
	NetworkEnd network_end;
	const char *doing;             /* what is being done to start the pod, for when it fails */
	uint32_t mains[PLAN_APPS_MAX]; /* how often the app's keeper has started it */
	bool over[PLAN_APPS_MAX];      /* the app has ended, with success */
} monitor;

/* A descriptor that was inherited on purpose, as a variable says; nobody that is executed from here
 * gets it. 0 where it is not set, or wrong. */
static int inherited(const char *variable)
{
	const char *text = getenv(variable);
	int fd = text ? text_to_number(text) : 0;

	return fd > 2 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : 0;
}

/* The pod's lock lives in a descriptor that stays open to the end of this process. */
static int check_lock(void)
{
	return inherited("RKT_LOCK_FD") > 0 ? 0 : -EINVAL;
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

	if (what < 0 && what > -(int32_t)ARRAY_LEN(steps))
		say("cannot set up the pod: ", steps[-what], ": ", say_errno(r), NULL);
	else
		say("cannot set up the pod: ", plan_code_name(op->code), " ", path[0] ? path : "/",
			bind ? " from " : "", bind ? plan_string(plan, op->source) : "", ": ",
			say_errno(r), NULL);
}

/* b as in MESSAGE_STARTED. */
static void app_started(unsigned app, int b)
{
	const char *name = console_app_name(app);
	int r = 0;

	if (!name)
		return;
	if (b > 0 && monitor.mutable) {
		monitor.mains[app] = 0;
		r = pod_files_app_started(name);
	}
	if (r < 0)
		say("cannot write the files of app ", name, ": ", say_errno(r), NULL);
	if (b > 0)
		console_app_started(app, b);
	else
		console_drop_app(app);
	control_app_started(app, b < 0 ? b : 0);
}

static bool memory_killed(unsigned app, const char *name)
{
	return monitor.mutable ? cgroups_memory_killed_added(&monitor.plan, name)
			       : cgroups_memory_killed(&monitor.plan, &monitor.plan.apps[app]);
}

static void app_exited(unsigned app, int status)
{
	const char *name = console_app_name(app);
	int r;

	if (!name)
		return;
	if (memory_killed(app, name)) {
		say("app ", name, " has used up its memory, and something of it was killed", NULL);
		pod_files_memory_killed(name);
	}
	/* Before it is known that the app can be started again. */
	if (monitor.mutable)
		cgroups_remove_added(&monitor.plan, name);
	else if (monitor.status == 0)
		monitor.status = status;
	r = pod_files_app_status(name, status);
	if (r < 0)
		say("cannot write the status of app ", name, ": ", say_errno(r), NULL);
	/* Not where its end is that of the pod, or a failure. */
	monitor.over[app] = status == 0 && monitor.status == 0 && monitor.stopped_by == 0;
	control_app_ended(app);
}

/* Whether the apps that have keepers are started, too, or over already. */
static bool keepers_started_all(void)
{
	const Plan *plan = &monitor.plan;

	for (uint32_t i = 0; i < plan->header->n_apps; i++)
		if (plan_app_is_kept(&plan->apps[i]) && monitor.mains[i] == 0 && !monitor.over[i])
			return false;
	return true;
}

/* Once all apps are started, and those that say so themselves are ready. The memory that only this
 * has needed is given back: the plan is looked at a few times more at most. */
static void ready_if_all_are(void)
{
	const PlanHeader *header = monitor.plan.header;

	if (monitor.ready || !monitor.started_all || !app_notify_all_ready() ||
		!keepers_started_all())
		return;
	monitor.ready = true;
	pod_files_ready(true);
	notify_manager("READY=1");
	(void)madvise((void *)(uintptr_t)header, header->size, MADV_DONTNEED);
	stack_give_back();
}

static void main_started(unsigned app)
{
	const char *name = console_app_name(app);

	if (!name)
		return;
	if (monitor.mains[app]++ > 0)
		pod_files_restarted(name, monitor.mains[app] - 1);
	ready_if_all_are();
}

static void started_all(void)
{
	if (monitor.started_all)
		return;
	monitor.started_all = true;
	if (monitor.mutable || streams_any()) {
		int r;

		/* The apps have theirs already. */
		fd_raise_limit();
		r = control_listen(monitor.mutable ? monitor.started.channel : -1);

		if (r < 0)
			say("cannot listen on the control socket: ", say_errno(r), NULL);
		for (unsigned i = 0; i < monitor.plan.header->n_apps; i++)
			endpoints_open(i);
	}
	ready_if_all_are();
}

/* Whatever the first process may have become: what it says is looked at, and descriptors that
 * nobody has asked for are closed. */
static void handle_message(const Message *m, int fd)
{
	int r;

	if (m->kind != MESSAGE_TTY)
		(void)fd_close(fd);
	switch (m->kind) {
	case MESSAGE_FAILED:
		say_failed(m->a, m->b);
		monitor.failed = true;
		break;
	case MESSAGE_TTY:
		r = m->a < 0 ? terminal_start(fd, true) : streams_add_terminal((unsigned)m->a, fd);
		if (r < 0)
			say("cannot use the terminal: ", say_errno(r), NULL);
		break;
	case MESSAGE_READY: started_all(); break;
	case MESSAGE_STARTED:
		app_started((unsigned)m->a, m->b);
		if ((unsigned)m->a + 1 == monitor.plan.header->n_apps)
			started_all();
		break;
	case MESSAGE_MAIN: main_started((unsigned)m->a); break;
	case MESSAGE_EXITED:
		app_exited((unsigned)m->a, m->b);
		ready_if_all_are();
		break;
	default: break;
	}
}

/* False at the channel's end. */
static bool receive(void)
{
	Message m;
	int fd, r = channel_receive(monitor.started.channel, &m, &fd);

	if (r == 1)
		handle_message(&m, fd);
	return r == 1;
}

/* Once it was reaped, its number is nobody's: 0 would be this process's own group. */
static void kill_first(void)
{
	if (monitor.started.first > 0)
		(void)kill(monitor.started.first, SIGKILL);
}

static void stop(int signal)
{
	Message m = {.kind = MESSAGE_STOP};

	if (monitor.stopped_by == 0)
		notify_manager("STOPPING=1");
	/* Who asks twice means it. */
	if (monitor.stopped_by && signal == SIGINT)
		kill_first();
	monitor.stopped_by = signal;
	(void)channel_send(monitor.started.channel, &m, -1);
}

static void reap_first(void)
{
	int status;

	pid_t pid;

	/* Where this is a host's or container's PID 1, others are left to it, too. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 && pid != monitor.started.first)
		continue;
	if (pid != monitor.started.first)
		return;
	monitor.started.first = 0;
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

/* The pod waits for its networks no longer: it has them, or cannot have them, which was told by who
 * tried. */
static void connected_or_not(void)
{
	int32_t host;
	int r = network_wait(monitor.connection, &host, &monitor.network_end);

	if (r >= 0) {
		start_apps_of(&monitor.started, r > 0, host);
	} else {
		monitor.failed = true;
		kill_first();
	}
	monitor.connection = fd_close(monitor.connection);
}

static void supervise(int signals)
{
	bool connected = true;
	int32_t host;

	while (monitor.started.first > 0) {
		struct pollfd *terminal = fds + 3, *control, *console, *streams, *endpoints,
			      *notify;
		unsigned n_terminal, n_control, n_console, n_streams, n_endpoints, n_notify;
		int timeout;

		fds[0] = (struct pollfd){.fd = signals, .events = POLLIN};
		fds[1] = (struct pollfd){
			.fd = connected ? monitor.started.channel : -1, .events = POLLIN};
		fds[2] = (struct pollfd){.fd = monitor.connection, .events = POLLIN};
		n_terminal = terminal_poll(terminal);
		control = terminal + n_terminal;
		n_control = control_poll(control);
		console = control + n_control;
		n_console = console_poll(console);
		streams = console + n_console;
		n_streams = streams_poll(streams);
		endpoints = streams + n_streams;
		n_endpoints = endpoints_poll(endpoints);
		notify = endpoints + n_endpoints;
		n_notify = app_notify_poll(notify);
		timeout = MAX(sessions_timeout(), control_timeout());
		if (poll(fds, (nfds_t)(notify + n_notify - fds), timeout) < 0) {
			if (errno == EINTR)
				continue;
			say("cannot wait for the pod: ", say_errno(-errno), NULL);
			kill_first();
			break;
		}
		if (fds[1].revents)
			connected = receive();
		if (fds[2].revents)
			connected_or_not();
		if (terminal_dispatch(terminal, n_terminal))
			kill_first();
		/* In this order: what is closed and opened here may get the number of a
		 * descriptor that was waited for. */
		console_dispatch(console, n_console);
		streams_dispatch(streams, n_streams);
		endpoints_dispatch(endpoints, n_endpoints);
		control_dispatch(control, n_control);
		app_notify_dispatch(notify, n_notify);
		if (n_notify > 0)
			ready_if_all_are();
		if (fds[0].revents)
			handle_signals(signals);
	}
	/* What it said last. */
	while (connected)
		connected = receive();
	/* The pod did not live to see that it was connected. */
	fds[2] = (struct pollfd){.fd = monitor.connection, .events = POLLIN};
	if (poll(fds + 2, 1, 0) > 0)
		(void)network_wait(monitor.connection, &host, &monitor.network_end);
}

/* What the apps have printed and stdout has had no room for. Whoever does not want to wait for its
 * reader may end this like any program. */
static void pass_rest_on(void)
{
	sigset_t none;

	if (console_drain(false) && !terminal_has_more())
		return;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)console_drain(true);
	(void)terminal_drain();
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
	/* Who was to connect the pod has told why that cannot be. */
	if (r != -ECANCELED)
		say("cannot ", monitor.doing, ": ", say_errno(r), NULL);
	kill_first();
	if (monitor.started.first > 0)
		(void)waitpid(monitor.started.first, NULL, 0);
	if (monitor.plan.header)
		cgroups_remove(&monitor.plan);
	return EXIT_FAILURE_RKT;
}

int role_run(int argc, char **argv)
{
	Execution x = EXECUTION_INIT(&monitor.plan);
	PodStart start = {.plan = &monitor.plan};
	uint32_t failed = 0;
	int signals, r;

	say_set_component("run");
	monitor.doing = "read the pod's plan";
	r = plan_file_open(PLAN_FILE, &monitor.plan);
	if (r < 0)
		return refuse(r);
	monitor.mutable = monitor.plan.header->mutable;
	monitor.doing = "find the pod's lock in RKT_LOCK_FD";
	r = check_lock();
	if (r < 0)
		return refuse(r);
	monitor.network_end.program = -1;
	start.connection = inherited(CONNECTION_VARIABLE);
	monitor.connection = start.connection > 0 ? start.connection : -1;
	(void)prctl(PR_SET_NAME, "rkt-init");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
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
	monitor.doing = "make the sockets of apps that say when they are ready";
	r = app_notify_open(&monitor.plan);
	if (r == 0)
		r = start_pod(&start, &x, &monitor.started, &monitor.doing);
	if (r < 0)
		return refuse(r);
	supervise(signals);
	pod_files_ready(false);
	control_close();
	endpoints_close();
	streams_finish();
	terminal_stop();
	cgroups_remove(&monitor.plan);
	network_end(&monitor.network_end, monitor.plan.header->uuid);
	pass_rest_on();
	return finish();
}
