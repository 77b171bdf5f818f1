/* SPDX-License-Identifier: Apache-2.0 */
#include "init/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "base/cleanup.h"
#include "init/flow.h"
#include "init/way-out.h"

/* For more than a terminal keeps of what was printed there. */
#define LAST_TURNS 512

static struct {
	int master; /* 0: none, -1: none any more */
	bool stdin_open;
	bool raw; /* the caller's is in raw mode */
	struct termios saved;
	Flow output; /* from the pod's terminal to the caller's */
} terminal;

static void set_raw(void)
{
	struct termios raw = terminal.saved;

	cfmakeraw(&raw);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

bool terminal_active(void)
{
	return terminal.master > 0;
}

int terminal_start(int master, bool typing)
{
	int r = 0;

	if (terminal.master != 0)
		r = -EALREADY;
	else if ((typing && tcgetattr(STDIN_FILENO, &terminal.saved) < 0) ||
		 fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r < 0) {
		(void)fd_close(master);
		return r;
	}
	terminal.master = master;
	terminal.output.from = master;
	terminal.output.to = STDOUT_FILENO;
	terminal.output.ours = &terminal.master;
	terminal.stdin_open = terminal.raw = typing;
	terminal_resize();
	if (typing)
		set_raw();
	return 0;
}

void terminal_resize(void)
{
	struct winsize size;

	if (terminal_active() && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(terminal.master, TIOCSWINSZ, &size);
}

unsigned terminal_poll(struct pollfd *fds)
{
	unsigned n = 0;

	if (terminal_active())
		fds[n++] = flow_wish(&terminal.output);
	if (terminal.stdin_open)
		fds[n++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	return n;
}

/* What was typed goes to the pod; nobody waits for long for an app that does not read it. */
static void put_input(const char *data, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(terminal.master, data, (size_t)n);
		struct pollfd wait = {.fd = terminal.master, .events = POLLOUT};

		if (done < 0 && errno != EINTR && (errno != EAGAIN || poll(&wait, 1, 1000) <= 0))
			return;
		if (done > 0) {
			data += done;
			n -= done;
		}
	}
}

static bool pass_input(void)
{
	char data[1024];
	ssize_t n = read(STDIN_FILENO, data, sizeof data);

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			terminal.stdin_open = false;
		return false;
	}
	if (way_out_typed(data, n))
		return true;
	put_input(data, n);
	return false;
}

bool terminal_dispatch(const struct pollfd *fds, unsigned n)
{
	bool out = false;

	for (unsigned i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		if (fds[i].fd == STDIN_FILENO)
			out = pass_input() || out;
		else
			(void)flow_advance(&terminal.output);
	}
	return out;
}

void terminal_stop(void)
{
	flow_drain(&terminal.output, LAST_TURNS, 0);
	if (terminal.raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.saved);
	terminal.stdin_open = terminal.raw = false;
}

bool terminal_has_more(void)
{
	return terminal_active() && terminal.output.len > 0;
}

int terminal_drain(void)
{
	/* Others may still print there: they are not waited for. */
	flow_drain(&terminal.output, LAST_TURNS, -1);
	if (terminal_active())
		terminal.master = fd_close(terminal.master);
	return terminal.output.error;
}
