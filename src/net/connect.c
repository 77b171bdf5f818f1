/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connect.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include "base/fd.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "net/attach.h"
#include "net/connect-internal.h"
#include "net/delegate.h"
#include "net/external.h"
#include "net/host-ports.h"
#include "net/namespace.h"
#include "net/resolv-conf.h"

#define ATTEMPTS   10
#define ATTEMPT_NS 20000000

int connect_search_path(const char *local, char **ret)
{
	return str_format(ret, "%s/net.d:/usr/lib/rkt/plugins/net", local);
}

static int plugin_path(const char *search_path, const char *type, char **ret, Error *err)
{
	char name[64];

	if (delegate_find(search_path, type)) {
		(void)snprintf(name, sizeof name, "net/%s", type);
		return process_libexec(name, ret, err);
	}
	return external_find(search_path, type, ret, err);
}

void connect_name_namespace(const Pod *pod, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s/cni-%s", NAMESPACE_DIRECTORY, pod->uuid);
}

/* A network as net-info.json has it, but for its address. */
static int describe(const Network *network, const char *search_path, PodNetwork *ret, Error *err)
{
	int r = plugin_path(search_path, main_plugin(&network->conf)->type, &ret->plugin_path, err);

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

void attachments_done(Attachments *a)
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

int connect_prepare(const Pod *pod, const ConnectOptions *o, Attachments *ret, Error *err)
{
	const Networks *networks = o->networks;
	char namespace[PATH_MAX], path[PATH_MAX];
	int r = describe_all(o, ret, err);

	if (r == 0 && mkdirat(pod->fd, "net", 0755) < 0 && errno != EEXIST)
		r = fail_errno(err, -errno, "create %s/net", pod->path);
	for (size_t i = 0; i < networks->n && r == 0; i++) {
		(void)snprintf(path, sizeof path, "net/%s", networks->items[i].file);
		r = fd_write_file(
			pod->fd, path, 0644, networks->items[i].text, networks->items[i].len, err);
	}
	if (r == 0)
		r = pod_write_networks(pod, POD_ATTACHMENTS_FILE, ret->items, ret->n, err);
	connect_name_namespace(pod, namespace);
	return r < 0 ? r
		     : fd_write_file(
			       pod->fd, NAMESPACE_FILE, 0644, namespace, strlen(namespace), err);
}

static int copy_text(const Address *a, char **ret, Error *err)
{
	char text[ADDRESS_TEXT];

	*ret = strdup(address_text(a, text));
	return *ret ? 0 : fail_oom(err);
}

/* The first address of each family, as net-info.json has it: without its network, which is a mask.
 */
static int set_addresses(const CniResult *result, PodNetwork *ret, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < result->n_ips && r == 0; i++) {
		Address a, mask;

		if (address_parse_network(result->ips[i].address, &a) < 0)
			return fail(err, -EINVAL,
				"the plugin has given \"%s\", which is not an IP address",
				result->ips[i].address);
		mask = address_mask(&a);
		if (a.family == AF_INET6 && !ret->ip6)
			r = copy_text(&a, &ret->ip6, err);
		if (a.family == AF_INET && !ret->ip) {
			r = copy_text(&a, &ret->ip, err);
			if (r == 0)
				r = copy_text(&mask, &ret->mask, err);
		}
	}
	return r;
}

/* A pod's networks while they are attached. */
typedef struct Connecting {
	const Pod *pod;
	const ConnectOptions *options;
	PluginCall call;
	Attachments *attachments;
	const Network *forwarding; /* networks_for_ports() ... */
	CniResult result;          /* ... and what it has said */
	bool dns;                  /* resolv.conf is written */
	Address taken;             /* by another pod, of no family: none is */
} Connecting;

/* What the options say comes first. The file is for all users of the pod, whatever the umask. */
static int write_resolv_conf(Connecting *c, const char *origin, const CniDns *network, Error *err)
{
	const CniDns *given = c->options->dns_given;
	CniDns dns = given ? dns_merge(given, network) : *network;
	_cleanup_free_ char *text = NULL;
	int r;

	if (resolv_conf_text(origin, &dns, &text) < 0)
		return fail_oom(err);
	c->dns = true;
	r = fd_write_file(c->pod->fd, POD_RESOLV_CONF_FILE, 0644, text, strlen(text), err);
	if (r == 0 && fchmodat(c->pod->fd, POD_RESOLV_CONF_FILE, 0644, 0) < 0)
		r = fail_errno(err, -errno, "set the mode of " POD_RESOLV_CONF_FILE " of pod %s",
			c->pod->uuid);
	return r;
}

/* The first network that names DNS servers is the one. */
static int take_dns(Connecting *c, const Network *network, const CniResult *result, Error *err)
{
	char line[512];

	if (!c->options->dns || !dns_is_given(&result->dns))
		return 0;
	if (c->dns) {
		(void)snprintf(line, sizeof line,
			"Warning: network %s plugin specified DNS configuration, but DNS already "
			"supplied",
			network->conf.name);
		c->options->say(line);
		return 0;
	}
	(void)snprintf(line, sizeof line, "from network %s", network->conf.name);
	return write_resolv_conf(c, line, &result->dns, err);
}

