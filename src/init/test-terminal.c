/* SPDX-License-Identifier: Apache-2.0 */
#include "init/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

/* In a child: its stdin is a terminal whose other end is keyboard, its stdout a pipe that is read
 * at screen, and app is the app's end of the pod's terminal. */
static int keyboard, screen, app;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static struct termios attributes_of(int fd)
{
	struct termios t;

	CHECK(tcgetattr(fd, &t) == 0);
	return t;
}

static void start(void)
{
	struct winsize size = {.ws_row = 33, .ws_col = 77};
	int caller, master, out[2];
	struct termios raw;

	CHECK(openpty(&keyboard, &caller, NULL, NULL, &size) == 0);
	CHECK(openpty(&master, &app, NULL, NULL, NULL) == 0);
	raw = attributes_of(app);
	cfmakeraw(&raw);
	CHECK(tcsetattr(app, TCSANOW, &raw) == 0);
	CHECK(pipe2(out, O_CLOEXEC) == 0);
	screen = out[0];
	CHECK(dup2(caller, STDIN_FILENO) == 0 && dup2(out[1], STDOUT_FILENO) == 1);
	(void)close(caller);
	(void)close(out[1]);
	CHECK(!terminal_active() && terminal_poll(NULL) == 0);
	CHECK(terminal_start(master, true) == 0 && terminal_active());
}

/* One round of the monitor's loop. True for the way out. */
static bool turn(void)
{
	struct pollfd fds[TERMINAL_POLL_MAX];
	unsigned n = terminal_poll(fds);

	CHECK(poll(fds, n, 2000) > 0);
	return terminal_dispatch(fds, n);
}

static bool type(const char *keys)
{
	CHECK(write(keyboard, keys, strlen(keys)) == (ssize_t)strlen(keys));
	return turn();
}

static void expect(int fd, const char *want)
{
	char buf[256];
	size_t len = 0;

	while (len < strlen(want)) {
		ssize_t n = read(fd, buf + len, sizeof buf - len);

		CHECK(n > 0);
		len += (size_t)n;
	}
	CHECK(len == strlen(want) && memcmp(buf, want, len) == 0);
}

static void in_child(void (*test)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(20);
		start();
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void check_bytes(void)
{
	CHECK(!type("ls\x03\r"));
	expect(app, "ls\x03\r");
	CHECK(write(app, "out\n", 4) == 4);
	CHECK(!turn() && !turn());
	expect(screen, "out\n");
}

static void bytes_go_both_ways(void **state)
{
	in_child(check_bytes);
}

static void check_modes(void)
{
	CHECK(!(attributes_of(STDIN_FILENO).c_lflag & (ICANON | ECHO | ISIG)));
	/* What comes last is still passed on. */
	CHECK(write(app, "bye", 3) == 3);
	terminal_stop();
	CHECK(terminal_active() && !terminal_has_more());
	expect(screen, "bye");
	CHECK((attributes_of(STDIN_FILENO).c_lflag & (ICANON | ECHO | ISIG)) ==
		(ICANON | ECHO | ISIG));
	CHECK(terminal_drain() == 0 && !terminal_active());
}

static void raw_and_back(void **state)
{
	in_child(check_modes);
}

/* A child that does this over and over for as long as its parent lives. */
static void keep_doing(void (*round)(void))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid > 0)
		return;
	CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	for (;;)
		round();
}

static void print_more(void)
{
	char data[4096] = {0};

	(void)!write(app, data, sizeof data);
}

/* Slowly enough for the terminal to be full again each time. */
static void read_slowly(void)
{
	char data[1024];

	(void)!read(screen, data, sizeof data);
	(void)usleep(5000);
}

static void check_others_still_print(void)
{
	/* With room for what is written at once. */
	CHECK(fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096) == 4096);
	CHECK(fcntl(STDOUT_FILENO, F_SETFL, O_DIRECT) == 0);
	keep_doing(print_more);
	keep_doing(read_slowly);
	(void)usleep(100000);
	terminal_stop();
	CHECK(terminal_has_more());
	CHECK(terminal_drain() == 0);
}

static void others_still_print(void **state)
{
	in_child(check_others_still_print);
}

