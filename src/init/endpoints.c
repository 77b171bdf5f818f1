/* SPDX-License-Identifier: Apache-2.0 */
#include "init/endpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "init/console.h"
#include "init/listen.h"
#include "init/say.h"
#include "init/sessions.h"
#include "init/streams.h"

#define BACKLOG 8

typedef struct Endpoint {
	int fd;        /* 0: none */
	unsigned what; /* ATTACH_* bits */
} Endpoint;

static struct {
	unsigned n;                      /* how many there are */
	bool starved;                    /* there was no descriptor for the last who came */
	Endpoint (*all)[ENDPOINTS_EACH]; /* of each app; mapped for the first one: most pods have
					    none */
} endpoints;

typedef struct Kind {
	const char *socket;
	unsigned what;
} Kind;

static const Kind stream_kinds[ENDPOINTS_EACH] = {
	{"/" ENDPOINTS_SOCKET "stdin", ATTACH_INPUT},
	{"/" ENDPOINTS_SOCKET "stdout", ATTACH_OUTPUT},
	{"/" ENDPOINTS_SOCKET "stderr", ATTACH_ERRORS},
};

static const Kind terminal_kind = {"/" ENDPOINTS_SOCKET "tty", ATTACH_INPUT | ATTACH_OUTPUT};

/* Opens the directory of an app's sockets. */
static int open_directory(const char *app)
{
	Text path = {0};
	int fd;

	if (mkdir(ENDPOINTS_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return -errno;
	text_puts(&path, ENDPOINTS_DIRECTORY "/");
	text_puts(&path, app);
	if (mkdir(text_string(&path), 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(text_string(&path), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The name of an app may be longer than the address of a socket. */
static int listen_in(int directory, const Kind *kind)
{
	Text path = {0};

	text_puts(&path, "/proc/self/fd/");
	text_number(&path, (uint64_t)directory, 1, ' ');
	text_puts(&path, kind->socket);
	return listen_at(text_string(&path), SOCK_STREAM, BACKLOG);
}

static int add(unsigned app, unsigned k, int directory, const Kind *kind)
{
	int fd;

	if (!streams_can_attach(app, kind->what))
		return 0;
	fd = listen_in(directory, kind);
	if (fd < 0)
		return fd;
	endpoints.all[app][k] = (Endpoint){.fd = fd, .what = kind->what};
	endpoints.n++;
	return 0;
}

static void remove_one(Endpoint *e)
{
	if (e->fd == 0)
		return;
	(void)fd_close(e->fd);
	*e = (Endpoint){0};
	endpoints.n--;
}

static int make_table(void)
{
	void *memory = endpoints.all;

	if (!memory)
		memory = mmap(NULL, PLAN_APPS_MAX * sizeof *endpoints.all, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	endpoints.all = memory;
	return 0;
}

static int open_all(unsigned app, const char *name)
{
	_cleanup_close_ int directory = open_directory(name);
	int r = directory < 0 ? directory : make_table();

	if (r == 0 && streams_has_terminal(app))
		return add(app, 0, directory, &terminal_kind);
	for (unsigned k = 0; k < ENDPOINTS_EACH && r == 0; k++)
		r = add(app, k, directory, &stream_kinds[k]);
	return r;
}

void endpoints_open(unsigned app)
{
	const char *name = console_app_name(app);
	int r = 0;

	/* Those of the app that was in this place before. */
	for (unsigned k = 0; endpoints.n > 0 && k < ENDPOINTS_EACH; k++)
		remove_one(&endpoints.all[app][k]);
	if (name && !streams_is_idle(app))
		r = open_all(app, name);
	if (r < 0)
		say("cannot listen for what app ", name, " prints and reads: ", say_errno(r), NULL);
}

unsigned endpoints_poll(struct pollfd *fds)
{
	unsigned n = 0;

	/* Of most pods no byte of the table is ever written, and it takes no memory. */
	if (endpoints.n == 0)
		return 0;
	for (unsigned i = 0; i < PLAN_APPS_MAX; i++)
		for (unsigned k = 0; k < ENDPOINTS_EACH; k++) {
			Endpoint *e = &endpoints.all[i][k];

			if (!streams_can_attach(i, e->what))
				remove_one(e);
			else if (e->fd > 0 && !endpoints.starved)
				fds[n++] = (struct pollfd){.fd = e->fd, .events = POLLIN};
		}
	/* Who could not be let in waits until anything else has happened. */
	endpoints.starved = false;
	return n;
}

/* False when nobody was there, or could be let in. */
static bool accept_one(const Endpoint *e, unsigned app)
{
	static const int yes = 1;
	int fd = accept4(e->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		endpoints.starved = errno != EAGAIN && errno != EINTR;
		return false;
	}
	/* A byte out of band would be reported for ever, and not be there to read. */
	(void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes);
	if (sessions_add_plain(fd, app, e->what) < 0)
		(void)fd_close(fd);
	return true;
}

/* Whoever has come by now must not miss what the app answers to somebody who came later. */
static void accept_all(const Endpoint *e, unsigned app)
{
	for (unsigned n = 0; n <= BACKLOG && accept_one(e, app); n++)
		continue;
}

void endpoints_dispatch(const struct pollfd *fds, unsigned n)
{
	for (unsigned j = 0; j < n; j++)
		for (unsigned i = 0; fds[j].revents && i < PLAN_APPS_MAX; i++)
			for (unsigned k = 0; k < ENDPOINTS_EACH; k++)
				if (endpoints.all[i][k].fd == fds[j].fd)
					accept_all(&endpoints.all[i][k], i);
}

void endpoints_close(void)
{
	for (unsigned i = 0; endpoints.n > 0 && i < PLAN_APPS_MAX; i++)
		for (unsigned k = 0; k < ENDPOINTS_EACH; k++)
			remove_one(&endpoints.all[i][k]);
}
