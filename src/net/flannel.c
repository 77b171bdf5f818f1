/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin flannel: the subnet that flanneld has written down becomes the configuration of
 * another plugin, which does the work. What it was told is kept for DEL, as flanneld may have
 * another subnet by then. */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include "base/directory.h"
#include "base/fd.h"
#include "base/number.h"
#include "net/address.h"
#include "net/delegate.h"
#include "spec/cni-fields.h"

#define DEFAULT_SUBNET_FILE "/run/flannel/subnet.env"
#define DEFAULT_DATA_DIR    "/var/lib/cni/flannel"
#define DEFAULT_DELEGATE    "bridge"
#define SUBNET_FILE_MAX     (1u << 16)

typedef struct FlannelConf {
	const char *subnet_file, *data_dir;
} FlannelConf;

static const Field conf_fields[] = {
	FIELD(FlannelConf, subnet_file, "subnetFile", text),
	FIELD(FlannelConf, data_dir, "dataDir", text),
};
static const ObjectType conf_object = OBJECT_TYPE(FlannelConf, conf_fields, NULL);

/* What flanneld has written down. */
typedef struct Subnet {
	const char *network, *subnet;   /* all of the cluster's, and this host's */
	const char *network6, *subnet6; /* NULL: none */
	const char *mtu, *masquerade;
} Subnet;

static const struct {
	const char *name;
	size_t offset;
} subnet_variables[] = {
	{"FLANNEL_NETWORK", offsetof(Subnet, network)},
	{"FLANNEL_SUBNET", offsetof(Subnet, subnet)},
	{"FLANNEL_IPV6_NETWORK", offsetof(Subnet, network6)},
	{"FLANNEL_IPV6_SUBNET", offsetof(Subnet, subnet6)},
	{"FLANNEL_MTU", offsetof(Subnet, mtu)},
	{"FLANNEL_IPMASQ", offsetof(Subnet, masquerade)},
};

static void take_line(char *line, Subnet *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(subnet_variables); i++) {
		const char *rest = startswith(line, subnet_variables[i].name);

		if (rest && *rest == '=')
			*(const char **)field_at(ret, subnet_variables[i].offset) = rest + 1;
	}
}

static int read_conf(const PluginCall *c, FlannelConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	const Json *delegate = json_get(c->plugin->json, "delegate");
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r < 0)
		return r;
	if (!ret->subnet_file)
		ret->subnet_file = DEFAULT_SUBNET_FILE;
	if (!ret->data_dir)
		ret->data_dir = DEFAULT_DATA_DIR;
	if (delegate && !json_is(delegate, JSON_OBJECT) && !json_is(delegate, JSON_NULL))
		return reader_wrong_type(&reader, "delegate", "an object", delegate);
	if (json_get(delegate, "name"))
		return reader_fail(
			&reader, "delegate.name", "is the network's, and not given here");
	if (json_get(delegate, "ipam"))
		return reader_fail(&reader, "delegate.ipam", "is made here, and not given");
	return 0;
}

