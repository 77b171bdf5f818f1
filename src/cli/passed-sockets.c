/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/passed-sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "net/address.h"

/* One of the sockets. */
typedef struct Passed {
	const char *protocol; /* "tcp" or "udp"; NULL: another kind */
	Address address;
	bool any; /* all of the host's addresses of its family */
	unsigned port;
	bool used;
} Passed;

static unsigned number_of(const char *variable, unsigned max)
{
	const char *text = getenv(variable);
	uint64_t number;

	return text && number_parse_u64(text, max, &number) == 0 ? (unsigned)number : 0;
}

void passed_sockets_take(PassedSockets *s)
{
	unsigned n;

	if (number_of("LISTEN_PID", INT32_MAX) != (unsigned)getpid())
		return;
	n = number_of("LISTEN_FDS", INT32_MAX);
	if (n > PLAN_SOCKETS_MAX) {
		log_line(NULL, "warning: of the %u sockets that rkt was passed only %d are used", n,
			PLAN_SOCKETS_MAX);
		n = PLAN_SOCKETS_MAX;
	}
	while (s->n < n && fd_set_cloexec(PLAN_SOCKETS_FIRST + (int)s->n, true) == 0)
		s->n++;
}

static const char *protocol_of(int fd)
{
	int type = 0, listens = 0;
	socklen_t len = sizeof type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return NULL;
	if (type == SOCK_DGRAM)
		return "udp";
	len = sizeof listens;
	if (type != SOCK_STREAM || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0)
		return NULL;
	return listens ? "tcp" : NULL;
}

/* Looks at one. Without a protocol it is nothing that a port can be. */
static Passed look_at(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage storage;
	} name = {.any = {.sa_family = AF_UNSPEC}};
	static const uint8_t zeros[sizeof(struct in6_addr)];
	socklen_t len = sizeof name;
	Passed p = {.protocol = NULL};

	if (getsockname(fd, &name.any, &len) < 0)
		return p;
	p.address.family = name.any.sa_family;
	if (name.any.sa_family == AF_INET) {
		p.port = ntohs(name.in.sin_port);
		memcpy(p.address.bytes, &name.in.sin_addr, sizeof name.in.sin_addr);
	} else if (name.any.sa_family == AF_INET6) {
		p.port = ntohs(name.in6.sin6_port);
		memcpy(p.address.bytes, &name.in6.sin6_addr, sizeof name.in6.sin6_addr);
	} else {
		return p;
	}
	p.any = memcmp(p.address.bytes, zeros, address_size(&p.address)) == 0;
	p.protocol = protocol_of(fd);
	return p;
}

static bool is_for(const Passed *p, const ActivatedPort *port)
{
	Address wanted;

	if (!p->protocol || !streq(p->protocol, port->protocol) || p->port < port->port ||
		p->port - port->port >= port->count)
		return false;
	if (!port->host_ip || p->any)
		return true;
	return address_parse(port->host_ip, &wanted) == 0 && wanted.family == p->address.family &&
	       memcmp(wanted.bytes, p->address.bytes, address_size(&wanted)) == 0;
}

static void say_missing(const ActivatedPort *port, const char *app)
{
	log_line(NULL,
		"warning: port \"%s\" of app \"%s\" is socket-activated, but rkt was passed no "
		"socket of %s port %u",
		port->name, app, port->protocol, port->port);
}

/* The words that rkt's users know. */
static void say_assumed(const ActivatedPort *port)
{
	log_line(NULL,
		"warning: no --port option for socket-activated port \"%s\", assuming port %u as "
		"specified in the manifest",
		port->name, port->port);
}

static void give(PassedSockets *s, Passed *list, const ActivatedPort *port, const char *app)
{
	PlanSockets *own = &s->apps[port->app];
	size_t before = own->n;

	if (port->exposed == SIZE_MAX)
		say_assumed(port);
	for (unsigned i = 0; i < s->n; i++) {
		if (list[i].used || !is_for(&list[i], port))
			continue;
		list[i].used = true;
		own->places[own->n] = i;
		own->names[own->n++] = port->name;
	}
	if (own->n == before)
		say_missing(port, app);
	else if (port->exposed != SIZE_MAX)
		s->taken[port->exposed] = true;
}

static void close_unused(const PassedSockets *s, const Passed *list)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (list[i].used)
			continue;
		log_line(NULL,
			"warning: no app has a socket-activated port for descriptor %u, a socket "
			"that rkt was passed (%s port %u)",
			PLAN_SOCKETS_FIRST + i, list[i].protocol ? list[i].protocol : "other",
			list[i].port);
		(void)fd_close(PLAN_SOCKETS_FIRST + (int)i);
	}
}

static int make_room(PassedSockets *s, const PodManifest *m, Error *err)
{
	s->apps = arena_new(&s->arena, PlanSockets, m->n_apps + 1);
	s->taken = arena_new(&s->arena, bool, m->n_ports + 1);
	for (size_t i = 0; s->apps && i < m->n_apps; i++) {
		s->apps[i].places = arena_new(&s->arena, uint32_t, s->n + 1);
		s->apps[i].names = arena_new(&s->arena, const char *, s->n + 1);
		if (!s->apps[i].places || !s->apps[i].names)
			return fail_oom(err);
	}
	return s->apps && s->taken ? 0 : fail_oom(err);
}

int passed_sockets_match(
	PassedSockets *s, const PodManifest *m, const Image *const *images, Error *err)
{
	Passed list[PLAN_SOCKETS_MAX];
	ActivatedPort *ports;
	size_t n;
	int r = pod_ports_activated(m, images, &s->arena, &ports, &n, err);

	if (r < 0 || (n == 0 && s->n == 0))
		return r;
	r = make_room(s, m, err);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < s->n; i++)
		list[i] = look_at(PLAN_SOCKETS_FIRST + (int)i);
	for (size_t i = 0; i < n; i++)
		give(s, list, &ports[i], m->apps[ports[i].app].name);
	close_unused(s, list);
	return 0;
}

void passed_sockets_done(PassedSockets *s)
{
	arena_done(&s->arena);
}
