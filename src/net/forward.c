/* SPDX-License-Identifier: Apache-2.0 */
#include "net/forward.h"

#include <stdio.h>
#include "base/atomic-file.h"
#include "base/fd.h"
#include "spec/json-fields.h"

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
	if (port->host_ip && !forwarding_target(f, to->host.family))
		return fail(err, -EADDRNOTAVAIL,
			"ports of %s cannot be forwarded: the pod has no address of that kind",
			port->host_ip);
	f->n_ports++;
	return 0;
}

/* The first address of each family. */
static int find_targets(const CniResult *result, bool near, Forwarding *f, Error *err)
{
	for (size_t i = 0; i < result->n_ips && f->n_targets < FORWARD_TARGETS; i++) {
		ForwardTarget *t = &f->targets[f->n_targets];
		Address a;

		if (address_parse_network(result->ips[i].address, &a) < 0 ||
			forwarding_target(f, a.family))
			continue;
		t->address = t->near = a;
		t->address.prefix = address_bits(&a);
		if (!near)
			t->near = t->address;
		f->n_targets++;
	}
	return f->n_targets > 0
		       ? 0
		       : fail(err, -EADDRNOTAVAIL,
				 "the pod has no address that ports could be forwarded to");
}

int forward_make(const char *owner, const PodPort *ports, size_t n, const CniResult *result,
	bool near, Forward *ret, Error *err)
{
	Forwarding *f = &ret->forwarding;
	size_t total = 0;
	int r = find_targets(result, near, f, err);

	if (r < 0)
		return r;
	(void)snprintf(f->owner, sizeof f->owner, "%s", owner);
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

int forward_allow_loopback(const CniResult *result, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < result->n_interfaces && r == 0; i++) {
		const CniInterface *interface = &result->interfaces[i];

		if (!interface->sandbox || interface->sandbox[0] == '\0')
			r = ports_allow_loopback(interface->name, err);
	}
	return r;
}

/* As it is written. */
typedef struct PortFile {
	const char *host;
	int64_t protocol, host_port, pod_port;
} PortFile;

typedef struct TargetFile {
	const char *address, *near;
} TargetFile;

typedef struct ForwardFile {
	TargetFile *targets;
	size_t n_targets;
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

static const Field target_fields[] = {
	FIELD(TargetFile, address, "address", text, .flags = FIELD_REQUIRED),
	FIELD(TargetFile, near, "near", text),
};
static const ObjectType target_object = OBJECT_TYPE(TargetFile, target_fields, NULL);

static const Field forward_fields[] = {
	FIELD(ForwardFile, targets, "targets", objects, .max = FORWARD_TARGETS,
		.aux = offsetof(ForwardFile, n_targets), .object = &target_object),
	FIELD(ForwardFile, ports, "ports", objects, .max = PORTS_MAX,
		.aux = offsetof(ForwardFile, n_ports), .object = &port_object),
};
static const ObjectType forward_object = OBJECT_TYPE(ForwardFile, forward_fields, NULL);

static const char *text_of(Arena *arena, const Address *a, bool network)
{
	char text[ADDRESS_TEXT];

	return arena_strdup(arena, network ? address_network_text(a, text) : address_text(a, text));
}

/* What is written for f; only the lists need memory. */
static int fill_file(const Forwarding *f, Arena *arena, ForwardFile *ret)
{
	ret->targets = arena_new(arena, TargetFile, f->n_targets + 1);
	ret->ports = arena_new(arena, PortFile, f->n_ports + 1);
	if (!ret->targets || !ret->ports)
		return -ENOMEM;
	ret->n_targets = f->n_targets;
	for (size_t i = 0; i < f->n_targets; i++)
		ret->targets[i] = (TargetFile){
			.address = text_of(arena, &f->targets[i].address, false),
			.near = f->targets[i].near.family
					? text_of(arena, &f->targets[i].near, true)
					: NULL,
		};
	ret->n_ports = f->n_ports;
	for (size_t i = 0; i < f->n_ports; i++)
		ret->ports[i] = (PortFile){
			.host = f->ports[i].any_address ? NULL
							: text_of(arena, &f->ports[i].host, false),
			.protocol = f->ports[i].protocol,
			.host_port = f->ports[i].host_port,
			.pod_port = f->ports[i].pod_port,
		};
	return 0;
}

int forward_save(int dirfd, const char *file, const Forward *f, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	ForwardFile content;

	if (fill_file(&f->forwarding, &arena, &content) < 0 ||
		json_print(fields_write(&arena, &forward_object, &content), false, &text) < 0)
		return fail_oom(err);
	return atomic_write(dirfd, file, 0644, text, strlen(text), err);
}

static int take_port(const PortFile *from, ForwardedPort *ret)
{
	*ret = (ForwardedPort){
		.any_address = !from->host,
		.protocol = (uint8_t)from->protocol,
		.host_port = (uint16_t)from->host_port,
		.pod_port = (uint16_t)from->pod_port,
	};
	return from->host ? address_parse(from->host, &ret->host) : 0;
}

static int take_target(const TargetFile *from, ForwardTarget *ret)
{
	int r = address_parse(from->address, &ret->address);

	return r == 0 && from->near ? address_parse_network(from->near, &ret->near) : r;
}

static int take_file(const ForwardFile *file, Forward *ret)
{
	Forwarding *f = &ret->forwarding;
	int r = 0;

	f->ports = arena_new(&ret->arena, ForwardedPort, file->n_ports + 1);
	if (!f->ports)
		return -ENOMEM;
	for (; f->n_targets < file->n_targets && r == 0; f->n_targets++)
		r = take_target(&file->targets[f->n_targets], &f->targets[f->n_targets]);
	for (; f->n_ports < file->n_ports && r == 0; f->n_ports++)
		r = take_port(&file->ports[f->n_ports], &f->ports[f->n_ports]);
	return r;
}

int forward_load(int dirfd, const char *file, const char *owner, Forward *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	ForwardFile content = {.n_ports = 0};
	size_t len;
	int r = fd_read_file(dirfd, file, FILE_MAX, &text, &len, NULL);

	if (r == -ENOENT)
		return r;
	if (r < 0)
		return fail_errno(err, r, "read %s", file);
	r = fields_read_document(
		text, len, FILE_MAX, file, &forward_object, &ret->arena, &content, err);
	if (r < 0)
		return r;
	(void)snprintf(ret->forwarding.owner, FORWARD_OWNER, "%s", owner);
	r = take_file(&content, ret);
	if (r == -ENOMEM)
		return fail_oom(err);
	return r < 0 ? fail(err, r, "%s: not an IP address", file) : 0;
}

void forward_name_owner(const char *uuid, char ret[static FORWARD_OWNER])
{
	(void)snprintf(ret, FORWARD_OWNER, "pod-%.8s", uuid);
}

int forward_load_of(int dirfd, const char *uuid, Forward *ret, Error *err)
{
	char owner[FORWARD_OWNER];

	forward_name_owner(uuid, owner);
	return forward_load(dirfd, FORWARD_FILE, owner, ret, err);
}

int forward_take_back(int dirfd, const char *uuid, Error *err)
{
	_cleanup_forward_ Forward f = {.arena = {0}};
	int r = forward_load_of(dirfd, uuid, &f, err);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : ports_remove(&f.forwarding, err);
}
