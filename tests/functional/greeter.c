/* SPDX-License-Identifier: Apache-2.0 */
/* An app that is socket-activated: answers whoever connects to a socket that it was passed, or
 * sends a datagram, with the name of the socket. Fails when it was passed none, or anything but
 * sockets. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST 3
#define MAX   64

static void greet(int fd, const char *name)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	char text[128], question[16];
	int n = snprintf(text, sizeof text, "hello from %s\n", name);
	int connection = accept(fd, NULL, NULL);

	if (connection >= 0) {
		(void)!write(connection, text, (size_t)n);
		(void)close(connection);
	} else if (recvfrom(fd, question, sizeof question, 0, (struct sockaddr *)&from, &len) >=
		   0) {
		(void)sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
}

int main(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	char *names = getenv("LISTEN_FDNAMES"), *name[MAX];
	struct pollfd fds[MAX];
	int n = count ? (int)strtol(count, NULL, 10) : 0;

	if (n < 1 || n > MAX || !pid || strtol(pid, NULL, 10) != getpid() || !names)
		return 1;
	for (int i = 0; i < n; i++) {
		int type = 0;
		socklen_t len = sizeof type;

		name[i] = strsep(&names, ":");
		fds[i] = (struct pollfd){.fd = FIRST + i, .events = POLLIN};
		if (!name[i] || getsockopt(FIRST + i, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
			return 2;
	}
	/* And nothing else. */
	if (names || dup(FIRST) != FIRST + n)
		return 3;
	(void)close(FIRST + n);
	printf("%d sockets\n", n);
	(void)fflush(stdout);
	while (poll(fds, (nfds_t)n, -1) > 0)
		for (int i = 0; i < n; i++)
			if (fds[i].revents)
				greet(FIRST + i, name[i]);
	return 4;
}
