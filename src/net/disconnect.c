/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connect-internal.h"

#include <unistd.h>
#include "base/fd.h"
#include "net/attach.h"
#include "net/endpoint.h"
#include "net/namespace.h"

int connect_load_conf(
	const Pod *pod, const PodNetwork *network, Arena *arena, CniNetwork *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(pod->fd, network->net_conf, CNI_CONF_MAX, &text, &len, err);

	if (r == 0)
		r = cni_network_parse(text, len, arena, ret, err);
	return r < 0 ? wrap(err, r, "network \"%s\"", network->net_name) : 0;
}

/* What a plugin of this type has done, if it is one of ours that can. */
static int restore_by(const PluginCall *c, const char *type, Error *err)
{
	const Plugin *plugin = plugin_find(type);

	return plugin && plugin->restore ? plugin->restore(c, err) : 0;
}

/* What the plugins of a network have done. */
static int restore(PluginCall *c, const Pod *pod, const PodNetwork *network, Error *err)
{
	CniNetwork conf;
	CniResult *result;
	int r = connect_load_conf(pod, network, c->arena, &conf, err);

	if (r < 0)
		return r;
	attach_load_result(pod, c->arena, conf.name, &result);
	c->network = &conf;
	c->interface = network->if_name;
	c->previous = result;
	for (size_t i = 0; i < conf.n_plugins && r == 0 && result; i++) {
		c->plugin = &conf.plugins[i];
		r = restore_by(c, c->plugin->type, err);
		if (r == 0 && c->plugin->ipam.given)
			r = restore_by(c, c->plugin->ipam.type, err);
	}
	return r;
}

int reconnect_pod(const Pod *pod, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_(attachments_done) Attachments a = {0};
	_cleanup_forward_ Forward f = {.arena = {0}};
	PluginCall call = {.arena = &arena, .container = pod->uuid, .namespace = -1};
	int r = pod_read_networks(pod, POD_NETWORKS_FILE, &a.items, &a.n, err);

	for (size_t i = 0; i < a.n && r == 0; i++)
		r = restore(&call, pod, &a.items[i], err);
	if (r < 0)
		return r;
	r = forward_load_of(pod->fd, pod->uuid, &f, err);
	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : ports_restore(&f.forwarding, err);
}

/* One network that the pod may be connected to. */
static int disconnect(const Pod *pod, PluginCall *c, const PodNetwork *network, Error *err)
{
	CniNetwork conf;
	CniResult *result;
	int r = connect_load_conf(pod, network, c->arena, &conf, err);

	if (r < 0)
		return r;
	c->interface = network->if_name;
	c->args = network->args;
	attach_load_result(pod, c->arena, conf.name, &result);
	return detach_network(c, &conf, result, err);
}

static void remove_namespace(const Pod *pod, Error *err, int *first)
{
	_cleanup_free_ char *path = NULL;
	int r = fd_read_file(pod->fd, NAMESPACE_FILE, PATH_MAX, &path, NULL, NULL);

	if (r == 0)
		r = namespace_drop(path, *first == 0 ? err : NULL);
	if (r < 0 && r != -ENOENT && *first == 0)
		*first = r;
}

int disconnect_pod(const Pod *pod, const char *search_path, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_(attachments_done) Attachments a = {0};
	_cleanup_close_ int fd = -1;
	char namespace[PATH_MAX];
	PluginCall call = {
		.arena = &arena,
		.container = pod->uuid,
		.search_path = search_path,
		.namespace_path = namespace,
		.namespace_ends = true,
	};
	int first = forward_take_back(pod->fd, pod->uuid, err);
	int r = pod_read_networks(
		pod, POD_ATTACHMENTS_FILE, &a.items, &a.n, first == 0 ? err : NULL);

	if (first == 0)
		first = r;

	connect_name_namespace(pod, namespace);
	call.namespace = fd = namespace_open(namespace);
	if (fd < 0)
		call.namespace_path = "";
	for (size_t i = a.n; i-- > 0;) {
		r = disconnect(pod, &call, &a.items[i], first == 0 ? err : NULL);
		if (first == 0)
			first = r;
	}
	remove_namespace(pod, err, &first);
	return first;
}
