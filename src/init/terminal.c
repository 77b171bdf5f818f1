/* SPDX-License-Identifier: Apache-2.0 */
#include "init/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "base/cleanup.h"
#include "init/way-out.h"

/* More than a terminal keeps of what was printed there. */
#define LAST_READS 128

static struct {
	int master; /* 0: none */
	bool stdin_open;
	bool raw; /* the caller's is in raw mode */
	struct termios saved;
	int lost; /* what terminal_stop() returns */
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

	if (terminal_active())
		r = -EALREADY;
	else if ((typing && tcgetattr(STDIN_FILENO, &terminal.saved) < 0) ||
		 fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r < 0) {
		(void)fd_close(master);
		return r;
	}
	terminal.master = master;
	terminal.stdin_open = terminal.raw = typing;
	terminal.lost = 0;
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

	if (!terminal_active())
		return 0;
	fds[n++] = (struct pollfd){.fd = terminal.master, .events = POLLIN};
	if (terminal.stdin_open)
		fds[n++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	return n;
}

/* Writes all of it, waiting for a reader that is slow. 0 or a negative errno. */
static int put(int fd, const char *data, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, (size_t)n);

		if (done < 0 && errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};

			if (poll(&wait, 1, 1000) <= 0)
				return -EAGAIN;
			continue;
		}
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			data += done;
			n -= done;
		}
	}
	return 0;
}

/* From the pod's terminal to the caller's. False when there is nothing more. */
static bool pass_output(void)
{
	char data[1024];
	ssize_t n = read(terminal.master, data, sizeof data);
	int r;

	/* EIO: nobody has the other end open, now; somebody may open it again. */
	if (n <= 0)
		return false;
	r = put(STDOUT_FILENO, data, n);
	if (terminal.lost == 0 && r != -EPIPE)
		terminal.lost = r;
	return true;
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
	(void)put(terminal.master, data, n);
	return false;
}

bool terminal_dispatch(const struct pollfd *fds, unsigned n)
{
	bool out = false;

	for (unsigned i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		if (fds[i].fd == terminal.master)
			(void)pass_output();
		else
			out = pass_input() || out;
	}
	return out;
}

int terminal_stop(void)
{
	if (!terminal_active())
		return 0;
	/* Others may still print there: they are not waited for. */
	for (unsigned i = 0; i < LAST_READS && pass_output(); i++)
		continue;
	if (terminal.raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.saved);
	(void)fd_close(terminal.master);
	terminal.master = 0;
	return terminal.lost;
}
