/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connect.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "net/external.h"
#include "net/forward.h"
#include "net/namespace.h"

#define NAMESPACE_FILE "netns"
#define ATTACHMENTS    "net/attachments.json"
#define NETWORK_INFO   "net-info.json"

int connect_search_path(const char *local, char **ret)
{
	return str_format(ret, "%s/net.d:/usr/lib/rkt/plugins/net", local);
}

/* A plugin that an administrator has put there comes before one of ours. */
static const Plugin *find_plugin(const char *search_path, const char *type)
{
	_cleanup_free_ char *path = NULL;

	return external_find(search_path, type, &path, NULL) == 0 ? NULL : plugin_find(type);
}

static int plugin_path(const char *search_path, const char *type, char **ret, Error *err)
{
	char name[64];

	if (find_plugin(search_path, type)) {
		(void)snprintf(name, sizeof name, "net/%s", type);
		return process_libexec(name, ret, err);
	}
	return external_find(search_path, type, ret, err);
}

/* "/var/run/netns/cni-UUID" */
static void name_namespace(const Pod *pod, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s/cni-%s", NAMESPACE_DIRECTORY, pod->uuid);
}

/* Of the parts of a network's configuration, the one that names it in net-info.json. */
static const CniPlugin *main_plugin(const Network *network)
{
	return &network->conf.plugins[0];
}

static bool is_masqueraded(const Network *network)
{
	return json_is(json_get(main_plugin(network)->json, "ipMasq"), JSON_TRUE);
}

/* A network as net-info.json has it, but for its address. */
static int describe(const Network *network, const char *search_path, PodNetwork *ret, Error *err)
{
	int r = plugin_path(search_path, main_plugin(network)->type, &ret->plugin_path, err);

	if (r < 0)
		return wrap(err, r, "network \"%s\"", network->conf.name);
	ret->net_name = strdup(network->conf.name);
	ret->if_name = strdup(network->interface);
	ret->args = strdup(network->args ? network->args : "");
	if (!ret->net_name || !ret->if_name || !ret->args ||
		str_format(&ret->net_conf, "net/%s", network->file) < 0)
		return fail_oom(err);
	return 0;
}

/* The networks of a pod while they are being attached. */
typedef struct Attachments {
	PodNetwork *items;
	size_t n;
} Attachments;

static void attachments_done(Attachments *a)
{
	pod_networks_free(a->items, a->n);
}

static int describe_all(const ConnectOptions *o, Attachments *ret, Error *err)
{
	const Networks *networks = o->networks;
	int r = 0;

	ret->items = calloc(networks->n + 1, sizeof *ret->items);
	if (!ret->items)
		return fail_oom(err);
	ret->n = networks->n;
	for (size_t i = 0; i < networks->n && r == 0; i++)
		r = describe(&networks->items[i], o->search_path, &ret->items[i], err);
	return r;
}

int connect_prepare(const Pod *pod, const ConnectOptions *o, Error *err)
{
	const Networks *networks = o->networks;
	_cleanup_(attachments_done) Attachments a = {0};
	char namespace[PATH_MAX], path[PATH_MAX];
	int r = describe_all(o, &a, err);

	if (r == 0 && mkdirat(pod->fd, "net", 0755) < 0 && errno != EEXIST)
		r = fail_errno(err, -errno, "create %s/net", pod->path);
	for (size_t i = 0; i < networks->n && r == 0; i++) {
		(void)snprintf(path, sizeof path, "net/%s", networks->items[i].file);
		r = fd_write_file(
			pod->fd, path, 0644, networks->items[i].text, networks->items[i].len, err);
	}
	if (r == 0)
		r = pod_write_networks(pod, POD_ATTACHMENTS_FILE, a.items, a.n, err);
	name_namespace(pod, namespace);
	return r < 0 ? r
		     : fd_write_file(
			       pod->fd, NAMESPACE_FILE, 0644, namespace, strlen(namespace), err);
}

