/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "spec/metadata-service.h"

/* sd_listen_fds(3): the first descriptor that a service manager hands over. */
#define HANDED_OVER 3

static const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = METADATA_SOCKET};

static bool is_handed_over(void)
{
	const char *n = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint64_t number;

	if (!n || number_parse_u64(n, INT32_MAX, &number) < 0 || number == 0)
		return false;
	return !pid ||
	       (number_parse_u64(pid, INT32_MAX, &number) == 0 && number == (uint64_t)getpid());
}

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

/* Names that are no file's anybody may connect to. */
static bool has_file(int fd)
{
	struct sockaddr_un own = {.sun_family = AF_UNSPEC};
	socklen_t len = sizeof own;

	return getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
	       len > offsetof(struct sockaddr_un, sun_path) && own.sun_path[0] == '/';
}

/* Only who may connect to a file may register pods: another kind of socket is a mistake. */
static int take_over(int *ret, Error *err)
{
	if (option_of(HANDED_OVER, SO_DOMAIN) != AF_UNIX ||
		option_of(HANDED_OVER, SO_TYPE) != SOCK_STREAM ||
		option_of(HANDED_OVER, SO_ACCEPTCONN) != 1 || !has_file(HANDED_OVER))
		return fail(err, -EINVAL,
			"descriptor %d, which LISTEN_FDS tells of, is no listening UNIX socket "
			"with a file",
			HANDED_OVER);
	if (fd_set_cloexec(HANDED_OVER, true) < 0 || fcntl(HANDED_OVER, F_SETFL, O_NONBLOCK) < 0)
		return fail_errno(err, -errno, "take descriptor %d over", HANDED_OVER);
	*ret = HANDED_OVER;
	return 0;
}

/* Whether the file is what one has left that was killed. */
static bool is_stale(void)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof name) < 0 &&
	       errno == ECONNREFUSED;
}

static int bind_file(int fd)
{
	mode_t mask = umask(0117);
	int r = bind(fd, (const struct sockaddr *)&name, sizeof name) < 0 ? -errno : 0;

	if (r == -EADDRINUSE && is_stale() && unlink(METADATA_SOCKET) == 0)
		r = bind(fd, (const struct sockaddr *)&name, sizeof name) < 0 ? -errno : 0;
	(void)umask(mask);
	return r;
}

static int make(Sockets *s, Error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return fail_errno(err, -errno, "make a socket");
	if (mkdir(METADATA_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return fail_errno(err, -errno, "create " METADATA_DIRECTORY);
	r = bind_file(fd);
	if (r < 0)
		return fail_errno(err, r, "listen on " METADATA_SOCKET);
	s->made = stat(METADATA_SOCKET, &s->file) == 0;
	if (listen(fd, SOMAXCONN) < 0)
		return fail_errno(err, -errno, "listen on " METADATA_SOCKET);
	s->registration = TAKE_FD(fd);
	return 0;
}

static int listen_on_port(uint16_t port, int *ret, Error *err)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	const int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return fail_errno(err, -errno, "make a socket");
	if (bind(fd, (const struct sockaddr *)&any, sizeof any) < 0 || listen(fd, SOMAXCONN) < 0)
		return fail_errno(err, -errno, "listen on TCP port %u", port);
	*ret = TAKE_FD(fd);
	return 0;
}

/* The port first: of two services that are started at once, one gets no further. */
int sockets_open(Sockets *s, uint16_t port, Error *err)
{
	int r = listen_on_port(port, &s->public, err);

	if (r < 0)
		return r;
	return is_handed_over() ? take_over(&s->registration, err) : make(s, err);
}

void sockets_remove(const Sockets *s)
{
	struct stat file;

	if (s->made && lstat(METADATA_SOCKET, &file) == 0 && file.st_ino == s->file.st_ino &&
		file.st_dev == s->file.st_dev)
		(void)unlink(METADATA_SOCKET);
}
