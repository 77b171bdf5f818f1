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
#include "init/app-cgroups.h"
#include "init/channel.h"
#include "init/console.h"
#include "init/execute.h"
#include "isolate/mount.h"

typedef struct RunningApp {
	pid_t pid; /* 0 once it has ended */
	int stop_signal;
} RunningApp;

/* All that outlives the start. In .bss: what is not used takes no memory. */
static struct {
	RunningApp apps[PLAN_APPS_MAX];
	unsigned n_apps, n_running;
	int channel;
	unsigned stop_timeout;
	bool stopping;
	time_t kill_at; /* CLOCK_MONOTONIC seconds, 0: never */
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
	_cleanup_close_ int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	_cleanup_close_ int tty = -1, mount = -1, console = -1;
	int unlock = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	tty = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		return -errno;
	tell(MESSAGE_TTY, 0, 0, master);
	console = open("/dev/console", O_RDONLY | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600);
	mount = mount_clone(AT_FDCWD, "/dev/pts/0", false);
	if (console < 0 || mount < 0 || mount_attach(mount, console) < 0)
		return -errno;
	return TAKE_FD(tty);
}

static void wait_for_go(void)
{
	Message m;
	int fd;

	if (channel_receive(pod.channel, &m, &fd) <= 0 || m.kind != MESSAGE_GO)
		_exit(1);
}

static void start_apps(PodStart *start, int tty)
{
	const Plan *plan = start->plan;

	for (uint32_t i = 0; i < plan->header->n_apps; i++) {
		/* The new process becomes the app before this one goes on: nothing is copied for
		 * it. */
		pid_t pid = app_cgroups_any(i) ? app_cgroups_fork(i) : vfork();

		if (pid < 0)
			give_up(FAILED_FORK, -errno);
		if (pid == 0)
			app_exec(start, i, tty);
		execute_free_vectors();
		pod.apps[i].pid = pid;
		pod.apps[i].stop_signal = plan->apps[i].stop_signal;
		pod.n_running++;
		tell(MESSAGE_STARTED, (int32_t)i, pid, -1);
	}
	pod.n_apps = plan->header->n_apps;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Asks every app that still runs to end: its process group, or with a single app everything there
 * is. */
static void stop_apps(void)
{
	if (pod.stopping)
		return;
	pod.stopping = true;
	pod.kill_at = now() + pod.stop_timeout;
	for (unsigned i = 0; i < pod.n_apps; i++) {
		pid_t pid = pod.apps[i].pid;

		if (pid == 0)
			continue;
		pid = pod.n_apps == 1 ? -1 : -pid;
		(void)kill(pid, pod.apps[i].stop_signal);
		(void)kill(pid, SIGCONT);
	}
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
	if (status != 0)
		stop_apps();
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < pod.n_apps; i++)
			if (pod.apps[i].pid == pid)
				app_ended(i, status);
}

/* Milliseconds to wait at most, -1 for ever; kills what did not stop in time. */
static int check_deadline(void)
{
	time_t left;

	if (pod.kill_at == 0)
		return -1;
	left = pod.kill_at - now();
	if (left > 0)
		return (int)left * 1000;
	(void)kill(-1, SIGKILL);
	pod.kill_at = 0;
	return -1;
}

static void supervise(int signals)
{
	struct pollfd fds[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = pod.channel, .events = POLLIN},
	};
	struct signalfd_siginfo info;
	Message m;
	int fd;

	while (pod.n_running > 0) {
		if (poll(fds, ARRAY_LEN(fds), check_deadline()) < 0 && errno != EINTR)
			_exit(1);
		if (fds[1].revents) {
			if (channel_receive(pod.channel, &m, &fd) <= 0)
				_exit(1);
			if (m.kind == MESSAGE_STOP)
				stop_apps();
		}
		if (fds[0].revents && read(signals, &info, sizeof info) < 0 && errno != EINTR)
			_exit(1);
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
static void let_go(PodStart *start, int signals, int tty)
{
	int keep[] = {pod.channel, signals, tty};
	const PlanHeader *header = start->plan->header;

	keep_only(keep, tty >= 0 ? ARRAY_LEN(keep) : ARRAY_LEN(keep) - 1);
	start->plan = NULL;
	(void)munmap((void *)(uintptr_t)header, header->size);
	console_forget();
	drop_capabilities();
}

/* Blocks all signals; what there is to know about children is read from the descriptor that is
 * returned. */
static int open_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;
	int fd;

	(void)sigaction(SIGPIPE, &ignore, NULL);
	sigfillset(&set);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		give_up(FAILED_SIGNALS, -errno);
	return fd;
}

/* Everything in the plan that is done from inside before there are apps. */
static void set_up(const PodStart *start)
{
	Execution x = EXECUTION_INIT(start->plan);
	uint32_t failed;
	int r;

	x.channel = start->channel;
	r = mount_make_slave();
	if (r < 0)
		give_up(FAILED_PROPAGATION, r);
	r = execute(&x, start->plan->header->pod, &failed);
	if (r < 0)
		give_up((int32_t)failed, r);
}

_noreturn_ void pod_first_process(PodStart *start)
{
	int signals, tty = -1, r;

	pod.channel = start->channel;
	pod.stop_timeout = start->plan->header->stop_timeout;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)umask(0);
	signals = open_signals();
	r = app_cgroups_open(start->plan);
	if (r < 0)
		give_up(FAILED_CGROUPS, r);
	set_up(start);
	if (wants_tty(start->plan)) {
		tty = make_tty();
		if (tty < 0)
			give_up(FAILED_TERMINAL, tty);
	}
	wait_for_go();
	start_apps(start, tty);
	let_go(start, signals, tty);
	supervise(signals);
	_exit(0);
}