/* One plugin of a network. */
static int call_add(const PluginCall *c, CniResult *ret, Error *err)
{
	const Plugin *plugin = find_plugin(c->search_path, c->plugin->type);

	*ret = (CniResult){.n_ips = 0};
	return plugin ? plugin->add(c, ret, err) : external_add(c, c->plugin->type, ret, err);
}

static int call_del(const PluginCall *c, Error *err)
{
	const Plugin *plugin = find_plugin(c->search_path, c->plugin->type);

	return plugin ? plugin->del(c, err) : external_del(c, c->plugin->type, err);
}

/* All plugins of a network in turn; each gets the result of the one before it, and the last one's
 * is the network's. */
static int attach(PluginCall *c, const Network *network, CniResult *ret, Error *err)
{
	CniResult *results = arena_new(c->arena, CniResult, network->conf.n_plugins);
	int r = results ? 0 : fail_oom(err);

	c->network = &network->conf;
	c->interface = network->interface;
	c->args = network->args;
	c->previous = NULL;
	for (size_t i = 0; i < network->conf.n_plugins && r == 0; i++) {
		c->plugin = &network->conf.plugins[i];
		r = call_add(c, &results[i], err);
		c->previous = &results[i];
	}
	if (r < 0)
		return wrap(err, r, "error adding network \"%s\"", network->conf.name);
	*ret = results[network->conf.n_plugins - 1];
	return 0;
}

/* In reverse order; what fails does not keep the others from being asked. */
static int detach(PluginCall *c, const CniNetwork *network, const CniResult *result, Error *err)
{
	int first = 0;

	c->network = network;
	c->previous = result;
	for (size_t i = network->n_plugins; i-- > 0;) {
		int r;

		c->plugin = &network->plugins[i];
		r = call_del(c, first == 0 ? err : NULL);
		if (r < 0 && first == 0)
			first = wrap(err, r, "error deleting network \"%s\"", network->name);
	}
	return first;
}

/* The first address of the first family there is, as net-info.json has it: without its network,
 * which is a mask. */
static int set_address(const CniResult *result, PodNetwork *ret, Error *err)
{
	char text[ADDRESS_TEXT];
	Address a, mask;

	if (result->n_ips == 0)
		return 0;
	if (address_parse_network(result->ips[0].address, &a) < 0)
		return fail(err, -EINVAL, "the plugin has given \"%s\", which is not an IP address",
			result->ips[0].address);
	mask = address_mask(&a);
	ret->ip = strdup(address_text(&a, text));
	ret->mask = strdup(address_text(&mask, text));
	return ret->ip && ret->mask ? 0 : fail_oom(err);
}

/* "net/NAME.result" */
static void result_path(const char *network, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "net/%s.result", network);
}

/* What a network's plugins have said, for when it is taken from the pod again. */
static int save_result(const Pod *pod, Arena *arena, const CniNetwork *network,
	const CniResult *result, Error *err)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];

	if (json_print(cni_result_print(arena, result, CNI_1_1_0), false, &text) < 0)
		return fail_oom(err);
	result_path(network->name, path);
	return fd_write_file(pod->fd, path, 0644, text, strlen(text), err);
}

/* NULL in *ret where there is none that can be read. */
static void load_result(const Pod *pod, Arena *arena, const char *network, CniResult **ret)
{
	_cleanup_free_ char *text = NULL;
	CniResult *result = arena_new(arena, CniResult, 1);
	char path[PATH_MAX];
	Json *json;
	size_t len;

	*ret = NULL;
	result_path(network, path);
	if (!result || fd_read_file(pod->fd, path, CNI_RESULT_MAX, &text, &len, NULL) < 0 ||
		json_parse(arena, text, len, path, &json, NULL) < 0 ||
		cni_result_parse(json, arena, result, NULL) < 0)
		return;
	*ret = result;
}

/* A pod's networks while they are attached. */
typedef struct Connecting {
	const Pod *pod;
	const ConnectOptions *options;
	PluginCall call;
	Attachments attachments;
	const Network *forwarding; /* the network whose address ports are forwarded to ... */
	CniResult result;          /* ... and what it has said */
} Connecting;

