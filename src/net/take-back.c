/* SPDX-License-Identifier: Apache-2.0 */

/* What pods that have ended still have, and another pod wants. */

#include "net/connect-internal.h"

#include <unistd.h>
#include "base/cleanup.h"
#include "base/lock.h"
#include "net/portmap.h"

/* What is wanted. */
typedef struct Wanted {
	bool (*has)(const struct Wanted *w, const Pod *pod);
	int (*take)(const struct Wanted *w, const Pod *pod);
	bool one; /* of one pod is enough */

	/* Of networks: the call that has failed, and whether a pod's network has what that wants.
	 */
	const PluginCall *call;
	bool (*network_has)(const PluginCall *c, const Pod *pod, const PodNetwork *network);
} Wanted;

/* One takes from a pod at a time: who has waited finds that it was done. The pod itself is not held
 * meanwhile, so that it can be collected, or started again. */
static bool take_if_ended(const Wanted *w, const Pod *pod)
{
	_cleanup_close_ int lock = lock_dir(pod->fd, "net", LOCK_MODE_EXCLUSIVE, true, NULL);
	_cleanup_close_ int hold = lock < 0 ? -1 : pod_hold_ended(pod);

	return !w->has(w, pod) || (hold >= 0 && w->take(w, pod) == 0);
}

static TakeBack take_from(const Pods *pods, const char *uuid, const Wanted *w)
{
	_cleanup_pod_ Pod *pod = NULL;

	if (pod_open(pods, uuid, &pod, NULL) < 0 || !w->has(w, pod))
		return TAKE_BACK_NONE;
	if (pod->state == POD_RUNNING)
		return TAKE_BACK_HELD;
	if (pod->state != POD_EXITED && pod->state != POD_EXITED_GARBAGE)
		return TAKE_BACK_NONE;
	return take_if_ended(w, pod) ? TAKE_BACK_DONE : TAKE_BACK_NONE;
}

static TakeBack take(const char *data_dir, const Wanted *w)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	TakeBack all = TAKE_BACK_NONE;
	char **uuids = NULL;
	size_t n = 0;

	if (pods_open(&pods, data_dir, false, NULL) < 0 || pod_uuids(&pods, &uuids, &n, NULL) < 0)
		return TAKE_BACK_NONE;
	for (size_t i = 0; i < n && !(w->one && all == TAKE_BACK_DONE); i++) {
		TakeBack of_one = take_from(&pods, uuids[i], w);

		all = of_one > all ? of_one : all;
	}
	pod_uuids_free(uuids, n);
	return all;
}

static bool has_ports(const Wanted *w, const Pod *pod)
{
	return faccessat(pod->fd, FORWARD_FILE, F_OK, 0) == 0;
}

static int take_ports(const Wanted *w, const Pod *pod)
{
	return forward_take_back(pod->fd, pod->uuid, NULL);
}

TakeBack take_back_ended_ports(const char *data_dir)
{
	const Wanted ports = {.has = has_ports, .take = take_ports};

	return take(data_dir, &ports);
}

/* Without the file that says what is to be undone, it has been. */
static bool has_network(const Wanted *w, const Pod *pod)
{
	_cleanup_(attachments_done) Attachments a = {0};
	bool has = false;

	if (streq(pod->uuid, w->call->container) ||
		faccessat(pod->fd, POD_ATTACHMENTS_FILE, F_OK, 0) < 0 ||
		pod_read_networks(pod, POD_NETWORKS_FILE, &a.items, &a.n, NULL) < 0)
		return false;
	for (size_t i = 0; i < a.n && !has; i++)
		has = streq(a.items[i].net_name, w->call->network->name) &&
		      w->network_has(w->call, pod, &a.items[i]);
	return has;
}

/* Somebody else will have the addresses when the pod is collected. */
static int take_networks(const Wanted *w, const Pod *pod)
{
	int r = disconnect_pod(pod, w->call->search_path, NULL);

	return r == 0 && unlinkat(pod->fd, POD_ATTACHMENTS_FILE, 0) < 0 ? -errno : r;
}

static bool has_any(const PluginCall *c, const Pod *pod, const PodNetwork *network)
{
	return true;
}

static bool is_address(const char *text, const Address *address)
{
	Address a;

	return address_parse(text, &a) == 0 && a.family == address->family &&
	       address_compare(&a, address) == 0;
}

static bool has_address(const PluginCall *c, const Pod *pod, const PodNetwork *network)
{
	return is_address(network->ip, c->taken) || is_address(network->ip6, c->taken);
}

static bool is_same_port(const PodPort *a, const PodPort *b)
{
	return a->host_port == b->host_port && streq(a->protocol, b->protocol) &&
	       (!a->host_ip || !b->host_ip || streq(a->host_ip, b->host_ip));
}

static bool has_port(const PluginCall *c, const Pod *pod, const PodNetwork *network)
{
	_cleanup_(arena_done) Arena arena = {0};
	PodPort *wanted, *ports;
	size_t n_wanted, n;
	CniNetwork conf;
	bool has = false;

	if (connect_load_conf(pod, network, &arena, &conf, NULL) < 0 ||
		portmap_ports(&conf, &arena, &ports, &n) < 0 ||
		portmap_ports(c->network, &arena, &wanted, &n_wanted) < 0)
		return false;
	for (size_t i = 0; i < n_wanted; i++)
		for (size_t k = 0; k < n && !has; k++)
			has = is_same_port(&wanted[i], &ports[k]);
	return has;
}

TakeBack take_back_ended_network(const char *data_dir, const PluginCall *c, int code)
{
	Wanted w = {.has = has_network, .take = take_networks, .one = true, .call = c};

	if (code == -EADDRNOTAVAIL)
		w.network_has = has_any;
	else if ((code == -EADDRINUSE || code == -EEXIST) && c->taken->family != AF_UNSPEC)
		w.network_has = has_address;
	else if (code == -EEXIST)
		w.network_has = has_port;
	return w.network_has ? take(data_dir, &w) : TAKE_BACK_NONE;
}
