/* SPDX-License-Identifier: Apache-2.0 */
#include "init/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include "base/cleanup.h"
#include "base/packet.h"
#include "init/frames.h"
#include "init/channel.h"
#include "init/say.h"
#include "init/way-out.h"

#define RELAY_FAILED 254
#define GOES_ON      (-1)

static struct {
	int connection;
	unsigned attached;
	bool typing; /* stdin has not come to its end */
	bool room;   /* the app takes what is typed */
	bool raw;    /* our terminal is in raw mode */
	int resized; /* descriptor that tells of new sizes of our window, or -1 */
	struct termios saved;
} side;

static void restore(void)
{
	if (side.raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &side.saved);
	side.raw = false;
}

/* Ends by the signal, once the terminal is as it was. */
static void ended_by(int signal_number)
{
	restore();
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number);
}

static void send_size(void)
{
	struct winsize size;
	Notice notice = {.kind = FRAME_SIZE};

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	notice.note.size.rows = size.ws_row;
	notice.note.size.columns = size.ws_col;
	(void)packet_send(side.connection, &notice, sizeof notice, NULL, 0);
}

static int take_terminal(void)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGPIPE};
	struct sigaction action = {.sa_handler = ended_by, .sa_flags = SA_NODEFER};
	struct termios raw;
	sigset_t set;

	if (tcgetattr(STDIN_FILENO, &side.saved) < 0)
		return -errno;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	side.resized = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (side.resized < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		(void)sigaction(ends[i], &action, NULL);
	raw = side.saved;
	cfmakeraw(&raw);
	side.raw = true;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
		return -errno;
	send_size();
	return 0;
}

/* Writes all of it, as slowly as it is read. 0 or a negative errno. */
static int put(int fd, const char *bytes, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, (size_t)n);
		struct pollfd wait = {.fd = fd, .events = POLLOUT};

		if (done < 0 && errno == EAGAIN)
			(void)poll(&wait, 1, -1);
		else if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			bytes += done;
			n -= done;
		}
	}
	return 0;
}

/* end: what was said of it, or NULL. */
static int end_of_session(const Frame *end)
{
	restore();
	if (end && end->note.end == END_CLOSED)
		return 0;
	say(end ? "let go: what the app prints was not taken for too long, and some of it is lost"
		: "the connection is lost: the pod was killed",
		NULL);
	return RELAY_FAILED;
}

/* One frame from the monitor. GOES_ON, or the exit status. */
static int pass_output(void)
{
	Frame frame;
	ssize_t n = recv(side.connection, &frame, sizeof frame, 0);
	int r;

	/* A reset comes once, before what was sent last. */
	if (n < 0 && (errno == EINTR || errno == ECONNRESET))
		return GOES_ON;
	if (n <= (ssize_t)FRAME_HEAD || frame.kind == FRAME_END)
		return end_of_session(n < (ssize_t)sizeof(Notice) ? NULL : &frame);
	r = put(frame.kind == FRAME_ERRORS ? STDERR_FILENO : STDOUT_FILENO, frame.bytes,
		n - (ssize_t)FRAME_HEAD);
	if (r == 0)
		return GOES_ON;
	restore();
	say("cannot write the output: ", say_errno(r), NULL);
	return RELAY_FAILED;
}

static bool has_room(void)
{
	struct pollfd fd = {.fd = side.connection, .events = POLLOUT};

	return poll(&fd, 1, 0) > 0 && (fd.revents & POLLOUT);
}

/* What was typed, once. GOES_ON, or the exit status. */
static int pass_input(void)
{
	Frame frame;
	ssize_t n;

	side.room = has_room();
	if (!side.room)
		return GOES_ON;
	n = read(STDIN_FILENO, frame.bytes, sizeof frame.bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GOES_ON;
	if (n <= 0) {
		side.typing = false;
		/* Without anything to see, nothing is left to do. */
		return side.attached & ~ATTACH_INPUT ? GOES_ON : 0;
	}
	if (side.raw && way_out_typed(frame.bytes, n)) {
		restore();
		/* What comes next there begins a line of its own. */
		if (isatty(STDOUT_FILENO))
			(void)put(STDOUT_FILENO, "\n", 1);
		return 0;
	}
	frame.kind = FRAME_INPUT;
	/* If nobody is there, that is about to be read. */
	(void)packet_send(side.connection, &frame, FRAME_HEAD + (size_t)n, NULL, 0);
	return GOES_ON;
}

/* The window's new size, when there is room for that. */
static void pass_size(void)
{
	struct signalfd_siginfo info;

	side.room = has_room();
	if (side.room && read(side.resized, &info, sizeof info) > 0)
		send_size();
}

static int pass_on(void)
{
	struct pollfd fds[] = {
		{.fd = side.connection, .events = (short)(POLLIN | (side.room ? 0 : POLLOUT))},
		{.fd = side.typing && side.room ? STDIN_FILENO : -1, .events = POLLIN},
		{.fd = side.room ? side.resized : -1, .events = POLLIN},
	};
	int r = GOES_ON;

	if (poll(fds, ARRAY_LEN(fds), -1) < 0)
		return GOES_ON;
	side.room = side.room || (fds[0].revents & POLLOUT);
	if (fds[0].revents & ~POLLOUT)
		r = pass_output();
	if (r == GOES_ON && fds[1].revents)
		r = pass_input();
	if (r == GOES_ON && fds[2].revents)
		pass_size();
	return r;
}

int relay(int connection, unsigned attached, bool terminal)
{
	int r = 0;

	side.connection = connection;
	side.attached = attached;
	side.typing = attached & ATTACH_INPUT;
	side.room = true;
	side.resized = -1;
	if (side.typing && terminal && isatty(STDIN_FILENO))
		r = take_terminal();
	if (r < 0) {
		restore();
		say("cannot use the terminal: ", say_errno(r), NULL);
		return RELAY_FAILED;
	}
	while ((r = pass_on()) == GOES_ON)
		continue;
	return r;
}