/* Whether ADD that has failed with code is to be tried again. What a pod that has ended has still
 * is taken from it. What the kernel has of such a pod, also of one that was just collected, goes a
 * little later: an address that no pod has is waited for. */
static bool may_try_again(const Connecting *c, int code, unsigned *waits)
{
	const struct timespec pause = {.tv_nsec = ATTEMPT_NS};
	TakeBack taken = take_back_ended_network(c->options->data_dir, &c->call, code);

	if (taken != TAKE_BACK_NONE)
		return taken == TAKE_BACK_DONE;
	if (code != -EEXIST || c->taken.family == AF_UNSPEC || (*waits)++ == ATTEMPTS)
		return false;
	(void)nanosleep(&pause, NULL);
	return true;
}

static int attach(Connecting *c, const Network *network, CniResult *ret, Error *err)
{
	unsigned waits = 0;

	for (;;) {
		int r;

		c->taken.family = AF_UNSPEC;
		r = attach_network(&c->call, network, ret, err);
		if (r == 0 || !may_try_again(c, r, &waits))
			return r;
		error_clear(err);
		(void)detach_network(&c->call, &network->conf, NULL, NULL);
	}
}

static int attach_all(Connecting *c, Error *err)
{
	const Networks *networks = c->options->networks;
	int r = 0;

	for (size_t i = 0; i < networks->n && r == 0; i++) {
		const Network *network = &networks->items[i];
		CniResult result;

		r = attach(c, network, &result, err);
		if (r == 0)
			r = attach_save_result(c->pod, c->call.arena, &network->conf, &result, err);
		if (r == 0)
			r = set_addresses(&result, &c->attachments->items[i], err);
		if (r == 0)
			r = take_dns(c, network, &result, err);
		if (r == 0 && network == c->forwarding)
			c->result = result;
	}
	if (r == 0 && c->options->dns && c->options->dns_given && !c->dns)
		r = write_resolv_conf(c, "run", c->options->dns_given, err);
	return r;
}

static int forward_ports(const Connecting *c, Error *err)
{
	_cleanup_forward_ Forward f = {.arena = {0}};
	char owner[FORWARD_OWNER];
	bool near;
	int r;

	if (c->options->n_ports == 0)
		return 0;
	near = streq(main_plugin(&c->forwarding->conf)->type, "bridge");
	forward_name_owner(c->pod->uuid, owner);
	r = forward_make(owner, c->options->ports, c->options->n_ports, &c->result, near, &f, err);
	if (r == 0)
		r = host_ports_check(&f.forwarding, c->options->say, err);
	if (r == 0)
		r = forward_allow_loopback(&c->result, err);
	if (r == 0)
		r = forward_save(c->pod->fd, FORWARD_FILE, &f, err);
	if (r == 0)
		r = ports_add(&f.forwarding, err);
	if (r == -EEXIST && take_back_ended_ports(c->options->data_dir) == TAKE_BACK_DONE) {
		error_clear(err);
		r = ports_add(&f.forwarding, err);
	}
	/* Nothing is forwarded. */
	if (r < 0)
		(void)unlinkat(c->pod->fd, FORWARD_FILE, 0);
	return r;
}

/* The pod reaches this host by the gateway of the network that ports are forwarded to. */
static int find_host(const Connecting *c, Address *ret, Error *err)
{
	const char *name = c->forwarding->conf.name;
	char line[512];

	for (size_t i = 0; i < c->result.n_ips; i++) {
		const char *gateway = c->result.ips[i].gateway;

		if (!gateway || address_parse(gateway, ret) < 0 || ret->family != AF_INET)
			continue;
		if (host_has_address(ret))
			return 0;
		(void)snprintf(line, sizeof line,
			"Warning: the gateway of network %s, %s, is no address of this host: the "
			"pod may need default-restricted in --net, too, to reach it",
			name, gateway);
		c->options->say(line);
		return 0;
	}
	fail(err, -EADDRNOTAVAIL, "network \"%s\" has no IPv4 gateway", name);
	error_hint(err, "add default-restricted to --net: by that the pod reaches this host");
	return wrap(err, -EADDRNOTAVAIL, "the pod cannot reach this host");
}

int connect_pod(const Pod *pod, const ConnectOptions *o, int fd, Attachments *a, Address *ret_host,
	Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	char namespace[PATH_MAX];
	Connecting c = {
		.pod = pod,
		.options = o,
		.attachments = a,
		.forwarding = networks_for_ports(o->networks),
		.call =
			{
				.arena = &arena,
				.container = pod->uuid,
				.search_path = o->search_path,
				.namespace_path = namespace,
				.namespace = fd,
				.taken = &c.taken,
			},
	};
	int r;

	connect_name_namespace(pod, namespace);
	r = namespace_keep(fd, namespace, err);
	if (r == 0)
		r = attach_all(&c, err);
	if (r == 0 && o->host)
		r = find_host(&c, ret_host, err);
	if (r == 0)
		r = forward_ports(&c, err);
	if (r == 0)
		r = pod_write_networks(pod, POD_NETWORKS_FILE, a->items, a->n, err);
	if (r < 0)
		(void)disconnect_pod(pod, o->search_path, NULL);
	return r < 0 ? r : c.dns;
}
