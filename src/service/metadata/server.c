/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/server.h"

#include <poll.h>
#include "service/metadata/api.h"

/* What everybody who can reach the port may take up. A pod has an address of its own, and so a
 * share of its own, unless it is in the host's network. */
#define CONNECTIONS_MAX         512
#define CONNECTIONS_PER_ADDRESS 32
#define IDLE_SECONDS            30

/* One server's requests. */
typedef struct Interface {
	const Route *routes;
	const size_t *n;
} Interface;

static const Interface registration = {registration_routes, &n_registration_routes};
static const Interface public = {public_routes, &n_public_routes};

/* What it returns is *state of the functions below, when they are called first. */
static void *arrive(void *service, const char *uri, struct MHD_Connection *connection)
{
	return request_new(service, connection);
}

/* Called for a request's head, for each part of its body, and at its end. */
static enum MHD_Result serve(void *to, struct MHD_Connection *connection, const char *path,
	const char *method, const char *version, const char *data, size_t *len, void **state)
{
	const Interface *interface = to;
	Request *q = *state;

	if (!q)
		return MHD_NO;
	if (!q->method) {
		request_begin(q, interface->routes, *interface->n, method, path);
	} else if (*len > 0) {
		if (!q->answered && !request_take(q, data, *len))
			return MHD_NO;
		*len = 0;
	} else if (!q->answered) {
		request_finish(q);
	}
	return q->answered ? q->result : MHD_YES;
}

static void leave(void *service, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	if (*state)
		request_free(*state);
	*state = NULL;
}

static int start(Service *service, const Interface *interface, int socket, unsigned per_address,
	struct MHD_Daemon **ret, Error *err)
{
	*ret = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, serve, (void *)(uintptr_t)interface,
		MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_URI_LOG_CALLBACK, arrive, service,
		MHD_OPTION_NOTIFY_COMPLETED, leave, NULL, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
	return *ret ? 0 : fail(err, -EIO, "cannot start the HTTP server");
}

int server_start(Server *s, int registration_socket, int public_socket, Error *err)
{
	int r = signer_init(&s->service.signer, err);

	if (r == 0)
		r = start(
			&s->service, &registration, registration_socket, 0, &s->registration, err);
	if (r == 0)
		r = start(&s->service, &public, public_socket, CONNECTIONS_PER_ADDRESS, &s->public,
			err);
	return r;
}

void server_stop(Server *s)
{
	if (s->registration)
		MHD_stop_daemon(s->registration);
	if (s->public)
		MHD_stop_daemon(s->public);
	registrations_done(&s->service.registrations);
	explicit_bzero(&s->service.signer, sizeof s->service.signer);
}

static int poll_fd(struct MHD_Daemon *daemon)
{
	return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* Until when a server wants to be called, in ms; -1: never. */
static int patience(const Server *s)
{
	struct MHD_Daemon *const daemons[] = {s->registration, s->public};
	int least = -1;

	for (size_t i = 0; i < ARRAY_LEN(daemons); i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(daemons[i], &ms) != MHD_YES)
			continue;
		ms = MIN(ms, (MHD_UNSIGNED_LONG_LONG)IDLE_SECONDS * 1000);
		if (least < 0 || (int)ms < least)
			least = (int)ms;
	}
	return least;
}

int server_run(const Server *s, int signals, Error *err)
{
	struct pollfd fds[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = poll_fd(s->registration), .events = POLLIN},
		{.fd = poll_fd(s->public), .events = POLLIN},
	};

	for (;;) {
		if (poll(fds, ARRAY_LEN(fds), patience(s)) < 0 && errno != EINTR)
			return fail_errno(err, -errno, "wait for requests");
		if (fds[0].revents)
			return 0;
		if (MHD_run(s->registration) != MHD_YES || MHD_run(s->public) != MHD_YES)
			return fail(err, -EIO, "the HTTP server has failed");
	}
}
