/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ports of the host that lead to a pod. */

#include "net/address.h"

typedef struct ForwardedPort {
	bool any_address; /* all of the host's addresses lead there, else one */
	Address host;     /* that one */
	uint8_t protocol; /* IPPROTO_... */
	uint16_t host_port;
	uint16_t pod_port;
} ForwardedPort;

#define PORT_TEXT (2 * ADDRESS_TEXT)

/* "tcp-0.0.0.0:80", the port of the host. Returns buf. */
const char *port_text(const ForwardedPort *p, char buf[static PORT_TEXT]);

/* Where ports lead to: an address of the pod. */
typedef struct ForwardTarget {
	Address address;
	Address near; /* the network of those whose connections have to go back by the host: the pod
			 itself, and who it answers directly. No family: there is none */
} ForwardTarget;

#define FORWARD_TARGETS 2 /* one of each family */
#define FORWARD_OWNER   32

/* All ports of one pod. A port of any address of the host leads to each target. */
typedef struct Forwarding {
	char owner[FORWARD_OWNER]; /* a name that nobody else has, part of nf_tables' names */
	ForwardTarget targets[FORWARD_TARGETS];
	size_t n_targets;
	ForwardedPort *ports;
	size_t n_ports;
} Forwarding;

/* The target of a family, or NULL. */
const ForwardTarget *forwarding_target(const Forwarding *f, int family);

/* The number of a protocol that ports of may be forwarded: "tcp", "udp", "sctp". -EPROTONOSUPPORT
 * for others. */
int ports_protocol(const char *name);

/* Forwards them all or none. 0, -EEXIST when one leads elsewhere already (err names it), also for
 * some of the host's addresses only, or another negative errno. */
int ports_add(const Forwarding *f, Error *err);

/* Forwards what ports_add() has forwarded before, where the rules have been flushed meanwhile.
 * Results as there; -EEXIST when one leads elsewhere now. */
int ports_restore(const Forwarding *f, Error *err);

/* Whether all are forwarded: 0, -ENOENT (err names one that is not), or another negative errno. */
int ports_check(const Forwarding *f, Error *err);

/* Takes them back, if ports_add() has put them there for this pod. 0 or a negative errno. */
int ports_remove(const Forwarding *f, Error *err);

/* Lets connections to 127.0.0.1 leave by an interface of the host, to a pod. 0 or a negative errno.
 */
int ports_allow_loopback(const char *interface, Error *err);
