/* SPDX-License-Identifier: Apache-2.0 */
#include "init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include "base/cleanup.h"
#include "init/log-file.h"
#include "init/say.h"

/* A longer line is passed on in pieces. */
#define LINE_MAX_BYTES 2048

typedef struct Stream {
	int fd; /* read end, -1 when closed or not in log mode */
	unsigned len;
	char line[LINE_MAX_BYTES]; /* the line that has no end yet */
} Stream;

typedef struct ConsoleApp {
	pid_t pid;
	char name[PLAN_NAME_MAX];
	Stream streams[2];
} ConsoleApp;

static struct {
	unsigned n_apps; /* places that are or were taken */
	size_t size;     /* of the memory behind apps */
	bool draining; /* the pod has ended: there is nothing to do but wait for stdout's reader */
	bool broken;   /* nobody reads our stdout any more: the lines are dropped */
	ConsoleApp *apps;
} console;

/* owner: who may open it anew, as /dev/stdout; 0: whoever is root here. */
static int open_stream(Stream *stream, uint32_t owner, int *ret_write_end)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	/* Only our end: an app must find its stdout as blocking as it expects. */
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	if (owner && fchown(fds[1], owner, owner) < 0)
		return -errno;
	stream->fd = fds[0];
	*ret_write_end = fds[1];
	return 0;
}

