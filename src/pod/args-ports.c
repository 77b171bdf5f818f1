/* SPDX-License-Identifier: Apache-2.0 */

/* --port, and ports that sockets are passed for. */

#include "pod/args-internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include "base/number.h"
#include "base/strbuf.h"
#include "spec/ac-types.h"

#define ANY_IP "0.0.0.0"

/* An address, where IPv6 may stand in brackets. */
static int parse_ip(const char *text, size_t len, Arena *arena, const char **ret, Error *err)
{
	unsigned char address[sizeof(struct in6_addr)];
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	char *ip = arena_strndup(arena, text + bracketed, len - (bracketed ? 2 : 0));

	if (!ip)
		return fail_oom(err);
	if ((bracketed || inet_pton(AF_INET, ip, address) != 1) &&
		inet_pton(AF_INET6, ip, address) != 1)
		return fail(err, -EINVAL, "\"%s\" is not an IP address", ip);
	*ret = ip;
	return 0;
}

static int parse_number(const char *text, unsigned *ret, Error *err)
{
	uint64_t number;

	if (number_parse_u64(text, 65535, &number) < 0 || number == 0)
		return fail(err, -EINVAL, "port \"%s\" must be a number from 1 to 65535", text);
	*ret = (unsigned)number;
	return 0;
}

static int parse_name(const char *text, size_t len, Arena *arena, ExposedPort *port, Error *err)
{
	port->name = arena_strndup(arena, text, len);
	if (!port->name)
		return fail_oom(err);
	if (!ac_name_valid(port->name))
		return fail(err, -EINVAL,
			"port name \"%s\" must consist of lower-case letters, digits and \"-\"",
			port->name);
	return 0;
}

/* "[HOSTIP:]HOSTPORT". */
static int parse_host(const char *text, Arena *arena, ExposedPort *port, Error *err)
{
	const char *last = strrchr(text, ':');
	int r = last ? parse_ip(text, (size_t)(last - text), arena, &port->host_ip, err) : 0;

	return r < 0 ? r : parse_number(last ? last + 1 : text, &port->host_port, err);
}

int args_parse_port(const char *text, Arena *arena, ExposedPort *ret, Error *err)
{
	const char *colon = strchr(text, ':');
	ExposedPort port = {0};
	int r;

	if (!colon)
		return fail(err, -EINVAL, "\"%s\" is not in NAME:[HOSTIP:]HOSTPORT form", text);
	r = parse_name(text, (size_t)(colon - text), arena, &port, err);
	if (r == 0)
		r = parse_host(colon + 1, arena, &port, err);
	if (r == 0)
		*ret = port;
	return r;
}

static int parse_target(const char *protocol, const char *number, Port *ret, Error *err)
{
	if (!streq(protocol, "tcp") && !streq(protocol, "udp") && !streq(protocol, "sctp"))
		return fail(err, -EINVAL, "protocol \"%s\" must be tcp, udp or sctp", protocol);
	ret->protocol = protocol;
	ret->count = 1;
	return parse_number(number, &ret->port, err);
}

int args_parse_pod_port(const char *text, Arena *arena, ExposedPort *ret, Error *err)
{
	char *words[3] = {arena_strdup(arena, text)}, *rest = words[0];
	ExposedPort port = {.has_pod_port = true};
	int r;

	for (size_t i = 0; i < ARRAY_LEN(words) && rest; i++) {
		words[i] = rest;
		rest = strchr(rest, ':');
		if (rest)
			*rest++ = '\0';
	}
	if (!words[0])
		return fail_oom(err);
	if (!rest)
		return fail(err, -EINVAL,
			"\"%s\" is not in NAME:PROTOCOL:PODPORT:[HOSTIP:]HOSTPORT form", text);
	r = parse_name(words[0], strlen(words[0]), arena, &port, err);
	if (r == 0)
		r = parse_target(words[1], words[2], &port.pod_port, err);
	/* An address that is left empty is any. */
	if (r == 0)
		r = parse_host(rest[0] == ':' ? rest + 1 : rest, arena, &port, err);
	port.pod_port.name = port.name;
	if (r == 0)
		*ret = port;
	return r;
}

