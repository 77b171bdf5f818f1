/* SPDX-License-Identifier: Apache-2.0 */
#include "init/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>
#include "init/console.h"

/* One app with streams, one with a terminal, one with neither. */
static const PlanHeader header = {.n_apps = 3};
static const PlanApp apps[] = {
	{.name = 1, .stream = {PLAN_STREAM_PIPE, PLAN_STREAM_PIPE, PLAN_STREAM_PIPE}},
	{.name = 5, .stream = {PLAN_STREAM_PTY, PLAN_STREAM_PTY, PLAN_STREAM_PTY}},
	{.name = 9, .stream = {PLAN_STREAM_NULL, PLAN_STREAM_NULL, PLAN_STREAM_NULL}},
};
static const Plan plan = {.header = &header, .apps = apps, .pool = "\0web\0tty\0log"};

/* The apps' ends. */
static int outputs[PLAN_APPS_MAX][2], inputs[PLAN_APPS_MAX];
static int tty;

/* A monitor without its other work, which is in a process of its own for each test: its state is
 * made once. */
static void in_monitor(void (*scenario)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(20);
		(void)signal(SIGPIPE, SIG_IGN);
		scenario();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void set_up(void)
{
	struct termios raw;
	int master;

	CHECK(console_open(&plan, outputs) == 0);
	CHECK(streams_open(&plan, outputs, inputs) == 0);
	CHECK(openpty(&master, &tty, NULL, NULL, NULL) == 0);
	CHECK(tcgetattr(tty, &raw) == 0);
	cfmakeraw(&raw);
	CHECK(tcsetattr(tty, TCSANOW, &raw) == 0);
	CHECK(streams_add_terminal(1, master) == 0);
}

/* One round of the monitor's loop, without waiting. False when there was nothing to do. */
static bool turn(void)
{
	struct pollfd fds[STREAMS_POLL_MAX];
	unsigned n = streams_poll(fds);

	if (poll(fds, n, 0) <= 0)
		return false;
	streams_dispatch(fds, n);
	return true;
}

static void turn_all(void)
{
	while (turn())
		continue;
}

/* The client's end of a new session. */
static int attach(const char *app, unsigned what)
{
	int ends[2];
	int32_t answer;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
	CHECK(sessions_add(ends[1], app, what) == 0);
	CHECK(recv(ends[0], &answer, sizeof answer, 0) == sizeof answer && answer == 0);
	return ends[0];
}

static void put(int fd, const char *text)
{
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void send_frame(int client, FrameKind kind, const void *bytes, size_t n)
{
	Frame frame = {.kind = kind};

	memcpy(frame.bytes, bytes, n);
	CHECK(send(client, &frame, FRAME_HEAD + n, 0) == (ssize_t)(FRAME_HEAD + n));
}

static void expect_frame(int client, FrameKind kind, const char *text)
{
	Frame frame;
	ssize_t n = recv(client, &frame, sizeof frame, 0);

	CHECK(n == (ssize_t)(FRAME_HEAD + strlen(text)) && frame.kind == kind);
	CHECK(memcmp(frame.bytes, text, strlen(text)) == 0);
}

static void expect_nothing(int client)
{
	char byte;

	CHECK(recv(client, &byte, 1, 0) < 0 && errno == EAGAIN);
}

static void expect_end(int client)
{
	Notice notice;

	CHECK(recv(client, &notice, sizeof notice, 0) == sizeof notice);
	CHECK(notice.kind == FRAME_END && notice.note.end == END_CLOSED);
	CHECK(recv(client, &notice, sizeof notice, 0) == 0);
}

/* What was printed while nobody was there goes to who comes first, before anything newer, and once.
 */
static void backlog_scenario(void)
{
	int first, second;

	set_up();
	put(outputs[0][0], "one");
	turn_all();
	put(outputs[0][0], "two");
	put(tty, "terminal");
	turn_all();
	first = attach("web", ATTACH_OUTPUT);
	put(outputs[0][0], "three");
	turn_all();
	expect_frame(first, FRAME_OUTPUT, "onetwo");
	expect_frame(first, FRAME_OUTPUT, "three");
	expect_nothing(first);
	second = attach("web", ATTACH_OUTPUT);
	turn_all();
	expect_nothing(second);
	(void)close(first);
	(void)close(second);
	turn_all();
	put(outputs[0][0], "meanwhile");
	turn_all();
	first = attach("web", ATTACH_OUTPUT);
	turn_all();
	expect_frame(first, FRAME_OUTPUT, "meanwhile");
	first = attach("tty", ATTACH_OUTPUT);
	turn_all();
	expect_frame(first, FRAME_OUTPUT, "terminal");
}

/* The newest of it is kept, and neither too much nor too little. */
static void bounded_scenario(void)
{
	char block[1000];
	char last = 0;
	size_t n = 0;
	ssize_t got;
	Frame frame;
	int client;

	set_up();
	for (unsigned i = 0; i < 200; i++) {
		memset(block, 'a' + (int)(i % 26), sizeof block);
		CHECK(write(outputs[0][1], block, sizeof block) == sizeof block);
		turn_all();
	}
	client = attach("web", ATTACH_ERRORS);
	for (turn_all(); (got = recv(client, &frame, sizeof frame, 0)) > 0; turn_all()) {
		n += (size_t)got - FRAME_HEAD;
		last = frame.bytes[(size_t)got - FRAME_HEAD - 1];
	}
	CHECK(n >= 32 << 10 && n <= 64 << 10 && last == 'a' + 199 % 26);
}

/* An app that has closed a stream and goes on: who comes sees it all, and its end. */
static void closed_scenario(void)
{
	int client;

	set_up();
	put(outputs[0][0], "last words");
	CHECK(close(outputs[0][0]) == 0);
	turn_all();
	CHECK(!turn());
	client = attach("web", ATTACH_OUTPUT);
	turn_all();
	expect_frame(client, FRAME_OUTPUT, "last words");
	expect_end(client);
	put(outputs[0][1], "errors");
	CHECK(close(outputs[0][1]) == 0);
	turn_all();
	CHECK(streams_of(0) == (ATTACH_INPUT | ATTACH_ERRORS));
	/* Who came for it and goes before he has got it leaves nothing to wait for. */
	client = attach("web", ATTACH_ERRORS);
	streams_app_ended(0);
	(void)close(client);
	turn_all();
	CHECK(streams_of(0) == 0);
	/* A terminal's too. */
	put(tty, "bye");
	turn_all();
	client = attach("tty", ATTACH_OUTPUT);
	streams_app_ended(1);
	turn_all();
	expect_frame(client, FRAME_OUTPUT, "bye");
	expect_end(client);
}

static void what_nobody_saw_is_kept(void **state)
{
	(void)state;
	in_monitor(backlog_scenario);
	in_monitor(bounded_scenario);
	in_monitor(closed_scenario);
}

static void output_scenario(void)
{
	int all, some;

	set_up();
	put(outputs[0][0], "nobody is there");
	turn_all();
	all = attach("web", ATTACH_ALL);
	turn_all();
	expect_frame(all, FRAME_OUTPUT, "nobody is there");
	some = attach("web", ATTACH_ERRORS);
	put(outputs[0][0], "out");
	turn_all();
	put(outputs[0][1], "errors");
	turn_all();
	put(tty, "terminal");
	turn_all();
	expect_frame(all, FRAME_OUTPUT, "out");
	expect_frame(all, FRAME_ERRORS, "errors");
	expect_frame(some, FRAME_ERRORS, "errors");
	expect_nothing(all);
	expect_nothing(some);
}

static void output_goes_to_those_who_are_attached(void **state)
{
	in_monitor(output_scenario);
}

static void refusals_scenario(void)
{
	int ends[2];

	set_up();
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
	CHECK(sessions_add(ends[1], "none", ATTACH_INPUT) == -ESRCH);
	CHECK(sessions_add(ends[1], "web", 0) == -ENOENT);
	CHECK(sessions_add(ends[1], "web", 8) == -ENOENT);
	CHECK(sessions_add(ends[1], "tty", ATTACH_ERRORS) == -ENOENT);
	for (unsigned i = 0; i < SESSIONS_MAX; i++)
		(void)attach("web", ATTACH_OUTPUT);
	CHECK(sessions_add(ends[1], "web", ATTACH_OUTPUT) == -EAGAIN);
	streams_app_ended(1);
	CHECK(sessions_add(ends[1], "tty", ATTACH_OUTPUT) == -ESRCH);
}

static void what_is_not_there_is_refused(void **state)
{
	in_monitor(refusals_scenario);
}

static void full_scenario(void)
{
	static char page[4096];
	int slow, fast;
	size_t got = 0, put_in = 0;
	Frame frame;
	ssize_t n;

	set_up();
	slow = attach("web", ATTACH_OUTPUT);
	fast = attach("web", ATTACH_OUTPUT);
	CHECK(fcntl(outputs[0][0], F_SETFL, O_NONBLOCK) == 0);
	/* Until the app has to wait: neither pipe nor sockets are without end. */
	for (unsigned i = 0; write(outputs[0][0], page, sizeof page) > 0; i++) {
		CHECK(i < 10000);
		put_in += sizeof page;
		turn_all();
		while (recv(fast, &frame, sizeof frame, 0) > 0)
			continue;
	}
	CHECK(sessions_timeout() > 0);
	CHECK(!sessions_have_room(0, ATTACH_OUTPUT) && sessions_have_room(1, ATTACH_OUTPUT));
	/* It has lost nothing. */
	while ((n = recv(slow, &frame, sizeof frame, 0)) > 0) {
		got += (size_t)n - FRAME_HEAD;
		while (recv(fast, &frame, sizeof frame, 0) > 0)
			continue;
		turn_all();
	}
	CHECK(got == put_in);
	CHECK(sessions_timeout() == -1);
}

static void the_app_waits_for_a_slow_client(void **state)
{
	in_monitor(full_scenario);
}

/* Reads what is there of a sequence in which each byte is the one before plus 1. */
static size_t read_sequence(int fd, size_t so_far)
{
	unsigned char bytes[1000];
	ssize_t n = read(fd, bytes, sizeof bytes);

	for (ssize_t i = 0; i < n; i++)
		CHECK(bytes[i] == (unsigned char)(so_far + (size_t)i));
	return n > 0 ? so_far + (size_t)n : so_far;
}

static void pieces(const char *app, int app_end)
{
	enum { FRAMES = 60, BYTES = 4000 };
	unsigned char bytes[BYTES];
	size_t got = 0, sent = 0;
	int client = attach(app, ATTACH_INPUT);

	CHECK(fcntl(app_end, F_SETFL, O_NONBLOCK) == 0);
	/* More than the app's side takes; what does not fit stays where it is. */
	while (sent < (size_t)FRAMES * BYTES) {
		struct pollfd fd = {.fd = client, .events = POLLOUT};

		for (size_t i = 0; i < BYTES; i++)
			bytes[i] = (unsigned char)(sent + i);
		if (poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT)) {
			send_frame(client, FRAME_INPUT, bytes, BYTES);
			sent += BYTES;
		} else {
			got = read_sequence(app_end, got);
		}
		turn_all();
	}
	/* The rest arrives though the client has gone. */
	(void)close(client);
	while (got < sent) {
		got = read_sequence(app_end, got);
		turn_all();
	}
}

static void pieces_scenario(void)
{
	set_up();
	pieces("web", inputs[0]);
	pieces("tty", tty);
}

static void input_that_does_not_fit_is_kept_in_order(void **state)
{
	in_monitor(pieces_scenario);
}

static void garbage_scenario(void)
{
	static const struct {
		uint32_t kind;
		size_t n;
	} frames[] = {{FRAME_INPUT, 0}, {FRAME_SIZE, 3}, {FRAME_SIZE, 5}, {FRAME_OUTPUT, 4},
		{FRAME_END, 4}, {99, 4}};
	struct winsize size;
	const uint16_t wanted[] = {40, 100};
	char byte;
	int client;

	set_up();
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		client = attach("tty", ATTACH_INPUT);
		send_frame(client, frames[i].kind, "xxxxx", frames[i].n);
		turn_all();
		CHECK(recv(client, &byte, 1, 0) <= 0 && errno != EAGAIN);
	}
	client = attach("tty", ATTACH_OUTPUT);
	send_frame(client, FRAME_INPUT, "x", 1);
	turn_all();
	CHECK(recv(client, &byte, 1, 0) <= 0 && errno != EAGAIN);
	client = attach("tty", ATTACH_INPUT);
	send_frame(client, FRAME_SIZE, wanted, sizeof wanted);
	turn_all();
	CHECK(ioctl(tty, TIOCGWINSZ, &size) == 0 && size.ws_row == 40 && size.ws_col == 100);
}