static int read_subnet(const PluginCall *c, const char *path, Subnet *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	char *kept, *save = NULL;
	int r = fd_read_file(AT_FDCWD, path, SUBNET_FILE_MAX, &text, NULL, err);

	if (r < 0) {
		error_hint(err, "flanneld writes it down when it has a subnet");
		return r;
	}
	kept = arena_strdup(c->arena, text);
	if (!kept)
		return fail_oom(err);
	for (char *line = strtok_r(kept, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_line(line, ret);
	if (!ret->mtu || !ret->masquerade || !(ret->subnet || ret->subnet6) ||
		!ret->subnet != !ret->network || !ret->subnet6 != !ret->network6)
		return fail(err, -ENODATA,
			"%s lacks one of FLANNEL_NETWORK, FLANNEL_SUBNET, FLANNEL_MTU and "
			"FLANNEL_IPMASQ",
			path);
	return 0;
}

/* One family: a set of one range for host-local, and the route to the cluster. */
static int add_family(const PluginCall *c, const char *subnet, const char *network, Json **ranges,
	Json **routes, Error *err)
{
	Json *range = json_new(c->arena, JSON_OBJECT), *route = json_new(c->arena, JSON_OBJECT);
	char text[ADDRESS_TEXT];
	Address a;

	if (!subnet)
		return 0;
	if (address_parse_network(subnet, &a) < 0)
		return fail(err, -EINVAL, "the subnet of flanneld, \"%s\", is none", subnet);
	/* It is written down with this host's own address. */
	a = address_first(&a);
	range = json_add_text(c->arena, range, "subnet", address_network_text(&a, text));
	route = json_add_text(c->arena, route, "dst", network);
	*ranges = json_append(*ranges, json_append(json_new(c->arena, JSON_ARRAY), range));
	*routes = json_append(*routes, route);
	return 0;
}

/* What the configuration says of IPAM stays, but for the subnets. */
static int make_ipam(const PluginCall *c, const Subnet *subnet, Json **ret, Error *err)
{
	Json *ranges = json_new(c->arena, JSON_ARRAY), *routes = json_new(c->arena, JSON_ARRAY);
	Json *ipam = json_new(c->arena, JSON_OBJECT);
	int r = add_family(c, subnet->subnet, subnet->network, &ranges, &routes, err);

	if (r == 0)
		r = add_family(c, subnet->subnet6, subnet->network6, &ranges, &routes, err);
	if (r < 0)
		return r;
	ipam = json_add_text(c->arena, ipam, "type",
		c->plugin->ipam.given ? c->plugin->ipam.type : "host-local");
	for (const Json *m = json_first_member(c->plugin->ipam.json); m; m = m->next)
		if (!streq(m->name, "type") && !streq(m->name, "ranges") &&
			!streq(m->name, "subnet") && !streq(m->name, "routes"))
			ipam = json_add(c->arena, ipam, m->name, json_shared(c->arena, m));
	ipam = json_add(c->arena, ipam, "ranges", ranges);
	*ret = json_add(c->arena, ipam, "routes", routes);
	return *ret ? 0 : fail_oom(err);
}

/* Adds a member that the delegate's configuration does not have already. */
static Json *complete(Arena *arena, Json *object, const char *name, Json *value)
{
	return object && json_get(object, name) ? object : json_add(arena, object, name, value);
}

/* The delegate's configuration, as text. */
static int make_delegate(const PluginCall *c, const Subnet *subnet, char **ret, Error *err)
{
	Json *object = json_new(c->arena, JSON_OBJECT), *ipam;
	const char *type;
	uint64_t mtu;
	int r = make_ipam(c, subnet, &ipam, err);

	if (r < 0)
		return r;
	if (number_parse_u64(subnet->mtu, 65535, &mtu) < 0)
		return fail(err, -EINVAL, "the FLANNEL_MTU of flanneld, \"%s\", is no number",
			subnet->mtu);
	object = json_add_text(c->arena, object, "name", c->network->name);
	object = json_add_text(
		c->arena, object, "cniVersion", cni_version_text(c->network->version));
	for (const Json *m = json_first_member(json_get(c->plugin->json, "delegate")); m;
		m = m->next)
		if (!streq(m->name, "cniVersion"))
			object = json_add(c->arena, object, m->name, json_shared(c->arena, m));
	object = complete(c->arena, object, "type", json_new_text(c->arena, DEFAULT_DELEGATE));
	object = complete(c->arena, object, "mtu", json_new_integer(c->arena, (int64_t)mtu));
	object = complete(c->arena, object, "ipMasq",
		json_new_bool(c->arena, !streq(subnet->masquerade, "true")));
	type = json_text(json_get(object, "type"));
	if (type && streq(type, DEFAULT_DELEGATE))
		object = complete(c->arena, object, "isGateway", json_new_bool(c->arena, true));
	if (json_get(c->plugin->json, "runtimeConfig"))
		object = complete(c->arena, object, "runtimeConfig",
			json_shared(c->arena, json_get(c->plugin->json, "runtimeConfig")));
	r = json_print(json_add(c->arena, object, "ipam", ipam), false, ret);
	return r < 0 ? fail_oom(err) : 0;
}

/* c as the delegate is called: with its own configuration. */
static int redirect(
	const PluginCall *c, const char *text, CniNetwork *network, PluginCall *ret, Error *err)
{
	int r = cni_network_parse(text, strlen(text), c->arena, network, err);

	if (r < 0)
		return wrap(err, r, "delegate");
	*ret = *c;
	ret->network = network;
	ret->plugin = &network->plugins[0];
	if (streq(ret->plugin->type, c->plugin->type))
		return fail(err, -EINVAL, "delegate.type: cannot be %s itself", c->plugin->type);
	return 0;
}

static int kept_path(
	const PluginCall *c, const FlannelConf *conf, char ret[static PATH_MAX], Error *err)
{
	int n = snprintf(ret, PATH_MAX, "%s/%s", conf->data_dir, c->container);

	return n < 0 || n >= PATH_MAX ? fail(err, -ENAMETOOLONG, "dataDir: is too long") : 0;
}

static int keep(const PluginCall *c, const FlannelConf *conf, const char *text, Error *err)
{
	char path[PATH_MAX];
	int r = kept_path(c, conf, path, err);

	if (r < 0)
		return r;
	(void)path_mkdir_parents(AT_FDCWD, conf->data_dir, 0755);
	return fd_write_file(AT_FDCWD, path, 0600, text, strlen(text), err);
}

static int flannel_add(const PluginCall *c, CniResult *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	FlannelConf conf = {.data_dir = NULL};
	Subnet subnet = {.network = NULL};
	CniNetwork network;
	PluginCall call;
	int r = read_conf(c, &conf, err);

	if (r == 0)
		r = read_subnet(c, conf.subnet_file, &subnet, err);
	if (r == 0)
		r = make_delegate(c, &subnet, &text, err);
	if (r == 0)
		r = redirect(c, text, &network, &call, err);
	if (r == 0)
		r = keep(c, &conf, text, err);
	return r < 0 ? r : delegate_add(&call, DELEGATE_NETWORK, ret, err);
}

/* What the delegate was told when the container was added. -ENOENT when it was not. */
static int recall(const PluginCall *c, char path[static PATH_MAX], CniNetwork *network,
	PluginCall *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	FlannelConf conf = {.data_dir = NULL};
	int r = read_conf(c, &conf, err);

	if (r == 0)
		r = kept_path(c, &conf, path, err);
	if (r == 0)
		r = fd_read_file(AT_FDCWD, path, CNI_CONF_MAX, &text, NULL, err);
	return r < 0 ? r : redirect(c, text, network, ret, err);
}

static int flannel_del(const PluginCall *c, Error *err)
{
	char path[PATH_MAX];
	CniNetwork network;
	PluginCall call;
	int r = recall(c, path, &network, &call, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = delegate_ask(&call, DELEGATE_NETWORK, "DEL", err);
	if (r == 0 && unlink(path) < 0 && errno != ENOENT)
		r = fail_errno(err, -errno, "remove %s", path);
	return r;
}

static int flannel_check(const PluginCall *c, Error *err)
{
	char path[PATH_MAX];
	CniNetwork network;
	PluginCall call;
	int r = recall(c, path, &network, &call, err);

	return r < 0 ? r : delegate_ask(&call, DELEGATE_NETWORK, "CHECK", err);
}

static int flannel_status(const PluginCall *c, Error *err)
{
	FlannelConf conf = {.data_dir = NULL};
	Subnet subnet = {.network = NULL};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : read_subnet(c, conf.subnet_file, &subnet, err);
}

/* A delegate that is a program keeps its rules itself. */
static int flannel_restore(const PluginCall *c, Error *err)
{
	char path[PATH_MAX];
	CniNetwork network;
	PluginCall call;
	const Plugin *delegate;
	int r = recall(c, path, &network, &call, err);

	if (r < 0)
		return r;
	delegate = plugin_find(call.plugin->type);
	return delegate && delegate->restore ? delegate->restore(&call, err) : 0;
}

const Plugin plugin_flannel = {
	.type = "flannel",
	.add = flannel_add,
	.del = flannel_del,
	.check = flannel_check,
	.status = flannel_status,
	.restore = flannel_restore,
	.makes_interface = true,
};