int args_ports(const PodArgs *args, PodManifest *m, Error *err)
{
	const StrList *texts = &args->ports;

	m->ports = arena_new(&m->arena, ExposedPort, texts->n);
	if (!m->ports)
		return fail_oom(err);
	for (size_t i = 0; i < texts->n; i++) {
		int r = (args->mutable ? args_parse_pod_port : args_parse_port)(
			texts->items[i], &m->arena, &m->ports[i], err);

		if (r < 0)
			return wrap(err, r, "invalid argument \"%s\" for --port", texts->items[i]);
	}
	m->n_ports = texts->n;
	return 0;
}

static const App *app_of(const RuntimeApp *app, const Image *image)
{
	if (app->has_app)
		return &app->app;
	return image && image->manifest->has_app ? &image->manifest->app : NULL;
}

/* What --port could have named. */
static void hint_ports(const PodManifest *m, const Image *const *images, Error *err)
{
	_cleanup_strbuf_ StrBuf list = STRBUF_INIT(1u << 20);

	for (size_t i = 0; i < m->n_apps; i++) {
		const App *app = app_of(&m->apps[i], images ? images[i] : NULL);

		for (size_t k = 0; app && k < app->n_ports; k++)
			strbuf_printf(&list, "%s\"%s\" (%s %u) of app \"%s\"",
				list.len > 0 ? ", " : "", app->ports[k].name,
				app->ports[k].protocol, app->ports[k].port, m->apps[i].name);
	}
	if (list.len > 0)
		error_hint(err, "there are ports %s", strbuf_text(&list));
	else
		error_hint(err, "no app of the pod has a port: images name theirs");
}

/* The port that an exposed port leads to: its own, or the one of that name in exactly one app. */
static int find_target(const PodManifest *m, const Image *const *images, const ExposedPort *exposed,
	const Port **ret, Error *err)
{
	const Port *found = exposed->has_pod_port ? &exposed->pod_port : NULL;

	for (size_t i = 0; i < m->n_apps && !exposed->has_pod_port; i++) {
		const App *app = app_of(&m->apps[i], images ? images[i] : NULL);

		for (size_t k = 0; app && k < app->n_ports; k++) {
			if (!streq(app->ports[k].name, exposed->name))
				continue;
			if (found) {
				(void)fail(err, -EINVAL, "port name \"%s\" defined multiple apps",
					exposed->name);
				hint_ports(m, images, err);
				return -EINVAL;
			}
			found = &app->ports[k];
		}
	}
	if (!found) {
		(void)fail(err, -EINVAL, "port name \"%s\" could not be found in any apps",
			exposed->name);
		hint_ports(m, images, err);
		return -EINVAL;
	}
	*ret = found;
	return 0;
}

static bool any_ip(const char *ip)
{
	return !ip || streq(ip, ANY_IP) || streq(ip, "::");
}

int pod_ports_find(
	const PodManifest *m, const Image *const *images, Arena *arena, PodPort **ret, Error *err)
{
	PodPort *list = arena_new(arena, PodPort, m->n_ports + 1);

	if (!list)
		return fail_oom(err);
	for (size_t i = 0; i < m->n_ports; i++) {
		const Port *target;
		int r = find_target(m, images, &m->ports[i], &target, err);

		if (r < 0)
			return r;
		list[i] = (PodPort){
			.protocol = target->protocol,
			.host_ip = any_ip(m->ports[i].host_ip) ? NULL : m->ports[i].host_ip,
			.host_port = m->ports[i].host_port,
			.pod_port = target->port,
			.count = target->count,
		};
	}
	*ret = list;
	return 0;
}

static bool same_host_port(const ExposedPort *a, const ExposedPort *b)
{
	return a->host_port == b->host_port &&
	       (any_ip(a->host_ip) || any_ip(b->host_ip) || streq(a->host_ip, b->host_ip));
}

static bool overlap(const Port *a, const Port *b)
{
	return streq(a->protocol, b->protocol) && a->port < b->port + b->count &&
	       b->port < a->port + a->count;
}

