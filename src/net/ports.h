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

/* All ports of one pod that go to one of its addresses. */
typedef struct Forwarding {
	const char *pod; /* its UUID */
	Address address; /* the pod's */
	Address near;    /* network of those that the pod answers without asking the host: itself */
	ForwardedPort *ports;
	size_t n_ports;
} Forwarding;

/* The number of a protocol that ports of may be forwarded: "tcp", "udp", "sctp". -EPROTONOSUPPORT
 * for others. */
int ports_protocol(const char *name);

/* Forwards them all or none. 0, -EEXIST when one leads elsewhere already (err names it), or another
 * negative errno. */
int ports_add(const Forwarding *f, Error *err);

/* Forwards what ports_add() has forwarded before, where the rules have been flushed meanwhile.
 * Results as there; -EEXIST when one leads elsewhere now. */
int ports_restore(const Forwarding *f, Error *err);

/* Takes them back, if ports_add() has put them there for this pod. 0 or a negative errno. */
int ports_remove(const Forwarding *f, Error *err);

/* Lets connections to 127.0.0.1 leave by an interface of the host, to a pod. 0 or a negative errno.
 */
int ports_allow_loopback(const char *interface, Error *err);
