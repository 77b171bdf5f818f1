/* SPDX-License-Identifier: Apache-2.0 */

/* The pod's first process: sets the pod up from inside, starts the apps, reaps, and stops them in
 * order. */

#include "init/pod.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/monotonic.h"
#include "init/app-cgroups.h"
#include "init/app-tty.h"
#include "init/channel.h"
#include "init/console.h"
#include "init/execute.h"
#include "init/keeper.h"
#include "init/stack.h"
#include "isolate/mount.h"

#define SIGNALS_AT_ONCE 16

typedef struct RunningApp {
	pid_t pid;       /* 0 once it has ended */
	int stop_signal; /* 0: it is a keeper */
	time_t kill_at;  /* CLOCK_MONOTONIC seconds, 0: never */
} RunningApp;

/* All that outlives the start. In .bss: what is not used takes no memory. */
static struct {
	RunningApp apps[PLAN_APPS_MAX];
	unsigned n_apps, n_running;
	int channel, signals;
	unsigned stop_timeout;
	bool mutable;    /* apps come and go: their end is not the pod's */
	bool signal_all; /* what is for the app is for all processes of the pod */
	bool stopping;
} pod;

static void tell(uint32_t kind, int32_t a, int32_t b, int fd)
{
	Message m = {.kind = kind, .a = a, .b = b};

	/* A monitor that is gone takes the pod with it. */
	if (channel_send(pod.channel, &m, fd) < 0)
		_exit(1);
}

/* what: the number of an operation, or a FailedStep. */
static _noreturn_ void give_up(int32_t what, int r)
{
	tell(MESSAGE_FAILED, what, r, -1);
	_exit(1);
}

static bool wants_tty(const Plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_apps; i++)
		for (unsigned stream = 0; stream < 3; stream++)
			if (plan->apps[i].stream[stream] == PLAN_STREAM_TTY)
				return true;
	return false;
}

/* Makes a terminal of the pod: its master goes to the monitor, the other end is returned, also as
 * /dev/console. */
static int make_tty(void)
{
	_cleanup_close_ int master = -1, mount = -1, console = -1;
	_cleanup_close_ int tty = tty_open(&master);

	if (tty < 0)
		return tty;
	tell(MESSAGE_TTY, -1, 0, master);
	console = open("/dev/console", O_RDONLY | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600);
	mount = mount_clone(AT_FDCWD, "/dev/pts/0", false);
	if (console < 0 || mount < 0 || mount_attach(mount, console) < 0)
		return -errno;
	return TAKE_FD(tty);
}

static void app_started(unsigned i, pid_t pid, int stop_signal)
{
	pod.apps[i] = (RunningApp){.pid = pid, .stop_signal = stop_signal};
	pod.n_running++;
	if (pod.n_apps <= i)
		pod.n_apps = i + 1;
	tell(MESSAGE_STARTED, (int32_t)i, pid, -1);
}

/* Makes the terminal of an app that has one of its own, and hands its master over. */
static int make_own_tty(const Plan *plan, unsigned i)
{
	_cleanup_close_ int master = -1;
	int tty = app_tty_open(plan, &plan->apps[i], &master);

	if (tty < 0)
		give_up(FAILED_TERMINAL, tty);
	tell(MESSAGE_TTY, (int32_t)i, 0, master);
	return tty;
}

/* The new process becomes the app before this one goes on, so that without limits of its own
 * nothing has to be copied for it. A keeper is not waited for. */
static pid_t start_app(const PodStart *start, unsigned i, int tty)
{
	bool kept = plan_app_is_kept(&start->plan->apps[i]);
	pid_t pid = app_cgroups_any(i) || kept ? app_cgroups_fork(i, !kept) : vfork();

	if (pid < 0)
		give_up(FAILED_FORK, -errno);
	if (pid == 0) {
		app_new_session(tty);
		app_exec(start, i, tty);
	}
	execute_free_vectors();
	return pid;
}

static void start_apps(const PodStart *start, int tty)
{
	const Plan *plan = start->plan;

	for (uint32_t i = 0; i < plan->header->n_apps; i++) {
		_cleanup_close_ int own = -1;

		if (app_tty_wanted(&plan->apps[i]))
			own = make_own_tty(plan, i);
		app_started(i, start_app(start, i, own >= 0 ? own : tty),
			keeper_stop_signal(&plan->apps[i]));
	}
	if (plan->header->n_apps == 0)
		tell(MESSAGE_READY, 0, 0, -1);
}