/* Ports are forwarded to the first network that is masqueraded, else to the last one. */
static void consider_for_ports(Connecting *c, const Network *network, const CniResult *result)
{
	if (c->forwarding && is_masqueraded(c->forwarding))
		return;
	c->forwarding = network;
	c->result = *result;
}

static int attach_all(Connecting *c, Error *err)
{
	const Networks *networks = c->options->networks;
	int r = 0;

	for (size_t i = 0; i < networks->n && r == 0; i++) {
		const Network *network = &networks->items[i];
		CniResult result;

		r = attach(&c->call, network, &result, err);
		if (r == 0)
			r = save_result(c->pod, c->call.arena, &network->conf, &result, err);
		if (r == 0)
			r = set_address(&result, &c->attachments.items[i], err);
		consider_for_ports(c, network, &result);
	}
	return r;
}

/* So that the host itself reaches the pod by 127.0.0.1. */
static int allow_loopback(const CniResult *result, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < result->n_interfaces && r == 0; i++) {
		const CniInterface *interface = &result->interfaces[i];

		if (!interface->sandbox || interface->sandbox[0] == '\0')
			r = ports_allow_loopback(interface->name, err);
	}
	return r;
}

static int forward_ports(const Connecting *c, Error *err)
{
	_cleanup_forward_ Forward f = {.arena = {0}};
	bool near;
	int r;

	if (c->options->n_ports == 0)
		return 0;
	near = streq(main_plugin(c->forwarding)->type, "bridge");
	r = forward_make(c->pod, c->options->ports, c->options->n_ports, &c->result, near, &f, err);
	if (r == 0)
		r = allow_loopback(&c->result, err);
	if (r == 0)
		r = forward_save(c->pod, &f, err);
	if (r == 0)
		r = ports_add(&f.forwarding, err);
	if (r < 0)
		forward_forget(c->pod);
	return r;
}

int connect_pod(const Pod *pod, const ConnectOptions *o, int fd, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	char namespace[PATH_MAX];
	Connecting c = {
		.pod = pod,
		.options = o,
		.call =
			{
				.arena = &arena,
				.container = pod->uuid,
				.search_path = o->search_path,
				.namespace_path = namespace,
				.namespace = fd,
			},
	};
	int r;

	name_namespace(pod, namespace);
	r = namespace_keep(fd, namespace, err);
	if (r == 0)
		r = describe_all(o, &c.attachments, err);
	if (r == 0)
		r = attach_all(&c, err);
	if (r == 0)
		r = forward_ports(&c, err);
	if (r == 0)
		r = pod_write_networks(
			pod, POD_NETWORKS_FILE, c.attachments.items, c.attachments.n, err);
	if (r < 0)
		(void)disconnect_pod(pod, o->search_path, NULL);
	attachments_done(&c.attachments);
	return r;
}

static int take_ports_back(const Pod *pod, Error *err)
{
	_cleanup_forward_ Forward f = {.arena = {0}};
	int r = forward_load(pod, &f, err);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : ports_remove(&f.forwarding, err);
}

/* One network that the pod may be connected to. */
static int disconnect(const Pod *pod, PluginCall *c, const PodNetwork *network, Error *err)
{
	_cleanup_free_ char *text = NULL;
	CniNetwork conf;
	CniResult *result;
	size_t len;
	int r = fd_read_file(pod->fd, network->net_conf, CNI_CONF_MAX, &text, &len, err);

	if (r == 0)
		r = cni_network_parse(text, len, c->arena, &conf, err);
	if (r < 0)
		return wrap(err, r, "network \"%s\"", network->net_name);
	c->interface = network->if_name;
	c->args = network->args;
	load_result(pod, c->arena, conf.name, &result);
	return detach(c, &conf, result, err);
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
	int first = take_ports_back(pod, err);
	int r = pod_read_networks(
		pod, POD_ATTACHMENTS_FILE, &a.items, &a.n, first == 0 ? err : NULL);

	if (first == 0)
		first = r;

	name_namespace(pod, namespace);
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