/* The apps of a pod share its addresses: of two that have one port, the first one to listen gets
 * what comes for either. */
static void warn_if_shared(const PodManifest *m, const Image *const *images, const Port *target,
	void (*say)(const char *text))
{
	char text[512];

	for (size_t i = 0; i < m->n_apps; i++) {
		const App *app = app_of(&m->apps[i], images ? images[i] : NULL);

		if (!app || (target >= app->ports && target < app->ports + app->n_ports))
			continue;
		for (size_t k = 0; k < app->n_ports; k++) {
			if (!overlap(&app->ports[k], target))
				continue;
			(void)snprintf(text, sizeof text,
				"warning: port \"%s\" leads to %s port %u of the pod, which is "
				"also "
				"port \"%s\" of app \"%s\": only one of them can listen there",
				target->name, target->protocol, target->port, app->ports[k].name,
				m->apps[i].name);
			say(text);
		}
	}
}

int pod_ports_check(
	const PodManifest *m, const Image *const *images, void (*say)(const char *text), Error *err)
{
	for (size_t i = 0; i < m->n_ports; i++) {
		const Port *target, *other;
		int r = find_target(m, images, &m->ports[i], &target, err);

		if (r < 0)
			return r;
		if (!m->ports[i].has_pod_port)
			warn_if_shared(m, images, target, say);
		for (size_t k = 0; k < i; k++) {
			if (!same_host_port(&m->ports[i], &m->ports[k]) ||
				find_target(m, images, &m->ports[k], &other, err) < 0 ||
				!streq(target->protocol, other->protocol))
				continue;
			return fail(err, -EINVAL, "port %s-%s:%u already mapped to pod port %u",
				other->protocol, m->ports[k].host_ip ? m->ports[k].host_ip : ANY_IP,
				m->ports[k].host_port, other->port);
		}
	}
	return 0;
}

static size_t find_exposed(const PodManifest *m, const char *name)
{
	for (size_t i = 0; i < m->n_ports; i++)
		if (streq(m->ports[i].name, name))
			return i;
	return SIZE_MAX;
}

/* Where nobody has said which port of the host it is, it is the one of the app. */
static ActivatedPort activated(const PodManifest *m, size_t app, const Port *port)
{
	size_t i = find_exposed(m, port->name);
	const ExposedPort *exposed = i == SIZE_MAX ? NULL : &m->ports[i];

	return (ActivatedPort){
		.app = app,
		.exposed = i,
		.name = port->name,
		.protocol = port->protocol,
		.host_ip = !exposed || any_ip(exposed->host_ip) ? NULL : exposed->host_ip,
		.port = exposed ? exposed->host_port : port->port,
		.count = port->count,
	};
}

static size_t count_activated(const PodManifest *m, const Image *const *images)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_apps; i++) {
		const App *app = app_of(&m->apps[i], images[i]);

		for (size_t k = 0; app && k < app->n_ports; k++)
			n += app->ports[k].socket_activated;
	}
	return n;
}

int pod_ports_activated(const PodManifest *m, const Image *const *images, Arena *arena,
	ActivatedPort **ret, size_t *ret_n, Error *err)
{
	size_t count = count_activated(m, images), n = 0;
	ActivatedPort *list = count > 0 ? arena_new(arena, ActivatedPort, count) : NULL;

	if (count > 0 && !list)
		return fail_oom(err);
	for (size_t i = 0; i < m->n_apps; i++) {
		const App *app = app_of(&m->apps[i], images[i]);

		for (size_t k = 0; app && k < app->n_ports; k++) {
			const Port *port = &app->ports[k];

			if (!port->socket_activated)
				continue;
			if (!streq(port->protocol, "tcp") && !streq(port->protocol, "udp"))
				return fail(err, -EINVAL,
					"port \"%s\" of app \"%s\" is socket-activated, which "
					"\"%s\" "
					"cannot be: only tcp and udp can",
					port->name, m->apps[i].name, port->protocol);
			list[n++] = activated(m, i, port);
		}
	}
	*ret = list;
	*ret_n = n;
	return 0;
}