/* Signals an app: its process group, or everything there is where that is the only app and nobody
 * else passes the signal on. A keeper that was just started has no group yet. */
static void signal_app(unsigned i, int signal)
{
	pid_t pid = pod.apps[i].pid;

	if (pod.signal_all)
		(void)kill(-1, signal);
	else if (kill(-pid, signal) < 0)
		(void)kill(pid, signal);
}

/* Asks an app to end, and remembers until when it has time for that. */
static void stop_app(unsigned i)
{
	RunningApp *app = &pod.apps[i];

	if (app->pid == 0 || app->kill_at != 0)
		return;
	app->kill_at = monotonic_seconds() + pod.stop_timeout;
	signal_app(i, app->stop_signal ? app->stop_signal : KEEPER_STOP);
	signal_app(i, SIGCONT);
}

static void stop_apps(void)
{
	pod.stopping = true;
	for (unsigned i = 0; i < pod.n_apps; i++)
		stop_app(i);
}

static void app_ended(unsigned i, int wait_status)
{
	int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : WTERMSIG(wait_status);

	/* What the app left behind in its process group ends with it. */
	(void)kill(-pod.apps[i].pid, SIGKILL);
	pod.apps[i].pid = 0;
	pod.n_running--;
	/* Apps that end because they were told to count as successful: they never hide whose
	 * failure it was. */
	if (pod.stopping)
		status = 0;
	tell(MESSAGE_EXITED, (int32_t)i, status, -1);
	if (status != 0 && !pod.mutable)
		stop_apps();
}

/* A keeper's word. Whoever else sends this signal wants nothing: the sender's number is the
 * kernel's (SI_USER), and stays his until he is reaped. */
static void main_started(const struct signalfd_siginfo *info)
{
	for (unsigned i = 0; i < pod.n_apps && info->ssi_code == SI_USER; i++)
		if (pod.apps[i].stop_signal == 0 && pod.apps[i].pid != 0 &&
			pod.apps[i].pid == (pid_t)info->ssi_pid)
			tell(MESSAGE_MAIN, (int32_t)i, 0, -1);
}

/* Some of them: an app can send more than could ever be read. */
static void read_signals(void)
{
	struct signalfd_siginfo info;
	ssize_t n = sizeof info;

	for (unsigned i = 0; i < SIGNALS_AT_ONCE && n == sizeof info; i++) {
		n = read(pod.signals, &info, sizeof info);
		if (n == sizeof info && (int)info.ssi_signo == KEEPER_STARTED)
			main_started(&info);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		_exit(1);
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < pod.n_apps; i++) {
			if (pod.apps[i].pid != pid)
				continue;
			/* What it has said right before its end. */
			if (pod.apps[i].stop_signal == 0)
				read_signals();
			app_ended(i, status);
		}
}

/* Milliseconds to wait at most, -1 for ever; kills what did not stop in time. */
static int check_deadlines(void)
{
	int wait = -1;

	for (unsigned i = 0; i < pod.n_apps; i++) {
		time_t left;

		if (pod.apps[i].pid == 0 || pod.apps[i].kill_at == 0)
			continue;
		left = pod.apps[i].kill_at - monotonic_seconds();
		if (left <= 0 && pod.stopping)
			(void)kill(-1, SIGKILL);
		else if (left <= 0)
			signal_app(i, SIGKILL);
		else if (wait < 0 || wait > (int)left * 1000)
			wait = (int)left * 1000;
	}
	return wait;
}

/* A process that was born into this pod from outside, and whose parent has ended. */
static void adopt(unsigned i, pid_t pid, int stop_signal)
{
	siginfo_t info;

	if (i >= PLAN_APPS_MAX || pod.apps[i].pid != 0 || pod.stopping)
		tell(MESSAGE_STARTED, (int32_t)i, -EBUSY, -1);
	else if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		tell(MESSAGE_STARTED, (int32_t)i, -ESRCH, -1);
	else
		app_started(i, pid, stop_signal);
}

static void handle_message(const Message *m)
{
	switch (m->kind) {
	case MESSAGE_STOP: stop_apps(); break;
	case MESSAGE_ADOPT: adopt((unsigned)m->a, m->b, m->c); break;
	case MESSAGE_STOP_APP:
		if ((unsigned)m->a < pod.n_apps)
			stop_app((unsigned)m->a);
		break;
	default: break;
	}
}

