/* SPDX-License-Identifier: Apache-2.0 */
#include "init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define OUTPUT_MAX (1u << 20)

/* Two apps; the second one has its stderr elsewhere. */
static const PlanHeader header = {.n_apps = 2};
static const PlanApp apps[] = {
	{.name = 1, .stream = {PLAN_STREAM_NULL, PLAN_STREAM_LOG, PLAN_STREAM_LOG}},
	{.name = 5, .stream = {PLAN_STREAM_NULL, PLAN_STREAM_LOG, PLAN_STREAM_NULL}},
};
static const Plan plan = {.header = &header, .apps = apps, .pool = "\0web\0other"};

/* Ends of the apps' pipes, in the child that plays the monitor. */
static int ends[PLAN_APPS_MAX][2];

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void put(int fd, const char *text, size_t len)
{
	CHECK(write(fd, text, len) == (ssize_t)len);
}

#define PUT(fd, text) put(fd, text, strlen(text))

/* One round of the monitor's loop, without waiting. False when there was nothing to do. */
static bool turn(void)
{
	struct pollfd fds[CONSOLE_POLL_MAX];
	unsigned n = console_poll(fds);

	if (poll(fds, n, 0) <= 0)
		return false;
	console_dispatch(fds, n);
	return true;
}

static void close_ends(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(apps); i++)
		for (unsigned k = 0; k < 2; k++)
			if (ends[i][k] >= 0)
				(void)close(ends[i][k]);
}

