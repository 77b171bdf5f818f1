/* SPDX-License-Identifier: Apache-2.0 */

/* What pods that have ended still have, and another pod wants. */

#include "net/connect-internal.h"

#include <unistd.h>
#include "base/cleanup.h"

/* What is wanted. */
typedef struct Wanted {
	bool (*has)(const struct Wanted *w, const Pod *pod);
	int (*take)(const struct Wanted *w, const Pod *pod);
	const char *network, *search_path;
	const Address *address; /* of the network; NULL: any will do */
} Wanted;

/* Somebody may start the pod again at this moment, and want the same. */
static bool take_if_ended(const Pods *pods, const char *uuid, const Wanted *w)
{
	_cleanup_close_ int hold = -1;
	_cleanup_pod_ Pod *pod = NULL;

	if (pod_open(pods, uuid, &pod, NULL) < 0 ||
		(pod->state != POD_EXITED && pod->state != POD_EXITED_GARBAGE) || !w->has(w, pod))
		return false;
	hold = pod_hold_ended(pod);
	return hold >= 0 && w->take(w, pod) == 0;
}

static bool take_from_all(const char *data_dir, const Wanted *w)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	char **uuids = NULL;
	bool any = false;
	size_t n = 0;

	if (pods_open(&pods, data_dir, false, NULL) < 0 || pod_uuids(&pods, &uuids, &n, NULL) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		any = take_if_ended(&pods, uuids[i], w) || any;
	pod_uuids_free(uuids, n);
	return any;
}

static bool has_ports(const Wanted *w, const Pod *pod)
{
	return faccessat(pod->fd, FORWARD_FILE, F_OK, 0) == 0;
}

static int take_ports(const Wanted *w, const Pod *pod)
{
	return forward_take_back(pod->fd, pod->uuid, NULL);
}

bool take_back_ended_ports(const char *data_dir)
{
	const Wanted ports = {.has = has_ports, .take = take_ports};

	return take_from_all(data_dir, &ports);
}

static bool is_wanted(const Wanted *w, const char *text)
{
	Address a;

	return address_parse(text, &a) == 0 && a.family == w->address->family &&
	       address_compare(&a, w->address) == 0;
}

/* Without the file that says what is to be undone, it has been. */
static bool has_address(const Wanted *w, const Pod *pod)
{
	_cleanup_(attachments_done) Attachments a = {0};
	bool has = false;

	if (faccessat(pod->fd, POD_ATTACHMENTS_FILE, F_OK, 0) < 0 ||
		pod_read_networks(pod, POD_NETWORKS_FILE, &a.items, &a.n, NULL) < 0)
		return false;
	for (size_t i = 0; i < a.n && !has; i++)
		has = streq(a.items[i].net_name, w->network) &&
		      (!w->address || is_wanted(w, a.items[i].ip) || is_wanted(w, a.items[i].ip6));
	return has;
}

/* Somebody else will have the addresses when the pod is collected. */
static int take_networks(const Wanted *w, const Pod *pod)
{
	int r = disconnect_pod(pod, w->search_path, NULL);

	return r == 0 && unlinkat(pod->fd, POD_ATTACHMENTS_FILE, 0) < 0 ? -errno : r;
}

bool take_back_ended_networks(const char *data_dir, const PluginCall *c)
{
	Wanted networks = {
		.has = has_address,
		.take = take_networks,
		.network = c->network->name,
		.search_path = c->search_path,
	};
	const char *text;
	Address address;

	if (plugin_arg(c, "IP", &text, NULL) == 0 && address_parse_network(text, &address) == 0)
		networks.address = &address;
	return take_from_all(data_dir, &networks);
}
