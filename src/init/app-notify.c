/* SPDX-License-Identifier: Apache-2.0 */
#include "init/app-notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "base/cleanup.h"
#include "init/say.h"

/* What is behind of a message is not looked at. */
#define MESSAGE_SIZE 4096

/* Of those that there are for a turn of the monitor: an app that says a lot keeps nobody else
 * waiting.
 */
#define MESSAGES_AT_ONCE 16

static struct {
	int fds[PLAN_APPS_MAX];
	bool ready[PLAN_APPS_MAX];
	unsigned n, n_ready;
} apps;

static int make_socket(unsigned number)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	Text path = {0};

	text_puts(&path, PLAN_NOTIFY_DIR "/");
	text_number(&path, number, 1, ' ');
	memcpy(name.sun_path, text_string(&path), path.len + 1);
	/* Whoever the app is may write to it; nobody else gets there. */
	if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof name) < 0 ||
		chmod(name.sun_path, 0666) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int app_notify_open(const Plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_apps; i++) {
		int fd;

		if (!plan->apps[i].notifies)
			continue;
		if (apps.n == 0 && mkdir(PLAN_NOTIFY_DIR, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = make_socket(i);
		if (fd < 0)
			return fd;
		apps.fds[apps.n++] = fd;
	}
	return 0;
}

bool app_notify_all_ready(void)
{
	return apps.n_ready == apps.n;
}

unsigned app_notify_poll(struct pollfd *fds)
{
	for (unsigned i = 0; i < apps.n; i++)
		fds[i] = (struct pollfd){.fd = apps.fds[i], .events = POLLIN};
	return apps.n;
}

static bool says_ready(const char *message, size_t len)
{
	static const char ready[] = "READY=1";
	const char *end = message + len;

	for (const char *line = message; line < end; line++) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((next ? next : end) - line);

		if (n == strlen(ready) && memcmp(line, ready, n) == 0)
			return true;
		line += n;
	}
	return false;
}

static void listen_to(unsigned i)
{
	char message[MESSAGE_SIZE];
	ssize_t n;

	for (unsigned k = 0; k < MESSAGES_AT_ONCE; k++) {
		n = recv(apps.fds[i], message, sizeof message, 0);
		if (n < 0)
			return;
		if (!apps.ready[i] && says_ready(message, (size_t)n)) {
			apps.ready[i] = true;
			apps.n_ready++;
		}
	}
}

void app_notify_dispatch(const struct pollfd *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (fds[i].revents)
			listen_to(i);
}