static void frames_are_checked(void **state)
{
	in_monitor(garbage_scenario);
}

static void ends_scenario(void)
{
	int all, typing, both, watching;

	set_up();
	all = attach("web", ATTACH_ALL);
	typing = attach("web", ATTACH_INPUT);
	both = attach("web", ATTACH_INPUT | ATTACH_OUTPUT);
	watching = attach("tty", ATTACH_OUTPUT);
	(void)close(inputs[0]);
	send_frame(all, FRAME_INPUT, "x", 1);
	turn_all();
	expect_end(typing);
	expect_nothing(both);
	put(outputs[0][0], "last");
	(void)close(outputs[0][0]);
	turn_all();
	expect_frame(both, FRAME_OUTPUT, "last");
	expect_end(both);
	expect_frame(all, FRAME_OUTPUT, "last");
	expect_nothing(all);
	put(tty, "last words");
	streams_app_ended(1);
	expect_frame(watching, FRAME_OUTPUT, "last words");
	expect_end(watching);
	CHECK(streams_is_idle(1) && !streams_is_idle(0));
	put(outputs[0][1], "rest");
	streams_finish();
	expect_frame(all, FRAME_ERRORS, "rest");
	expect_end(all);
}

static void sessions_end_with_what_they_are_attached_to(void **state)
{
	in_monitor(ends_scenario);
}