static void check_size(void)
{
	struct winsize size;

	CHECK(ioctl(app, TIOCGWINSZ, &size) == 0 && size.ws_row == 33 && size.ws_col == 77);
	size.ws_row = 10;
	CHECK(ioctl(keyboard, TIOCSWINSZ, &size) == 0);
	terminal_resize();
	CHECK(ioctl(app, TIOCGWINSZ, &size) == 0 && size.ws_row == 10 && size.ws_col == 77);
}

static void window_size(void **state)
{
	in_child(check_size);
}

static void check_way_out(void)
{
	CHECK(!type("\x1d"));
	CHECK(!type("\x1d"));
	CHECK(type("\x1d"));
}

static void check_way_out_at_once(void)
{
	CHECK(type("x\x1d\x1d\x1d"));
}

static void way_out(void **state)
{
	in_child(check_way_out);
	in_child(check_way_out_at_once);
}

static void check_interrupted(void)
{
	CHECK(!type("\x1d\x1dx\x1d\x1d"));
	expect(app, "\x1d\x1dx\x1d\x1d");
}

static void check_too_slow(void)
{
	CHECK(!type("\x1d\x1d"));
	(void)usleep(1100000);
	CHECK(!type("\x1d"));
	CHECK(!type("\x1d"));
	CHECK(type("\x1d"));
}

static void no_way_out(void **state)
{
	in_child(check_interrupted);
	in_child(check_too_slow);
}

static void check_caller_gone(void)
{
	struct pollfd fds[TERMINAL_POLL_MAX];

	(void)close(keyboard);
	CHECK(!turn());
	/* The pod's output is still waited for, the caller's input no more. */
	CHECK(terminal_poll(fds) == 1);
}

static void caller_gone(void **state)
{
	in_child(check_caller_gone);
}

static void check_output_lost(void)
{
	CHECK(dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO) == STDOUT_FILENO);
	CHECK(write(app, "bye", 3) == 3);
	terminal_stop();
	CHECK(!terminal_active() && terminal_drain() == -ENOSPC);
}

static void check_reader_gone(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)close(screen);
	CHECK(write(app, "bye", 3) == 3);
	CHECK(!turn() && !turn());
	/* The pod's terminal is hung up, and the way out still is one. */
	CHECK(write(app, "more", 4) < 0 && errno == EIO);
	CHECK(!type("x"));
	CHECK(type("\x1d\x1d\x1d"));
	terminal_stop();
	CHECK(terminal_drain() == 0);
}

/* Fills the pod's terminal and the caller's. */
static void fill(void)
{
	struct pollfd fds[TERMINAL_POLL_MAX];
	char data[1024] = {0};
	unsigned n;

	CHECK(fcntl(app, F_SETFL, O_NONBLOCK) == 0);
	CHECK(fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096) == 4096);
	do {
		while (write(app, data, sizeof data) > 0)
			continue;
		n = terminal_poll(fds);
		(void)poll(fds, n, 200);
	} while (fds[0].revents && !terminal_dispatch(fds, n));
}

static void check_full(void)
{
	fill();
	/* Neither what is typed nor the end waits for a reader. */
	CHECK(type("\x1d\x1d\x1d"));
	terminal_stop();
	CHECK(terminal_has_more());
}

static void full(void **state)
{
	in_child(check_full);
}

static void output_lost(void **state)
{
	in_child(check_output_lost);
	in_child(check_reader_gone);
}

static void no_terminal(void **state)
{
	int master, status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
		CHECK(terminal_start(5, true) == -ENOTTY && !terminal_active());
		CHECK(openpty(&master, &app, NULL, NULL, NULL) == 0);
		CHECK(terminal_start(master, false) == 0 && terminal_active());
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_go_both_ways),
		cmocka_unit_test(raw_and_back),
		cmocka_unit_test(others_still_print),
		cmocka_unit_test(window_size),
		cmocka_unit_test(way_out),
		cmocka_unit_test(no_way_out),
		cmocka_unit_test(caller_gone),
		cmocka_unit_test(output_lost),
		cmocka_unit_test(full),
		cmocka_unit_test(no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