static bool goes_on(void)
{
	return pod.n_running > 0 || (pod.mutable && !pod.stopping);
}

static void supervise(void)
{
	struct pollfd fds[] = {
		{.fd = pod.signals, .events = POLLIN},
		{.fd = pod.channel, .events = POLLIN},
	};
	Message m;
	int fd;

	stack_give_back();
	while (goes_on()) {
		if (poll(fds, ARRAY_LEN(fds), check_deadlines()) < 0 && errno != EINTR)
			_exit(1);
		if (fds[1].revents) {
			if (channel_receive(pod.channel, &m, &fd) <= 0)
				_exit(1);
			handle_message(&m);
		}
		if (fds[0].revents)
			read_signals();
		reap();
	}
}

/* Closes every descriptor but the given ones, which get sorted. */
static void keep_only(int *fds, unsigned n)
{
	int from = 0;

	for (unsigned i = 1; i < n; i++)
		for (unsigned j = i; j > 0 && fds[j] < fds[j - 1]; j--) {
			int swap = fds[j];

			fds[j] = fds[j - 1];
			fds[j - 1] = swap;
		}
	for (unsigned i = 0; i < n; i++) {
		if (fds[i] > from)
			(void)syscall(SYS_close_range, from, fds[i] - 1, 0);
		from = fds[i] + 1;
	}
	(void)syscall(SYS_close_range, from, ~0U, 0);
}

/* Keeps what supervising takes. CAP_SYS_PTRACE is permitted, never used: apps that have less may
 * not look into a process that has it, and to those that have it this process has nothing to give.
 */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2] = {{
		.effective = 1U << CAP_KILL,
		.permitted = 1U << CAP_KILL | 1U << CAP_SYS_PTRACE,
	}};

	if (syscall(SYS_capset, &header, caps) < 0)
		_exit(1);
}

/* Gives back what only the start needed: privileges, descriptors of the host, the plan's memory.
 * The pod's lock is given back, too: it is a directory of the host. The terminal is kept: while
 * somebody has it open, its master does not report a hangup each time that an app closes it. */
static void let_go(PodStart *start, int tty)
{
	int keep[] = {pod.channel, pod.signals, tty};
	const PlanHeader *header = start->plan->header;

	keep_only(keep, tty >= 0 ? ARRAY_LEN(keep) : ARRAY_LEN(keep) - 1);
	start->plan = NULL;
	(void)munmap((void *)(uintptr_t)header, header->size);
	console_forget();
	drop_capabilities();
}

/* Blocks all signals; what there is to know about children, and from them, is read from the
 * descriptor that is returned. */
static int open_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;
	int fd;

	app_default_signals();
	(void)sigaction(SIGPIPE, &ignore, NULL);
	sigfillset(&set);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, KEEPER_STARTED);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		give_up(FAILED_SIGNALS, -errno);
	return fd;
}

/* Everything in the plan that is done from inside before there are apps. */
static void set_up(const PodStart *start, Execution *x)
{
	uint32_t failed;
	int r;

	x->channel = start->channel;
	x->user_namespace = start->user_namespace;
	x->views = start->views;
	r = mount_make_slave();
	if (r < 0)
		give_up(FAILED_PROPAGATION, r);
	r = execute(x, start->plan->header->pod, &failed);
	if (r < 0)
		give_up((int32_t)failed, r);
}

_noreturn_ void pod_first_process(PodStart *start)
{
	Execution x = EXECUTION_INIT(start->plan);
	int tty = -1, r;

	pod.channel = start->channel;
	pod.stop_timeout = start->plan->header->stop_timeout;
	pod.mutable = start->plan->header->mutable;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)umask(0);
	pod.signals = open_signals();
	r = app_cgroups_open(start->plan);
	if (r < 0)
		give_up(FAILED_CGROUPS, r);
	set_up(start, &x);
	if (wants_tty(start->plan)) {
		tty = make_tty();
		if (tty < 0)
			give_up(FAILED_TERMINAL, tty);
	}
	if (execute_wait_for_go(&x) < 0)
		_exit(1);
	start->host = x.host;
	start->alone = start->plan->header->n_apps == 1;
	pod.signal_all = start->alone && !plan_app_is_kept(&start->plan->apps[0]);
	start_apps(start, tty);
	let_go(start, tty);
	supervise();
	_exit(0);
}
