/* SPDX-License-Identifier: Apache-2.0 */
#include "init/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "init/flow.h"
#include "init/leash.h"
#include "init/terminal.h"

/* How long a command that is killed has to be gone, in milliseconds. It may be kept by a disk that
 * does not answer, or by somebody who traces it: then the way out is one all the same. */
#define KILL_PATIENCE 1000

/* As from the keyboard of a terminal, all of the command is told what ends it. */
static const struct Passed {
	int number;
	bool group;
} passed[] = {
	{SIGINT, true},
	{SIGTERM, true},
	{SIGHUP, true},
	{SIGQUIT, true},
	{SIGUSR1, false},
	{SIGUSR2, false},
};

static Flow flows[3];

int follow_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	for (size_t i = 0; i < ARRAY_LEN(passed); i++) {
		struct sigaction action;

		if (sigaction(passed[i].number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, passed[i].number);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	/* Who writes to a reader that is gone is told by the error. */
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The command's process leads no group yet when it has just begun. */
static void pass_to_group(const Follow *f, int number)
{
	if (kill(-f->pid, number) < 0)
		(void)kill(f->pid, number);
}

static void pass_signal(const Follow *f, int number)
{
	if (number == SIGWINCH)
		terminal_resize();
	for (size_t i = 0; i < ARRAY_LEN(passed); i++)
		if (passed[i].number == number && passed[i].group)
			pass_to_group(f, number);
		else if (passed[i].number == number)
			(void)kill(f->pid, number);
}

/* Whether the command has ended. Its number is its own until it has been waited for. */
static bool has_ended(const Follow *f, int *status)
{
	siginfo_t info = {.si_pid = 0};

	if (waitid(P_PID, (id_t)f->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
		return false;
	leash_release(f->leash);
	return waitpid(f->pid, status, 0) == f->pid;
}

/* Whether the command has ended. */
static bool handle_signals(const Follow *f, int *status)
{
	struct signalfd_siginfo info;

	while (read(f->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo != SIGCHLD)
			pass_signal(f, (int)info.ssi_signo);
		else if (has_ended(f, status))
			return true;
	}
	return false;
}

static void run_until_end(const Follow *f, int *status)
{
	enum { SIGNALS = ARRAY_LEN(flows), TERMINAL };
	struct pollfd fds[TERMINAL + TERMINAL_POLL_MAX];
	int wait = -1;

	for (;;) {
		unsigned n = terminal_poll(fds + TERMINAL);
		int ready;

		for (size_t i = 0; i < ARRAY_LEN(flows); i++)
			fds[i] = flow_wish(&flows[i]);
		fds[SIGNALS] = (struct pollfd){.fd = f->signals, .events = POLLIN};
		ready = poll(fds, TERMINAL + n, wait);
		if (ready < 0)
			continue;
		if (ready == 0) {
			*status = SIGKILL;
			return;
		}
		for (size_t i = 0; i < ARRAY_LEN(flows); i++)
			if (fds[i].revents)
				(void)flow_advance(&flows[i]);
		if (terminal_dispatch(fds + TERMINAL, n)) {
			pass_to_group(f, SIGKILL);
			wait = KILL_PATIENCE;
		}
		if (fds[SIGNALS].revents && handle_signals(f, status))
			return;
	}
}

/* Whoever does not want to wait for the rest to be read may end this like any program. */
static void unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int follow(Follow *f)
{
	int status = 0, r = 0, slave = -1;

	for (int i = 0; i < 3; i++) {
		flows[i].from = i == 0 ? STDIN_FILENO : f->streams[i];
		flows[i].to = i == 0 ? f->streams[i] : i;
		flows[i].ours = &f->streams[i];
	}
	if (f->master >= 0) {
		/* While nobody has it open, the other end says so all the time. */
		slave = ioctl(f->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		r = slave < 0 ? -errno : terminal_start(f->master, f->typing);
	}
	if (r == 0)
		run_until_end(f, &status);
	(void)fd_close(slave);
	terminal_stop();
	if (r < 0)
		return r;
	unblock_signals();
	f->lost = terminal_drain();
	for (int i = 1; i < 3; i++) {
		flow_drain(&flows[i], UINT_MAX, -1);
		if (f->lost == 0)
			f->lost = flows[i].error;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
