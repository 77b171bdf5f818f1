/* SPDX-License-Identifier: Apache-2.0 */

/* The monitor's side of the control socket. */

#include "init/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/monotonic.h"
#include "base/packet.h"
#include "init/channel.h"
#include "init/console.h"
#include "init/endpoints.h"
#include "init/listen.h"
#include "init/log-file.h"
#include "init/streams.h"

typedef enum AppState {
	APP_NONE,
	APP_ADOPTING, /* the first process was told of it and has not answered */
	APP_RUNNING,
} AppState;

/* Somebody who is connected, unless fd is 0. */
typedef struct Client {
	int fd;
	time_t since;      /* connected (CLOCK_MONOTONIC) */
	ControlKind asked; /* what has not been answered yet, about which app */
	unsigned app;
} Client;

static struct {
	int listener; /* 0: there is none */
	int channel;  /* -1: the pod is not mutable */
	bool starved; /* there was no descriptor for the last who came */
	bool crowded; /* some say nothing, and there is no place for others */
	AppState apps[PLAN_APPS_MAX];
	Client clients[CONTROL_CLIENTS];
} control;

int control_listen(int channel)
{
	int fd = listen_at(CONTROL_SOCKET, SOCK_SEQPACKET, CONTROL_CLIENTS);

	if (fd < 0)
		return fd;
	control.listener = fd;
	control.channel = channel;
	return 0;
}

/* Nothing of a client is waited for or answered any more. */
static void drop(Client *c)
{
	(void)fd_close(c->fd);
	*c = (Client){0};
}

void control_close(void)
{
	if (control.listener == 0)
		return;
	(void)unlink(CONTROL_SOCKET);
	(void)fd_close(control.listener);
	control.listener = 0;
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (control.clients[i].fd > 0)
			drop(&control.clients[i]);
}

static void answer(Client *c, int r)
{
	int32_t result = r;

	/* One answer a connection: who has gone away meanwhile does not want it. */
	(void)packet_send(c->fd, &result, sizeof result, NULL, 0);
	drop(c);
}

/* The place of the app of this name that runs, or -1. */
static int find_running(const char *name)
{
	for (unsigned i = 0; i < PLAN_APPS_MAX; i++)
		if (control.apps[i] != APP_NONE && strcmp(console_app_name(i), name) == 0)
			return (int)i;
	return -1;
}

static int find_place(void)
{
	for (unsigned i = 0; i < PLAN_APPS_MAX; i++)
		if (control.apps[i] == APP_NONE && console_is_idle(i) && streams_is_idle(i))
			return (int)i;
	return -1;
}

/* Gives the descriptors that came with a request to who looks after them. */
static void place_streams(unsigned place, const ControlRequest *request, int fds[static PACKET_FDS])
{
	int lines[2] = {-1, -1}, ends[3] = {-1, -1, -1};
	bool terminal = false;
	unsigned next = 0;

	for (unsigned k = 0; k < 3; k++) {
		if (request->stream[k] == PLAN_STREAM_LOG && k > 0)
			lines[k - 1] = TAKE_FD(fds[next++]);
		if (request->stream[k] == PLAN_STREAM_PIPE)
			ends[k] = TAKE_FD(fds[next++]);
		terminal = terminal || request->stream[k] == PLAN_STREAM_PTY;
	}
	console_add_app(place, request->app, lines);
	streams_add_app(place, ends, terminal ? TAKE_FD(fds[next++]) : -1);
	if (request->log)
		log_file_give(place, TAKE_FD(fds[next]));
}

/* Gives the app its place; takes its descriptors out of fds if that succeeds. 0, or a negative
 * errno as the answer. */
static int adopt(Client *c, const ControlRequest *request, int fds[static PACKET_FDS])
{
	Message m = {.kind = MESSAGE_ADOPT, .b = request->pid, .c = (int32_t)request->stop_signal};
	int place;

	if (find_running(request->app) >= 0)
		return -EALREADY;
	place = find_place();
	if (place < 0)
		return -EAGAIN;
	place_streams((unsigned)place, request, fds);
	endpoints_open((unsigned)place);
	control.apps[place] = APP_ADOPTING;
	c->asked = CONTROL_STARTED;
	c->app = (unsigned)place;
	m.a = place;
	(void)channel_send(control.channel, &m, -1);
	return 0;
}

