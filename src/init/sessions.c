/* SPDX-License-Identifier: Apache-2.0 */
#include "init/sessions.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/monotonic.h"
#include "base/packet.h"
#include "init/channel.h"
#include "init/streams.h"

typedef struct Session {
	int fd; /* 0: none */
	unsigned app;
	unsigned open;     /* what he is attached to and has not come to its end: ATTACH_* bits */
	bool prints;       /* he was attached to something that the app prints */
	bool types;        /* he was attached to its input */
	bool plain;        /* he has no frames */
	bool full;         /* he had no room for what the app prints ... */
	int unread;        /* ... and so many bytes before him then, */
	time_t since;      /* which have been no fewer since (CLOCK_MONOTONIC) */
	bool waits;        /* the app had no room for his input ... */
	unsigned n_passed; /* ... of whose first frame it has taken so many bytes */
} Session;

static struct {
	unsigned n;   /* how many there are */
	Session *all; /* SESSIONS_MAX places */
} sessions;

int sessions_open(void)
{
	void *memory = mmap(NULL, SESSIONS_MAX * sizeof *sessions.all, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	sessions.all = memory;
	return 0;
}

static void drop(Session *s)
{
	(void)fd_close(s->fd);
	*s = (Session){0};
	sessions.n--;
}

/* There is room for this, where there is none for a frame of what the app prints. */
static void end(Session *s, FrameEnd why)
{
	Notice notice = {.kind = FRAME_END, .note.end = why};

	if (!s->plain)
		(void)packet_send(s->fd, &notice, sizeof notice, NULL, 0);
	drop(s);
}

/* Whether his side of the connection is closed. */
static bool is_gone(const Session *s)
{
	struct pollfd fd = {.fd = s->fd};

	return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR));
}

/* A place for one more: that of somebody who is gone and whose input the app has left where it is,
 * if there is no other. NULL without any. */
static Session *find_place(void)
{
	for (unsigned i = 0; i < SESSIONS_MAX; i++)
		if (sessions.all[i].fd == 0)
			return &sessions.all[i];
	for (unsigned i = 0; i < SESSIONS_MAX; i++)
		if (sessions.all[i].waits && is_gone(&sessions.all[i])) {
			drop(&sessions.all[i]);
			return &sessions.all[i];
		}
	return NULL;
}

/* Gives him a place. 0 or a negative errno. */
static int add(int connection, unsigned app, unsigned wanted, Session **ret)
{
	Session *s = find_place();

	if (!s)
		return -EAGAIN;
	*s = (Session){
		.fd = connection,
		.app = app,
		.open = wanted,
		.prints = wanted & (ATTACH_OUTPUT | ATTACH_ERRORS),
		.types = wanted & ATTACH_INPUT,
	};
	sessions.n++;
	*ret = s;
	return 0;
}

int sessions_add(int connection, const char *app, unsigned wanted)
{
	int32_t answer = 0;
	int place = streams_find_app(app), r;
	Session *s;

	if (place < 0)
		return -ESRCH;
	if (wanted == 0 || (wanted & ~streams_of((unsigned)place)))
		return -ENOENT;
	r = add(connection, (unsigned)place, wanted, &s);
	if (r == 0 && packet_send(connection, &answer, sizeof answer, NULL, 0) < 0)
		drop(s);
	return r;
}

int sessions_add_plain(int connection, unsigned app, unsigned wanted)
{
	Session *s;
	int r = streams_can_attach(app, wanted) ? add(connection, app, wanted, &s) : -ENOENT;

	if (r == 0)
		s->plain = true;
	return r;
}

static bool is_attached(const Session *s, unsigned app, unsigned what)
{
	return s->fd > 0 && s->app == app && (s->open & what);
}

bool sessions_are_attached(unsigned app, unsigned what)
{
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++)
		if (is_attached(&sessions.all[i], app, what))
			return true;
	return false;
}

static int count_unread(const Session *s)
{
	int n = 0;

	(void)ioctl(s->fd, SIOCOUTQ, &n);
	return n;
}

/* Looks whether he has room now. Then there is room for a frame, since a socket counts as writable
 * until a quarter of it is taken. */
static void look(Session *s)
{
	struct pollfd fd = {.fd = s->fd, .events = POLLOUT};
	bool full = poll(&fd, 1, 0) >= 0 && fd.revents == 0;

	if (full && (!s->full || count_unread(s) < s->unread)) {
		s->unread = count_unread(s);
		s->since = monotonic_seconds();
	}
	s->full = full;
	if (full && monotonic_seconds() - s->since >= SESSION_PATIENCE)
		end(s, END_LATE);
}

bool sessions_had_room(unsigned app, unsigned what)
{
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++)
		if (is_attached(&sessions.all[i], app, what) && sessions.all[i].full)
			return false;
	return true;
}

bool sessions_have_room(unsigned app, unsigned what)
{
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++)
		if (is_attached(&sessions.all[i], app, what))
			look(&sessions.all[i]);
	return sessions_had_room(app, what);
}

static bool send_to(const Session *s, const Frame *frame, size_t len)
{
	size_t n = len - FRAME_HEAD;

	if (!s->plain)
		return packet_send(s->fd, frame, len, NULL, 0) >= 0;
	return send(s->fd, frame->bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n;
}

void sessions_send(unsigned app, unsigned what, const Frame *frame, size_t len)
{
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++)
		if (is_attached(&sessions.all[i], app, what) &&
			!send_to(&sessions.all[i], frame, len))
			drop(&sessions.all[i]);
}