int console_open(const Plan *plan, int ret_write_ends[PLAN_APPS_MAX][2])
{
	/* Pages of their own, as many as the pod's apps need, or may need: most of them stay
	 * untouched, and so take no memory. */
	console.size = (plan->header->mutable ? PLAN_APPS_MAX : plan->header->n_apps) *
		       sizeof *console.apps;
	console.apps = mmap(
		NULL, console.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (console.apps == MAP_FAILED)
		return -errno;
	console.n_apps = plan->header->n_apps;
	for (unsigned i = 0; i < console.n_apps; i++) {
		const char *name = plan_string(plan, plan->apps[i].name);

		memcpy(console.apps[i].name, name, strlen(name) + 1);
		for (unsigned k = 0; k < 2; k++) {
			int r;

			console.apps[i].streams[k].fd = ret_write_ends[i][k] = -1;
			if (plan->apps[i].stream[k + 1] != PLAN_STREAM_LOG)
				continue;
			r = open_stream(&console.apps[i].streams[k], plan->header->first_id,
				&ret_write_ends[i][k]);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

void console_forget(void)
{
	(void)munmap(console.apps, console.size);
	console.apps = NULL;
	console.n_apps = 0;
}

void console_app_started(unsigned app, pid_t pid)
{
	if (app < console.n_apps)
		console.apps[app].pid = pid;
}

/* "[ 1445.479826] busybox[9]: " */
static void make_prefix(Text *t, unsigned app)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	text_puts(t, "[");
	text_number(t, (uint64_t)ts.tv_sec, 5, ' ');
	text_puts(t, ".");
	text_number(t, (uint64_t)ts.tv_nsec / 1000, 6, '0');
	text_puts(t, "] ");
	text_puts(t, console.apps[app].name);
	text_puts(t, "[");
	text_number(t, (uint64_t)console.apps[app].pid, 1, ' ');
	text_puts(t, "]: ");
}

static void close_streams(unsigned app)
{
	for (unsigned k = 0; k < 2; k++)
		console.apps[app].streams[k].fd = fd_close(console.apps[app].streams[k].fd);
}

/* Nobody reads our stdout any more. Then nobody reads the apps' either: they get to know as any
 * program does. */
static void give_up(void)
{
	console.broken = true;
	for (unsigned i = 0; i < console.n_apps; i++)
		close_streams(i);
}

/* Writes one line, or a piece of one unless whole, in one go, so that lines of several pods on one
 * console do not mix. stream: 0 or 1. */
static void put_line(unsigned app, unsigned stream, const char *text, size_t len, bool whole)
{
	Text prefix = {0};
	struct iovec iov[3];
	ssize_t n;

	if (console.broken)
		return;
	log_file_add(app, console.apps[app].name, stream + 1, text, len, whole);
	make_prefix(&prefix, app);
	iov[0] = (struct iovec){.iov_base = prefix.data, .iov_len = prefix.len};
	iov[1] = (struct iovec){.iov_base = (void *)(uintptr_t)text, .iov_len = len};
	iov[2] = (struct iovec){.iov_base = (void *)(uintptr_t) "\n", .iov_len = 1};
	while ((n = writev(STDOUT_FILENO, iov, 3)) < 0 && errno == EINTR)
		continue;
	/* A partial write is possible on a descriptor that somebody else made non-blocking; the
	 * rest is lost, as a line is that a full disk or a closed stdout does not take. The log has
	 * it. */
	if (n < 0 && errno == EPIPE)
		give_up();
}

static bool stdout_writable(void)
{
	struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

	if (console.broken || console.draining)
		return true;
	return poll(&fd, 1, 0) >= 0 && fd.revents != 0;
}

/* Passes on whole lines of what was gathered while stdout has room, which it must have for the
 * first one, and keeps the rest. False when there is no room for more. */
static bool put_lines(unsigned app, unsigned stream)
{
	Stream *s = &console.apps[app].streams[stream];
	char *from = s->line, *end = s->line + s->len, *newline;
	bool room = true;

	while (room && (newline = memchr(from, '\n', (size_t)(end - from)))) {
		put_line(app, stream, from, (size_t)(newline - from), true);
		from = newline + 1;
		room = stdout_writable();
	}
	if (room && from == s->line && s->len == sizeof s->line) {
		put_line(app, stream, from, s->len, false);
		from = end;
	}
	s->len = (unsigned)(end - from);
	memmove(s->line, from, s->len);
	return room;
}

/* Reads once. False when there is nothing more to read now or ever. */
static bool read_stream(unsigned app, unsigned stream)
{
	Stream *s = &console.apps[app].streams[stream];
	ssize_t n = read(s->fd, s->line + s->len, sizeof s->line - s->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		if (s->len > 0)
			put_line(app, stream, s->line, s->len, true);
		s->len = 0;
		s->fd = fd_close(s->fd);
		return false;
	}
	s->len += (unsigned)n;
	(void)put_lines(app, stream);
	return true;
}

static void keep_line(unsigned app, unsigned stream)
{
	Stream *s = &console.apps[app].streams[stream];

	log_file_add_plain(app, stream + 1, s->line, s->len);
	s->len = 0;
}

void console_keep(unsigned app, unsigned stream, const char *bytes, size_t n)
{
	Stream *s;

	if (!log_file_is_given(app))
		return;
	s = &console.apps[app].streams[stream];
	if (n == 0 && s->len > 0)
		keep_line(app, stream);
	for (; n > 0; bytes++, n--) {
		if (*bytes != '\n')
			s->line[s->len++] = *bytes;
		if (*bytes == '\n' || s->len == sizeof s->line)
			keep_line(app, stream);
	}
}

bool console_is_idle(unsigned app)
{
	if (app >= console.n_apps)
		return true;
	for (unsigned k = 0; k < 2; k++)
		if (console.apps[app].streams[k].fd >= 0)
			return false;
	return true;
}

void console_add_app(unsigned app, const char *name, const int read_ends[static 2])
{
	ConsoleApp *a;

	for (; console.n_apps <= app; console.n_apps++)
		for (unsigned k = 0; k < 2; k++)
			console.apps[console.n_apps].streams[k].fd = -1;
	a = &console.apps[app];
	log_file_forget(app);
	memcpy(a->name, name, strlen(name) + 1);
	a->pid = 0;
	for (unsigned k = 0; k < 2; k++) {
		a->streams[k].len = 0;
		a->streams[k].fd = console.broken ? fd_close(read_ends[k]) : read_ends[k];
	}
}

void console_drop_app(unsigned app)
{
	close_streams(app);
}

const char *console_app_name(unsigned app)
{
	return app < console.n_apps ? console.apps[app].name : NULL;
}

/* Passes on the lines that there was no room for. False when there is none now. */
static bool put_pending(void)
{
	bool room = stdout_writable();

	for (unsigned i = 0; i < console.n_apps; i++)
		for (unsigned k = 0; k < 2; k++)
			if (room && console.apps[i].streams[k].len > 0)
				room = put_lines(i, k);
	return room;
}

unsigned console_poll(struct pollfd *fds)
{
	bool writable = put_pending();
	unsigned n = 0;

	/* While stdout is full there is no point in waiting for more to put there, and what an app
	 * says before its pid is known waits for that. */
	for (unsigned i = 0; writable && i < console.n_apps; i++)
		for (unsigned k = 0; k < 2 && console.apps[i].pid > 0; k++)
			if (console.apps[i].streams[k].fd >= 0)
				fds[n++] = (struct pollfd){
					.fd = console.apps[i].streams[k].fd, .events = POLLIN};
	if (!writable)
		fds[n++] = (struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT};
	return n;
}

void console_dispatch(const struct pollfd *fds, unsigned n)
{
	for (unsigned j = 0; j < n; j++) {
		if (fds[j].revents == 0 || !stdout_writable())
			continue;
		for (unsigned i = 0; i < console.n_apps; i++)
			for (unsigned k = 0; k < 2; k++)
				if (console.apps[i].streams[k].fd == fds[j].fd)
					(void)read_stream(i, k);
	}
}

bool console_drain(bool wait)
{
	console.draining = wait;
	for (unsigned i = 0; i < console.n_apps; i++)
		for (unsigned k = 0; k < 2; k++)
			while (put_pending() && console.apps[i].streams[k].fd >= 0 &&
				read_stream(i, k))
				continue;
	return put_pending();
}
