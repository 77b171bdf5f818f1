/* SPDX-License-Identifier: Apache-2.0 */

/* Whether somebody in the pod accepts connections, and answers. */

#include "init/execute.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "base/cleanup.h"
#include "init/say.h"

/* A socket that is connected to an address, or a negative errno. */
static int connect_to(int family, const void *address, socklen_t len)
{
	_cleanup_close_ int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, address, len) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int connect_to_loopback(uint16_t port)
{
	const struct sockaddr_in v4 = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	int fd = connect_to(AF_INET, &v4, sizeof v4);

	return fd == -ECONNREFUSED ? connect_to(AF_INET6, &v6, sizeof v6) : fd;
}

static int send_all(int fd, const char *text)
{
	for (size_t len = strlen(text); len > 0;) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int ask(int fd, const char *path)
{
	static const char after[] = " HTTP/1.0\r\nHost: localhost\r\nUser-Agent: rkt\r\n\r\n";
	int r = send_all(fd, "GET ");

	if (r == 0)
		r = send_all(fd, path);
	return r == 0 ? send_all(fd, after) : r;
}

/* "HTTP/1.1 204 No Content": all that is looked at of an answer. */
static int read_answer(int fd)
{
	char line[sizeof "HTTP/1.1 204" - 1];
	ssize_t n = recv(fd, line, sizeof line, MSG_WAITALL);
	char class;

	if (n < 0)
		return -errno;
	if (n < (ssize_t)sizeof line || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ')
		return -EBADMSG;
	class = line[9];
	return class == '2' || class == '3' ? 0 : -EBADMSG;
}

int execute_connect(Execution *x, const PlanOp *op)
{
	const char *path = plan_string(x->plan, op->path);
	_cleanup_close_ int fd = connect_to_loopback((uint16_t)op->num[0]);
	int r = fd < 0 ? fd : 0;

	if (r == 0 && path[0])
		r = ask(fd, path);
	return r == 0 && path[0] ? read_answer(fd) : r;
}
