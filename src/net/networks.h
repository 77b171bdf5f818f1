/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which networks a pod is connected to: those that were asked for, of those that are configured in
 * LOCAL/net.d or built in. */

#include "spec/cni.h"

/* One word of --net. */
typedef struct NetRequest {
	const char *name;
	const char *args; /* "K=V;K2=V2", passed on as CNI_ARGS; NULL when not given */
} NetRequest;

#define NETWORK_INTERFACE 16

typedef struct Network {
	const char *file; /* what its configuration is called: "99-default.conf" */
	const char *text; /* that configuration */
	size_t len;
	CniNetwork conf;
	const char *args;                  /* NULL: none */
	char interface[NETWORK_INTERFACE]; /* in the pod: "eth0" */
} Network;

/* In the order in which they are attached: that of their files' names. */
typedef struct Networks {
	Arena arena; /* holds everything here */
	Network *items;
	size_t n;
} Networks;

void networks_done(Networks *n);

/* Reads the configurations below the local configuration directory, and picks those that are asked
 * for; "all" asks for all there are. say hears of what a user may have done by mistake. 0; -ENOENT
 * "networks not found: a, b"; -EINVAL for a configuration that is wrong, with its file and the JSON
 * path; or another negative errno. */
int networks_select(const char *local, const NetRequest *requests, size_t n_requests,
	void (*say)(const char *text), Networks *ret, Error *err);

/* Whether their plugins can do what they are there for, as far as they are ours. 0, or -EINVAL with
 * the network, the plugin and the member. */
int networks_check(const Networks *n, const char *search_path, Error *err);

/* The network that ports are forwarded to: the first one that is masqueraded, else the last one. */
const Network *networks_for_ports(const Networks *n);

#define _cleanup_networks_ _cleanup_(networks_done)
