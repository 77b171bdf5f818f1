/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/metadata-request.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "spec/metadata-service.h"

#define ANSWER_MAX 4096
#define PATIENCE_S 10 /* for a whole request */

/* Who has not answered one request will not answer the next one: this process asks no more. */
static bool hangs;

static int no_answer(Error *err)
{
	hangs = true;
	return fail(err, -ETIMEDOUT, "the metadata service did not answer within %d s", PATIENCE_S);
}

/* Until there is something to do. 0, -ETIMEDOUT or another negative errno. */
static int await(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = deadline - monotonic_ms();
	int r;

	if (left <= 0)
		return -ETIMEDOUT;
	r = poll(&p, 1, (int)left);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r == 0 ? -ETIMEDOUT : 0;
}

static int unreachable(int r, Error *err)
{
	fail_errno(err, r, "could not reach the metadata service. Connect to " METADATA_SOCKET);
	error_hint(err,
		"it has to run: start \"rkt metadata-service\", or let systemd do that when "
		"it is needed: systemctl enable --now rkt-metadata.socket");
	return r;
}

int metadata_dial(Error *err)
{
	static const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = METADATA_SOCKET};
	static const struct timeval patience = {.tv_sec = PATIENCE_S};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (hangs)
		return no_answer(err);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
		return fail_errno(err, -errno, "make a socket");
	if (connect(fd, (const struct sockaddr *)&name, sizeof name) < 0)
		return errno == EAGAIN ? no_answer(err) : unreachable(-errno, err);
	return TAKE_FD(fd);
}

static int send_all(int fd, const char *data, size_t len, int64_t deadline)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r = n < 0 ? -errno : 0;

		if (r == -EAGAIN)
			r = await(fd, POLLOUT, deadline);
		if (r < 0)
			return r;
		if (n < 0)
			continue;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* All that comes, or the first part of it: NUL-terminated. -ECONNRESET for nothing. */
static int receive_all(int fd, char ret[static ANSWER_MAX], int64_t deadline)
{
	size_t len = 0;

	while (len < ANSWER_MAX - 1) {
		ssize_t n = recv(fd, ret + len, ANSWER_MAX - 1 - len, MSG_DONTWAIT);
		int r = n < 0 ? -errno : 0;

		if (r == -EAGAIN) {
			r = await(fd, POLLIN, deadline);
			if (r == 0)
				continue;
		}
		/* Who has not taken the whole body resets the connection behind the answer. */
		if (r < 0 && (len == 0 || r == -ETIMEDOUT))
			return r;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	ret[len] = '\0';
	return len > 0 ? 0 : -ECONNRESET;
}

/* Nothing but ASCII in print is for a terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text >= 0x7f)
			*text = '?';
}

/* "HTTP/1.1 200 OK", and behind an empty line what the service has to say. */
static int read_answer(char *answer, unsigned *ret_status, Error *err)
{
	char *body = strstr(answer, "\r\n\r\n");
	uint64_t status;

	if (!startswith(answer, "HTTP/1.") || strlen(answer) < sizeof "HTTP/1.1 200" - 1)
		return fail(err, -EPROTO, "the metadata service does not speak HTTP");
	answer[sizeof "HTTP/1.1 200" - 1] = '\0';
	if (number_parse_u64(answer + sizeof "HTTP/1.1 " - 1, 999, &status) < 0)
		return fail(err, -EPROTO, "the metadata service does not speak HTTP");
	*ret_status = (unsigned)status;
	if (status == 200)
		return 0;
	body = body ? body + 4 : answer + strlen(answer);
	body[strcspn(body, "\r\n")] = '\0';
	make_printable(body);
	fail(err, -EREMOTEIO, "the metadata service refuses: %u %s", *ret_status, body);
	return 0;
}

int metadata_request(const char *method, const char *path, const void *body, size_t len,
	unsigned *ret_status, Error *err)
{
	int64_t deadline = monotonic_ms() + PATIENCE_S * 1000;
	_cleanup_close_ int fd = metadata_dial(err);
	char head[512], answer[ANSWER_MAX];
	int r;

	if (fd < 0)
		return fd;
	(void)snprintf(head, sizeof head,
		"%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n",
		method, path, len);
	r = send_all(fd, head, strlen(head), deadline);
	if (r == 0)
		r = send_all(fd, body, len, deadline);
	/* Who refuses a body need not take it: what it says is worth more than that. */
	if (r == 0 || r == -EPIPE || r == -ECONNRESET)
		r = receive_all(fd, answer, deadline);
	if (r == -ETIMEDOUT)
		return no_answer(err);
	if (r < 0)
		return fail_errno(err, r, "talk to the metadata service");
	return read_answer(answer, ret_status, err);
}
