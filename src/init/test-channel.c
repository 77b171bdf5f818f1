/* SPDX-License-Identifier: Apache-2.0 */
#include "init/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/packet.h"

#include <cmocka.h>

typedef struct Ends {
	int fds[2];
} Ends;

static int set_up(void **state)
{
	static Ends ends;

	*state = &ends;
	return channel_create(ends.fds);
}

static int tear_down(void **state)
{
	const Ends *e = *state;

	(void)close(e->fds[0]);
	(void)close(e->fds[1]);
	return 0;
}

static void both_ways(void **state)
{
	const Ends *e = *state;
	const Message started = {MESSAGE_STARTED, 3, -7}, stop = {.kind = MESSAGE_STOP};
	Message m;
	int fd;

	assert_int_equal(channel_send(e->fds[1], &started, -1), 0);
	assert_int_equal(channel_send(e->fds[1], &stop, -1), 0);
	assert_int_equal(channel_receive(e->fds[0], &m, &fd), 1);
	assert_memory_equal(&m, &started, sizeof m);
	assert_int_equal(fd, -1);
	/* Messages keep their borders. */
	assert_int_equal(channel_receive(e->fds[0], &m, &fd), 1);
	assert_int_equal(m.kind, MESSAGE_STOP);
	assert_int_equal(channel_send(e->fds[0], &stop, -1), 0);
	assert_int_equal(channel_receive(e->fds[1], &m, &fd), 1);
}

static void descriptors(void **state)
{
	const Ends *e = *state;
	const Message tty = {.kind = MESSAGE_TTY};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;
	struct stat want, got;
	Message m;

	assert_true(null >= 0);
	assert_int_equal(channel_send(e->fds[0], &tty, null), 0);
	assert_int_equal(fstat(null, &want), 0);
	(void)close(null);
	assert_int_equal(channel_receive(e->fds[1], &m, &fd), 1);
	assert_int_equal(m.kind, MESSAGE_TTY);
	assert_int_equal(fstat(fd, &got), 0);
	assert_true(got.st_rdev == want.st_rdev);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
}

static void ends_are_close_on_exec(void **state)
{
	const Ends *e = *state;

	assert_true(fcntl(e->fds[0], F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(e->fds[1], F_GETFD) & FD_CLOEXEC);
}

static void other_side_gone(void **state)
{
	Ends *e = *state;
	const Message stop = {.kind = MESSAGE_STOP};
	Message m;
	int fd = 7;

	assert_int_equal(channel_send(e->fds[1], &stop, -1), 0);
	(void)close(e->fds[1]);
	/* What it said last still arrives. */
	assert_int_equal(channel_receive(e->fds[0], &m, &fd), 1);
	assert_int_equal(channel_receive(e->fds[0], &m, &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(channel_send(e->fds[0], &stop, -1), -EPIPE);
	e->fds[1] = -1;
}

static void strange_message(void **state)
{
	const Ends *e = *state;
	Message m;
	int fd;

	assert_int_equal(send(e->fds[0], "abc", 3, 0), 3);
	assert_int_equal(channel_receive(e->fds[1], &m, &fd), -EBADMSG);
}

#define WITH_ENDS(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Whoever has got hold of the other end sends more descriptors than there is room for. */
static void too_many_descriptors(void **state)
{
	const Ends *e = *state;
	enum { MANY = PACKET_FDS + 5 };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(MANY * sizeof(int))];
	} control = {.header = {
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS,
			     .cmsg_len = CMSG_LEN(MANY * sizeof(int)),
		     }};
	struct {
		int fds[PACKET_FDS], guard[MANY];
	} got = {.guard = {77, 77}};
	char byte = 'x';
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control.space};
	int fds[MANY];

	for (unsigned i = 0; i < MANY; i++)
		fds[i] = e->fds[0];
	memcpy(CMSG_DATA(&control.header), fds, sizeof fds);
	assert_int_equal(sendmsg(e->fds[0], &msg, 0), 1);
	assert_int_equal(packet_receive(e->fds[1], &byte, 1, got.fds), 1);
	assert_int_equal(got.guard[0], 77);
	assert_int_equal(got.guard[1], 77);
	for (unsigned i = 0; i < PACKET_FDS; i++)
		assert_int_equal(close(got.fds[i]), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_ENDS(both_ways),
		WITH_ENDS(descriptors),
		WITH_ENDS(ends_are_close_on_exec),
		WITH_ENDS(other_side_gone),
		WITH_ENDS(strange_message),
		WITH_ENDS(too_many_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