/* What the monitor prints while scenario plays the apps. Fresh memory. */
static char *output_of(void (*scenario)(void))
{
	char *text = calloc(1, OUTPUT_MAX);
	size_t len = 0;
	int out[2], status;
	ssize_t n;
	pid_t pid;

	assert_non_null(text);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(20);
		CHECK(dup2(out[1], STDOUT_FILENO) == STDOUT_FILENO);
		(void)close(out[0]);
		CHECK(console_open(&plan, ends) == 0);
		console_app_started(0, 9);
		console_app_started(1, 123456);
		scenario();
		close_ends();
		(void)console_drain(true);
		_exit(0);
	}
	(void)close(out[1]);
	while ((n = read(out[0], text + len, OUTPUT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return text;
}

/* Takes the time away from the start of each line. */
static void strip_times(char *text)
{
	char *to = text;
	regmatch_t match;
	regex_t time;

	assert_int_equal(regcomp(&time, "^\\[ *[0-9]+\\.[0-9]{6}\\] ", REG_EXTENDED), 0);
	for (char *line = text; *line;) {
		size_t n = strcspn(line, "\n");

		if (regexec(&time, line, 1, &match, 0) != 0)
			fail_msg("no time in front of \"%.*s\"", (int)n, line);
		/* "[    1.000000] " at least */
		assert_true(match.rm_eo >= 15);
		n -= (size_t)match.rm_eo;
		line += match.rm_eo;
		n += line[n] == '\n';
		memmove(to, line, n);
		to += n;
		line += n;
	}
	*to = '\0';
	regfree(&time);
}

static void expect(void (*scenario)(void), const char *want)
{
	char *text = output_of(scenario);

	strip_times(text);
	assert_string_equal(text, want);
	free(text);
}

static void streams_scenario(void)
{
	CHECK(ends[0][0] >= 0 && ends[0][1] >= 0 && ends[1][0] >= 0 && ends[1][1] == -1);
	/* An app finds its stdout as it expects it. */
	CHECK(!(fcntl(ends[0][0], F_GETFL) & O_NONBLOCK));
	PUT(ends[0][0], "one\n");
	CHECK(turn());
	PUT(ends[0][1], "two\n");
	CHECK(turn());
	PUT(ends[1][0], "three\n");
	CHECK(turn());
	CHECK(!turn());
}

static void every_stream_has_its_prefix(void **state)
{
	expect(streams_scenario, "web[9]: one\nweb[9]: two\nother[123456]: three\n");
}

static void pieces_scenario(void)
{
	PUT(ends[0][0], "he");
	CHECK(turn());
	PUT(ends[0][0], "llo\n\nwor");
	CHECK(turn());
	/* Another stream does not get into the unfinished line. */
	PUT(ends[1][0], "between\n");
	CHECK(turn());
	PUT(ends[0][0], "ld\n");
}

static void lines_come_whole(void **state)
{
	expect(pieces_scenario, "web[9]: hello\nweb[9]: \nother[123456]: between\nweb[9]: world\n");
}

static void no_newline_scenario(void)
{
	PUT(ends[0][0], "first\nlast");
}

static void last_line_without_end(void **state)
{
	expect(no_newline_scenario, "web[9]: first\nweb[9]: last\n");
}

static void bytes_scenario(void)
{
	put(ends[0][0], "a\r\xff\x1b[1m\n", 8);
}

static void bytes_pass_as_they_are(void **state)
{
	expect(bytes_scenario, "web[9]: a\r\xff\x1b[1m\n");
}

static void long_line_scenario(void)
{
	char line[5001];

	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\n';
	put(ends[0][0], line, sizeof line);
	while (turn())
		continue;
}

/* A line without end does not grow for ever: it comes in pieces, none of it lost. */
static void long_line_in_pieces(void **state)
{
	char *text = output_of(long_line_scenario);
	size_t x = 0, lines = 0;

	strip_times(text);
	for (const char *c = text; *c; c++) {
		x += *c == 'x';
		lines += *c == '\n';
	}
	assert_int_equal(x, 5000);
	assert_int_equal(lines, 3);
	free(text);
}

/* Counts the newlines that are in a pipe now. */
static size_t take_lines(int fd)
{
	static char data[1u << 16];
	ssize_t n = read(fd, data, sizeof data);
	size_t lines = 0;

	for (ssize_t i = 0; i < n; i++)
		lines += data[i] == '\n';
	return lines;
}

/* Stdout becomes a pipe that takes one page; many times that is to go there. */
static void slow_reader_scenario(void)
{
	enum { LINES = 6000 };
	static char lines[LINES];
	size_t got = 0;
	int out[2];

	CHECK(pipe2(out, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(out[1], F_SETPIPE_SZ, 4096) >= 0);
	CHECK(fcntl(out[1], F_SETFL, 0) == 0);
	CHECK(dup2(out[1], STDOUT_FILENO) == STDOUT_FILENO);
	(void)close(out[1]);
	memset(lines, '\n', sizeof lines);
	put(ends[0][0], lines, sizeof lines);
	/* Comes back each time although nobody reads, and goes on as soon as somebody does; the
	 * alarm ends the test otherwise. */
	for (unsigned i = 0; got < LINES; i++) {
		CHECK(i < LINES);
		while (turn())
			continue;
		got += take_lines(out[0]);
	}
	CHECK(got == LINES);
}

static void slow_reader_does_not_stop_the_monitor(void **state)
{
	expect(slow_reader_scenario, "");
}

static void no_reader_scenario(void)
{
	int out[2];

	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	CHECK(pipe2(out, O_CLOEXEC) == 0 && dup2(out[1], STDOUT_FILENO) == STDOUT_FILENO);
	(void)close(out[0]);
	(void)close(out[1]);
	PUT(ends[0][0], "nobody reads this\n");
	CHECK(turn());
	/* The apps find it out as if they wrote there themselves. */
	for (unsigned i = 0; i < ARRAY_LEN(apps); i++)
		CHECK(write(ends[i][0], "x", 1) < 0 && errno == EPIPE);
	CHECK(!turn());
}

static void reader_gone_is_passed_on(void **state)
{
	expect(no_reader_scenario, "");
}

static void closed_scenario(void)
{
	PUT(ends[0][0], "bye\n");
	(void)close(ends[0][0]);
	ends[0][0] = -1;
	CHECK(turn());
	CHECK(turn()); /* the end */
	CHECK(!turn());
	PUT(ends[0][1], "still here\n");
	CHECK(turn());
	/* An app that there is not is nobody's. */
	console_app_started(7, 1);
}

static void closed_stream(void **state)
{
	expect(closed_scenario, "web[9]: bye\nweb[9]: still here\n");
}

static void early_scenario(void)
{
	console_app_started(0, 0);
	PUT(ends[0][0], "first words\n");
	CHECK(!turn());
	console_app_started(0, 9);
	CHECK(turn());
}

/* The app runs before the message with its pid is there. */
static void output_before_the_pid(void **state)
{
	expect(early_scenario, "web[9]: first words\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stream_has_its_prefix),
		cmocka_unit_test(lines_come_whole),
		cmocka_unit_test(last_line_without_end),
		cmocka_unit_test(bytes_pass_as_they_are),
		cmocka_unit_test(long_line_in_pieces),
		cmocka_unit_test(slow_reader_does_not_stop_the_monitor),
		cmocka_unit_test(reader_gone_is_passed_on),
		cmocka_unit_test(closed_stream),
		cmocka_unit_test(output_before_the_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