void sessions_closed(unsigned app, unsigned what)
{
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++) {
		Session *s = &sessions.all[i];

		if (!is_attached(s, app, what))
			continue;
		s->open &= ~what;
		if (what == ATTACH_INPUT)
			s->waits = false;
		/* Who sees what the app prints stays until that ends; others, as long as they can
		 * type. */
		if (!(s->open & ~(s->prints ? ATTACH_INPUT : 0U)))
			end(s, END_CLOSED);
	}
}

void sessions_wait(unsigned app, unsigned what)
{
	while (!sessions_have_room(app, what))
		for (unsigned i = 0; i < SESSIONS_MAX; i++) {
			struct pollfd fd = {.fd = sessions.all[i].fd, .events = POLLOUT};

			if (is_attached(&sessions.all[i], app, what) && sessions.all[i].full)
				(void)poll(&fd, 1, 1000);
		}
}

int sessions_timeout(void)
{
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++)
		if (sessions.all[i].full)
			return 1000;
	return -1;
}

unsigned sessions_poll(struct pollfd *fds)
{
	unsigned n = 0;

	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++) {
		const Session *s = &sessions.all[i];
		bool listens = !s->waits && (s->types || !s->plain);
		short events = (short)((listens ? POLLIN : 0) | (s->full ? POLLOUT : 0));

		/* Were nothing asked for, the end of a connection would be reported all the same,
		 * and what he has typed is the app's to take first. */
		if (s->fd > 0 && (events || !s->waits))
			fds[n++] = (struct pollfd){.fd = s->fd, .events = events};
		if (s->fd > 0 && s->waits)
			fds[n++] = (struct pollfd){.fd = streams_input(s->app), .events = POLLOUT};
	}
	return n;
}

/* What he has sent first, left where it is: a frame, or bytes. Its length, 0 when there is nothing
 * yet, or a negative errno at the connection's end. */
static ssize_t peek(const Session *s, void *ret, size_t size)
{
	int flags = MSG_PEEK | MSG_DONTWAIT | (s->plain ? 0 : MSG_TRUNC);
	ssize_t n;

	/* A reset comes once, before what was sent last. */
	while ((n = recv(s->fd, ret, size, flags)) < 0)
		if (errno != EINTR && errno != ECONNRESET)
			return errno == EAGAIN ? 0 : -errno;
	return n > 0 ? n : -EPIPE;
}

static bool is_sound(const Session *s, const Frame *frame, size_t len)
{
	if (!s->types)
		return false;
	switch (frame->kind) {
	case FRAME_INPUT: return len > FRAME_HEAD && len <= sizeof *frame;
	case FRAME_SIZE: return len == sizeof(Notice);
	default: return false;
	}
}

/* Passes the bytes of a frame on that the app has not taken yet. True when it has taken all. */
static bool pass(Session *s, const Frame *frame, size_t len)
{
	size_t left = len - FRAME_HEAD - s->n_passed;
	size_t n = streams_put(s->app, frame->bytes + s->n_passed, left);

	s->waits = s->fd > 0 && n < left;
	s->n_passed = s->waits ? s->n_passed + (unsigned)n : 0;
	return !s->waits;
}

/* Passes on what he has typed, or as much of it as the app takes. Who has typed all that he wanted
 * goes on seeing what the app prints. */
static void receive_plain(Session *s)
{
	char bytes[FRAME_BYTES];
	ssize_t n = s->types ? peek(s, bytes, sizeof bytes) : -EPIPE;
	size_t taken;

	if (n == 0)
		return;
	if (n < 0) {
		s->types = false;
		if (!s->prints || is_gone(s))
			drop(s);
		return;
	}
	taken = streams_put(s->app, bytes, (size_t)n);
	s->waits = s->fd > 0 && taken < (size_t)n;
	if (s->fd > 0 && taken > 0)
		(void)recv(s->fd, bytes, taken, MSG_DONTWAIT);
}

/* Passes one frame of his on, or as much of it as the app takes. */
static void receive(Session *s)
{
	Frame frame;
	ssize_t n;

	if (s->plain) {
		receive_plain(s);
		return;
	}
	n = peek(s, &frame, sizeof frame);
	if (n == 0)
		return;
	if (n < 0 || !is_sound(s, &frame, (size_t)n)) {
		drop(s);
		return;
	}
	if (frame.kind == FRAME_SIZE)
		streams_resize(s->app, frame.note.size.rows, frame.note.size.columns);
	else if (!pass(s, &frame, (size_t)n))
		return;
	/* If the app has closed its input, and he was attached to nothing else, he is gone. */
	if (s->fd > 0)
		(void)recv(s->fd, &frame, 0, MSG_DONTWAIT);
}

void sessions_dispatch(const struct pollfd *fds, unsigned n)
{
	for (unsigned j = 0; sessions.n > 0 && j < n; j++)
		for (unsigned i = 0; fds[j].revents && i < SESSIONS_MAX; i++) {
			Session *s = &sessions.all[i];

			if (s->fd > 0 &&
				(fds[j].fd == s->fd
						? !s->waits
						: s->waits && fds[j].fd == streams_input(s->app)))
				receive(s);
		}
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++)
		if (sessions.all[i].fd > 0 && sessions.all[i].full)
			look(&sessions.all[i]);
}

void sessions_close(void)
{
	for (unsigned i = 0; sessions.n > 0 && i < SESSIONS_MAX; i++)
		if (sessions.all[i].fd > 0)
			end(&sessions.all[i], END_CLOSED);
}