static void late_scenario(void)
{
	static char page[4096];
	int stuck;

	set_up();
	stuck = attach("web", ATTACH_OUTPUT);
	CHECK(fcntl(outputs[0][0], F_SETFL, O_NONBLOCK) == 0);
	while (write(outputs[0][0], page, sizeof page) > 0)
		turn_all();
	/* Until it is let go; the alarm ends the test otherwise. */
	while (sessions_timeout() > 0) {
		(void)poll(NULL, 0, sessions_timeout());
		(void)sessions_have_room(0, ATTACH_OUTPUT);
	}
	turn_all();
	CHECK(write(outputs[0][0], page, sizeof page) > 0);
	(void)close(stuck);
}

static void a_client_that_is_stuck_is_let_go(void **state)
{
	in_monitor(late_scenario);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_goes_to_those_who_are_attached),
		cmocka_unit_test(what_nobody_saw_is_kept),
		cmocka_unit_test(what_is_not_there_is_refused),
		cmocka_unit_test(the_app_waits_for_a_slow_client),
		cmocka_unit_test(input_that_does_not_fit_is_kept_in_order),
		cmocka_unit_test(frames_are_checked),
		cmocka_unit_test(sessions_end_with_what_they_are_attached_to),
		cmocka_unit_test(a_client_that_is_stuck_is_let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
