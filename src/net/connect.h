/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Connecting a pod to its networks, and taking it from them again. What will have to be undone is
 * written down in the pod's directory before it is done: net/, netns (docs/formats/pod.md). */

#include "net/address.h"
#include "net/networks.h"
#include "pod/args.h"
#include "pod/pod.h"

/* Where plugins that are programs are looked for, for the local configuration directory. Fresh
 * memory. 0 or -ENOMEM. */
int connect_search_path(const char *local, char **ret);

/* What a pod is to be connected to. */
typedef struct ConnectOptions {
	const Networks *networks;
	const char *search_path;
	const char *data_dir; /* where other pods are that may have the ports still */
	const PodPort *ports; /* ports of the host that lead to the pod */
	size_t n_ports;
	bool host;                     /* the pod has to reach this host */
	bool dns;                      /* DNS servers that networks name are the pod's */
	const CniDns *dns_given;       /* with dns: what comes before theirs; NULL: nothing */
	void (*say)(const char *text); /* hears of what may not be meant */
} ConnectOptions;

/* Several networks, as files of the pod's directory have them. */
typedef struct Attachments {
	PodNetwork *items;
	size_t n;
} Attachments;

void attachments_done(Attachments *a);

/* Writes down what the pod is about to be connected to. *ret, which is for attachments_done() also
 * after a failure, is what connect_pod() wants. */
int connect_prepare(const Pod *pod, const ConnectOptions *o, Attachments *ret, Error *err);

/* Gives the network namespace that fd is open on its name, attaches the networks and forwards
 * ports, all or nothing; then writes net-info.json. After a failure nothing is left of it outside
 * the pod's directory. 0; 1 when a network has named DNS servers, or o->dns_given says
 * something: it is in the pod's resolv.conf then; or a negative errno. With o->host *ret_host is
 * this host's IPv4 address for the pod, and a network without one is a failure. */
int connect_pod(const Pod *pod, const ConnectOptions *o, int fd, Attachments *a, Address *ret_host,
	Error *err);

/* Restores what the host's packet filter does for a pod that runs, where it has been flushed since:
 * masquerading and forwarded ports. Without either it does nothing. 0 or a negative errno. */
int reconnect_pod(const Pod *pod, Error *err);

/* Takes the pod from all networks that connect_prepare() has written down, whether it is connected
 * to them or not, in reverse order, and removes its namespace. What fails does not keep the rest
 * from being undone; err gets the first failure. Without networks it does nothing. 0 or a negative
 * errno. */
int disconnect_pod(const Pod *pod, const char *search_path, Error *err);
