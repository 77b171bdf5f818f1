/* SPDX-License-Identifier: Apache-2.0 */
#include "net/forward.h"

#include <stdio.h>
#include "base/fd.h"
#include "spec/json-fields.h"

#define FILE_NAME "net/ports.json"
#define FILE_MAX  (1u << 20)
#define PORTS_MAX 65536

void forward_done(Forward *f)
{
	arena_done(&f->arena);
}

static int add_port(const PodPort *port, unsigned step, Forwarding *f, Error *err)
{
	ForwardedPort *to = &f->ports[f->n_ports];
	int protocol = ports_protocol(port->protocol);

	if (protocol < 0)
		return fail(err, protocol, "ports of protocol \"%s\" cannot be forwarded",
			port->protocol);
	if (port->host_port + step > UINT16_MAX || port->pod_port + step > UINT16_MAX)
		return fail(err, -E2BIG, "port %u and those behind it go beyond 65535",
			port->host_port);
	*to = (ForwardedPort){
		.any_address = !port->host_ip,
		.protocol = (uint8_t)protocol,
		.host_port = (uint16_t)(port->host_port + step),
		.pod_port = (uint16_t)(port->pod_port + step),
	};
	if (port->host_ip && address_parse(port->host_ip, &to->host) < 0)
		return fail(err, -EINVAL, "\"%s\" is not an IP address", port->host_ip);
	if (port->host_ip && to->host.family != f->address.family)
		return fail(err, -EAFNOSUPPORT,
			"ports of %s cannot be forwarded: only those of IPv4 addresses are",
			port->host_ip);
	f->n_ports++;
	return 0;
}

/* The pod's first IPv4 address. */
static int find_address(const CniResult *result, Address *ret, Error *err)
{
	for (size_t i = 0; i < result->n_ips; i++)
		if (address_parse_network(result->ips[i].address, ret) == 0 &&
			ret->family == AF_INET)
			return 0;
	return fail(err, -EADDRNOTAVAIL,
		"the pod has no IPv4 address that ports could be forwarded to");
}

int forward_make(const Pod *pod, const PodPort *ports, size_t n, const CniResult *result, bool near,
	Forward *ret, Error *err)
{
	Forwarding *f = &ret->forwarding;
	size_t total = 0;
	int r = find_address(result, &f->near, err);

	if (r < 0)
		return r;
	f->pod = pod->uuid;
	f->address = f->near;
	f->address.prefix = address_bits(&f->address);
	if (!near)
		f->near = f->address;
	for (size_t i = 0; i < n; i++)
		total += ports[i].count;
	f->ports = arena_new(&ret->arena, ForwardedPort, MIN(total, PORTS_MAX) + 1);
	if (!f->ports)
		return fail_oom(err);
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < ports[i].count && r == 0; k++)
			r = f->n_ports < PORTS_MAX
				    ? add_port(&ports[i], k, f, err)
				    : fail(err, -E2BIG, "more than %d ports", PORTS_MAX);
	return r;
}

/* As it is written. */
typedef struct PortFile {
	const char *host;
	int64_t protocol, host_port, pod_port;
} PortFile;

typedef struct ForwardFile {
	const char *address, *near;
	PortFile *ports;
	size_t n_ports;
} ForwardFile;

static const Field port_fields[] = {
	FIELD(PortFile, host, "hostIP", text),
	FIELD(PortFile, protocol, "protocol", number, .min = 0, .max = UINT8_MAX),
	FIELD(PortFile, host_port, "hostPort", number, .min = 0, .max = UINT16_MAX),
	FIELD(PortFile, pod_port, "podPort", number, .min = 0, .max = UINT16_MAX),
};
static const ObjectType port_object = OBJECT_TYPE(PortFile, port_fields, NULL);

static const Field forward_fields[] = {
	FIELD(ForwardFile, address, "address", text, .flags = FIELD_REQUIRED),
	FIELD(ForwardFile, near, "near", text, .flags = FIELD_REQUIRED),
	FIELD(ForwardFile, ports, "ports", objects, .max = PORTS_MAX,
		.aux = offsetof(ForwardFile, n_ports), .object = &port_object),
};
static const ObjectType forward_object = OBJECT_TYPE(ForwardFile, forward_fields, NULL);

int forward_save(const Pod *pod, const Forward *f, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	char address[ADDRESS_TEXT], near[ADDRESS_TEXT];
	ForwardFile file = {
		.address = address_text(&f->forwarding.address, address),
		.near = address_network_text(&f->forwarding.near, near),
		.ports = arena_new(&arena, PortFile, f->forwarding.n_ports + 1),
		.n_ports = f->forwarding.n_ports,
	};

	if (!file.ports)
		return fail_oom(err);
	for (size_t i = 0; i < file.n_ports; i++) {
		const ForwardedPort *p = &f->forwarding.ports[i];
		char host[ADDRESS_TEXT];

		file.ports[i] = (PortFile){
			.host = p->any_address ? NULL
					       : arena_strdup(&arena, address_text(&p->host, host)),
			.protocol = p->protocol,
			.host_port = p->host_port,
			.pod_port = p->pod_port,
		};
	}
	if (json_print(fields_write(&arena, &forward_object, &file), false, &text) < 0)
		return fail_oom(err);
	return fd_write_file(pod->fd, FILE_NAME, 0644, text, strlen(text), err);
}

static int take_ports(const ForwardFile *file, Forward *ret, Error *err)
{
	ForwardedPort *ports = arena_new(&ret->arena, ForwardedPort, file->n_ports + 1);

	if (!ports)
		return fail_oom(err);
	for (size_t i = 0; i < file->n_ports; i++) {
		const PortFile *p = &file->ports[i];

		ports[i] = (ForwardedPort){
			.any_address = !p->host,
			.protocol = (uint8_t)p->protocol,
			.host_port = (uint16_t)p->host_port,
			.pod_port = (uint16_t)p->pod_port,
		};
		if (p->host && address_parse(p->host, &ports[i].host) < 0)
			return fail(
				err, -EINVAL, FILE_NAME ": \"%s\" is not an IP address", p->host);
	}
	ret->forwarding.ports = ports;
	ret->forwarding.n_ports = file->n_ports;
	return 0;
}

int forward_load(const Pod *pod, Forward *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	ForwardFile file = {.n_ports = 0};
	size_t len;
	int r = fd_read_file(pod->fd, FILE_NAME, FILE_MAX, &text, &len, NULL);

	if (r == -ENOENT)
		return r;
	if (r < 0)
		return fail_errno(err, r, "read " FILE_NAME);
	r = fields_read_document(
		text, len, FILE_MAX, FILE_NAME, &forward_object, &ret->arena, &file, err);
	if (r < 0)
		return r;
	ret->forwarding.pod = pod->uuid;
	if (address_parse(file.address, &ret->forwarding.address) < 0 ||
		address_parse_network(file.near, &ret->forwarding.near) < 0)
		return fail(err, -EINVAL, FILE_NAME ": not an IP address");
	return take_ports(&file, ret, err);
}

void forward_forget(const Pod *pod)
{
	(void)unlinkat(pod->fd, FILE_NAME, 0);
}
