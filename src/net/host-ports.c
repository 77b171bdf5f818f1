/* SPDX-License-Identifier: Apache-2.0 */
#include "net/host-ports.h"

#include <netinet/in.h>
#include <stdio.h>
#include "base/fd.h"

/* Binds a socket for a moment: 0 or a negative errno. */
static int try_bind(const Address *a, uint8_t protocol, uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	const bool tcp = protocol == IPPROTO_TCP, six = a->family == AF_INET6;
	const int one = 1;
	_cleanup_close_ int fd =
		socket(a->family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(&in.sin_addr, a->bytes, sizeof in.sin_addr);
	memcpy(&in6.sin6_addr, a->bytes, sizeof in6.sin6_addr);
	/* Connections that have ended do not count, nor does the other family. */
	if (tcp)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (six)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	return bind(fd, six ? (const void *)&in6 : &in, six ? sizeof in6 : sizeof in) < 0 ? -errno
											  : 0;
}

bool host_has_address(const Address *a)
{
	return try_bind(a, IPPROTO_UDP, 0) != -EADDRNOTAVAIL;
}

static void warn(const ForwardedPort *p, void (*say)(const char *text))
{
	char port[PORT_TEXT], text[256];

	(void)snprintf(text, sizeof text,
		"Warning: a process of this host uses port %s: what comes for it leads to the pod",
		port_text(p, port));
	say(text);
}

/* A port of all addresses is looked at in each family that it is forwarded in. */
static bool is_used(const Forwarding *f, const ForwardedPort *p)
{
	for (size_t i = 0; i < f->n_targets; i++) {
		Address any = {.family = f->targets[i].address.family};

		if (!p->any_address && p->host.family != any.family)
			continue;
		if (try_bind(p->any_address ? &any : &p->host, p->protocol, p->host_port) ==
			-EADDRINUSE)
			return true;
	}
	return false;
}

static int fail_address(const ForwardedPort *p, const char *why, Error *err)
{
	char address[ADDRESS_TEXT];

	return fail(err, -EADDRNOTAVAIL, "port %u of %s cannot be forwarded: %s", p->host_port,
		address_text(&p->host, address), why);
}

static int check_address(const ForwardedPort *p, Error *err)
{
	static const Address loopback = {.family = AF_INET6, .bytes = {[15] = 1}, .prefix = 128};
	int r = 0;

	if (p->host.family == AF_INET6 && address_compare(&p->host, &loopback) == 0) {
		r = fail_address(p, "the kernel lets nothing from ::1 leave the host", err);
		error_hint(err, "127.0.0.1 can be forwarded");
	} else if (!host_has_address(&p->host)) {
		r = fail_address(p, "it is no address of this host", err);
		error_hint(err,
			"without an address, NAME:%u, all of the host's lead to the pod; an "
			"address that will come later may be named after sysctl "
			"net.ipv%d.ip_nonlocal_bind=1",
			p->host_port, p->host.family == AF_INET6 ? 6 : 4);
	}
	return r;
}

int host_ports_check(const Forwarding *f, void (*say)(const char *text), Error *err)
{
	for (size_t i = 0; i < f->n_ports; i++) {
		const ForwardedPort *p = &f->ports[i];
		int r = p->any_address ? 0 : check_address(p, err);

		if (r < 0)
			return r;
		/* The kernel would load its module for a socket of another protocol. */
		if ((p->protocol == IPPROTO_TCP || p->protocol == IPPROTO_UDP) && is_used(f, p))
			warn(p, say);
	}
	return 0;
}