static void stop(Client *c, const ControlRequest *request)
{
	int place = find_running(request->app);
	Message m = {.kind = MESSAGE_STOP_APP, .a = place};

	if (place < 0) {
		answer(c, 0);
		return;
	}
	c->asked = CONTROL_STOP;
	c->app = (unsigned)place;
	(void)channel_send(control.channel, &m, -1);
}

/* The connection becomes a session. 0, or a negative errno as the answer. */
static int attach(Client *c, const ControlRequest *request)
{
	int r = sessions_add(c->fd, request->app, request->endpoints);

	if (r == 0)
		*c = (Client){0};
	return r;
}

static void handle(Client *c, const ControlRequest *request, int fds[static PACKET_FDS])
{
	bool mutable = control.channel >= 0;
	int r = -EINVAL;

	if (request->kind == CONTROL_STOP && mutable) {
		stop(c, request);
		return;
	}
	if (request->kind == CONTROL_STARTED && mutable)
		r = adopt(c, request, fds);
	if (request->kind == CONTROL_ATTACH)
		r = attach(c, request);
	if (r < 0)
		answer(c, r);
}

static void serve(Client *c)
{
	ControlRequest request;
	int fds[PACKET_FDS], r = packet_receive(c->fd, &request, sizeof request, fds);

	if (r == -EAGAIN)
		return;
	request.app[sizeof request.app - 1] = '\0';
	if (r == 1 && c->asked == CONTROL_NOTHING)
		handle(c, &request, fds);
	else
		drop(c);
	for (unsigned i = 0; i < PACKET_FDS; i++)
		(void)fd_close(fds[i]);
}

static void accept_client(void)
{
	int fd = accept4(control.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	control.starved = fd < 0 && errno != EAGAIN && errno != EINTR;
	for (unsigned i = 0; i < CONTROL_CLIENTS && fd >= 0; i++)
		if (control.clients[i].fd == 0) {
			control.clients[i] = (Client){.fd = fd, .since = monotonic_seconds()};
			return;
		}
	(void)fd_close(fd);
}

static bool is_full(void)
{
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (control.clients[i].fd == 0)
			return false;
	return true;
}

/* Who has connected and says nothing keeps others out for a while only. */
static void drop_silent(void)
{
	bool full = is_full();

	control.crowded = false;
	for (unsigned i = 0; full && i < CONTROL_CLIENTS; i++) {
		Client *c = &control.clients[i];

		if (c->asked != CONTROL_NOTHING)
			continue;
		control.crowded = true;
		if (monotonic_seconds() - c->since >= CONTROL_SILENCE)
			drop(c);
	}
}

int control_timeout(void)
{
	return control.crowded ? 1000 : -1;
}

unsigned control_poll(struct pollfd *fds)
{
	unsigned n = 0;

	if (control.listener == 0)
		return 0;
	n++;
	drop_silent();
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (control.clients[i].fd > 0)
			fds[n++] = (struct pollfd){.fd = control.clients[i].fd, .events = POLLIN};
	/* More of them wait until there is a place; those for whom there was no descriptor, until
	 * anything has happened. */
	fds[0] = (struct pollfd){
		.fd = n <= CONTROL_CLIENTS && !control.starved ? control.listener : -1,
		.events = POLLIN,
	};
	control.starved = false;
	return n;
}

void control_dispatch(const struct pollfd *fds, unsigned n)
{
	for (unsigned j = 1; j < n; j++)
		for (unsigned i = 0; fds[j].revents && i < CONTROL_CLIENTS; i++)
			if (control.clients[i].fd == fds[j].fd)
				serve(&control.clients[i]);
	if (n > 0 && fds[0].revents)
		accept_client();
}

static void answer_those(ControlKind asked, unsigned app, int r)
{
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (control.clients[i].asked == asked && control.clients[i].app == app)
			answer(&control.clients[i], r);
}

void control_app_started(unsigned app, int r)
{
	if (r < 0)
		streams_app_ended(app);
	if (control.listener == 0)
		return;
	control.apps[app] = r < 0 ? APP_NONE : APP_RUNNING;
	answer_those(CONTROL_STARTED, app, r);
	if (r < 0)
		answer_those(CONTROL_STOP, app, 0);
}

void control_app_ended(unsigned app)
{
	streams_app_ended(app);
	if (control.listener == 0)
		return;
	control.apps[app] = APP_NONE;
	answer_those(CONTROL_STOP, app, 0);
}
