/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin tuning, behind another one in a chain: kernel parameters of the pod's network, and
 * properties of its interface. What an interface was before is kept for DEL. */

#include <fcntl.h>
#include <linux/if_link.h>
#include <limits.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "base/directory.h"
#include "base/fd.h"
#include "net/link-state.h"
#include "net/namespace.h"
#include "net/request.h"
#include "spec/app.h"
#include "spec/cni-fields.h"

#define DEFAULT_DATA_DIR "/run/cni/tuning"
#define KEPT_MAX         4096
#define PARAMETERS_MAX   256

/* What an interface is to be, or was. */
typedef struct Properties {
	const char *mac; /* NULL: as it is */
	int64_t mtu;     /* 0: as it is */
	int promiscuous; /* -1: as it is */
	int all_multicast;
} Properties;

typedef struct TuningConf {
	Properties want;
	NameValue *parameters;
	size_t n_parameters;
	const char *data_dir;
} TuningConf;

#define PROPERTY_FIELDS(type, member)                                                              \
	FIELD(type, member mac, "mac", text),                                                      \
		FIELD(type, member mtu, "mtu", number, .min = 0, .max = 65535),                    \
		FIELD(type, member promiscuous, "promisc", tristate, .fallback = -1),              \
		FIELD(type, member all_multicast, "allmulti", tristate, .fallback = -1)

static const Field property_fields[] = {
	PROPERTY_FIELDS(Properties, ),
};
static const ObjectType property_object = OBJECT_TYPE(Properties, property_fields, NULL);

static const Field conf_fields[] = {
	PROPERTY_FIELDS(TuningConf, want.),
	FIELD(TuningConf, parameters, "sysctl", map, .max = PARAMETERS_MAX,
		.aux = offsetof(TuningConf, n_parameters)),
	FIELD(TuningConf, data_dir, "dataDir", text),
};
static const ObjectType conf_object = OBJECT_TYPE(TuningConf, conf_fields, NULL);

static int read_conf(const PluginCall *c, TuningConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	PluginRequest request;
	const char *mac;
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (!ret->data_dir)
		ret->data_dir = DEFAULT_DATA_DIR;
	if (r == 0)
		r = plugin_request(c, &request, err);
	if (r < 0)
		return r;
	r = plugin_arg(c, "MAC", &mac, err);
	if (r == 0)
		ret->want.mac = mac;
	if (request.mac)
		ret->want.mac = request.mac;
	return r < 0 ? r : 0;
}

#define PARAMETERS "/proc/sys/"
#define OWN        "IFNAME" /* stands for the pod's interface */

static char *put_name(char *to, const char *name, size_t len, bool dotted)
{
	for (size_t i = 0; i < len; i++)
		*to++ = dotted && name[i] == '.' ? '/' : name[i];
	return to;
}

/* Where a parameter is: names are written with dots or, when they hold one, with slashes. Only
 * those of the network are the pod's own. */
static int parameter_path(
	const char *name, const char *interface, char path[static PATH_MAX], Error *err)
{
	size_t len = strlen(name), before;
	const char *own = strstr(name, OWN);
	bool dotted = !strchr(name, '/');
	char *to = path + strlen(PARAMETERS);

	if (strlen(PARAMETERS) + len + strlen(interface) >= PATH_MAX)
		return fail(err, -EINVAL, "sysctl: a name is too long");
	before = own ? (size_t)(own - name) : len;
	memcpy(path, PARAMETERS, strlen(PARAMETERS));
	to = put_name(to, name, before, dotted);
	if (own) {
		to = put_name(to, interface, strlen(interface), false);
		to = put_name(to, own + strlen(OWN), len - before - strlen(OWN), dotted);
	}
	*to = '\0';
	if (!startswith(path, "/proc/sys/net/") || strstr(path, "/../"))
		return fail(err, -EINVAL, "sysctl: \"%s\" is not a parameter of the network", name);
	return 0;
}

typedef struct Parameters {
	const TuningConf *conf;
	const char *interface;
} Parameters;

static int write_parameters(void *userdata, Error *err)
{
	const Parameters *p = userdata;
	const TuningConf *conf = p->conf;
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < conf->n_parameters && r == 0; i++) {
		const NameValue *parameter = &conf->parameters[i];
		_cleanup_close_ int fd = -1;

		r = parameter_path(parameter->name, p->interface, path, err);
		if (r < 0)
			return r;
		fd = open(path, O_WRONLY | O_CLOEXEC);
		r = fd < 0 ? -errno : fd_write(fd, parameter->value, strlen(parameter->value));
		if (r < 0)
			r = fail_errno(err, r, "sysctl: set %s to \"%s\"", parameter->name,
				parameter->value);
	}
	return r;
}

static int find_link(const PluginCall *c, int fd, LinkState *ret, Error *err)
{
	int r = link_state(fd, c->interface, ret);

	return r < 0 ? fail_errno(err, r, "find interface %s", c->interface) : 0;
}

static unsigned flag(int wanted, unsigned flag)
{
	return wanted < 0 ? 0 : flag;
}

static int set_properties(
	const PluginCall *c, int fd, const LinkState *link, const Properties *want, Error *err)
{
	unsigned mask =
		flag(want->promiscuous, IFF_PROMISC) | flag(want->all_multicast, IFF_ALLMULTI);
	unsigned flags = (want->promiscuous > 0 ? IFF_PROMISC : 0) |
			 (want->all_multicast > 0 ? IFF_ALLMULTI : 0);
	uint8_t mac[LINK_MAC_LEN];
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	link_set_flags(&b, link->index, flags, mask);
	if (want->mac) {
		if (link_mac_parse(want->mac, mac) < 0)
			return fail(
				err, -EINVAL, "mac: \"%s\" is not a hardware address", want->mac);
		netlink_put(&b, IFLA_ADDRESS, mac, sizeof mac);
	}
	if (want->mtu > 0)
		netlink_put_u32(&b, IFLA_MTU, (uint32_t)want->mtu);
	r = netlink_run(fd, &b);
	return r < 0 ? fail_errno(err, r, "change interface %s", c->interface) : 0;
}

static bool wants_nothing(const Properties *want)
{
	return !want->mac && want->mtu == 0 && want->promiscuous < 0 && want->all_multicast < 0;
}

static int kept_path(
	const PluginCall *c, const TuningConf *conf, char ret[static PATH_MAX], Error *err)
{
	int n = snprintf(
		ret, PATH_MAX, "%s/%s_%s.json", conf->data_dir, c->container, c->interface);

	return n < 0 || n >= PATH_MAX ? fail(err, -ENAMETOOLONG, "dataDir: is too long") : 0;
}

/* What is about to be changed, as it is. */
static int keep(const PluginCall *c, const TuningConf *conf, const LinkState *link, Error *err)
{
	const Properties *want = &conf->want;
	char path[PATH_MAX], mac[LINK_MAC_TEXT];
	Properties was = {
		.mac = want->mac ? link_mac_text(link->mac, mac) : NULL,
		.mtu = want->mtu > 0 ? link->mtu : 0,
		.promiscuous = want->promiscuous < 0 ? -1 : (link->flags & IFF_PROMISC) != 0,
		.all_multicast = want->all_multicast < 0 ? -1 : (link->flags & IFF_ALLMULTI) != 0,
	};
	_cleanup_free_ char *text = NULL;
	int r = kept_path(c, conf, path, err);

	if (r < 0)
		return r;
	if (json_print(fields_write(c->arena, &property_object, &was), false, &text) < 0)
		return fail_oom(err);
	(void)path_mkdir_parents(AT_FDCWD, conf->data_dir, 0755);
	return fd_write_file(AT_FDCWD, path, 0600, text, strlen(text), err);
}

static int change_interface(const PluginCall *c, const TuningConf *conf, Error *err)
{
	_cleanup_close_ int fd = -1;
	LinkState link;
	int r;

	if (wants_nothing(&conf->want))
		return 0;
	fd = plugin_open_namespace(c, err);
	r = fd < 0 ? fd : find_link(c, fd, &link, err);
	if (r == 0)
		r = keep(c, conf, &link, err);
	return r < 0 ? r : set_properties(c, fd, &link, &conf->want, err);
}

/* The result of the plugin before it, with the new hardware address. */
static int pass_result(const PluginCall *c, const TuningConf *conf, CniResult *ret, Error *err)
{
	CniInterface *interfaces = arena_memdup(
		c->arena, c->previous->interfaces, c->previous->n_interfaces * sizeof *interfaces);

	if (!interfaces)
		return fail_oom(err);
	*ret = *c->previous;
	ret->interfaces = interfaces;
	for (size_t i = 0; conf->want.mac && i < ret->n_interfaces; i++)
		if (streq(interfaces[i].name, c->interface) && interfaces[i].sandbox &&
			interfaces[i].sandbox[0])
			interfaces[i].mac = conf->want.mac;
	return 0;
}

static int tuning_add(const PluginCall *c, CniResult *ret, Error *err)
{
	TuningConf conf = {.data_dir = NULL};
	Parameters parameters = {.conf = &conf, .interface = c->interface};
	int r = read_conf(c, &conf, err);

	if (r < 0)
		return r;
	if (!c->previous)
		return fail(err, -EINVAL, "prevResult: tuning comes behind another plugin");
	if (conf.n_parameters > 0)
		r = namespace_run(c->namespace, write_parameters, &parameters, err);
	if (r == 0)
		r = change_interface(c, &conf, err);
	return r < 0 ? r : pass_result(c, &conf, ret, err);
}

/* Makes the interface what it was, if it is still there. */
static int restore(const PluginCall *c, const char *path, Error *err)
{
	Properties was = {.promiscuous = -1, .all_multicast = -1};
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	LinkState link;
	size_t len;
	int r = fd_read_file(AT_FDCWD, path, KEPT_MAX, &text, &len, err);

	if (r == 0)
		r = fields_read_document(
			text, len, KEPT_MAX, path, &property_object, c->arena, &was, err);
	if (r < 0)
		return r;
	fd = plugin_open_namespace(c, err);
	if (fd < 0)
		return fd;
	r = link_state(fd, c->interface, &link);
	if (r == -ENODEV)
		return 0;
	return r < 0 ? fail_errno(err, r, "find interface %s", c->interface)
		     : set_properties(c, fd, &link, &was, err);
}

static int tuning_del(const PluginCall *c, Error *err)
{
	TuningConf conf = {.data_dir = NULL};
	char path[PATH_MAX];
	int r = read_conf(c, &conf, err);

	if (r == 0)
		r = kept_path(c, &conf, path, err);
	if (r < 0)
		return r;
	if (c->namespace >= 0 && !c->namespace_ends)
		r = restore(c, path, err);
	if (r < 0 && r != -ENOENT)
		return r;
	return unlink(path) < 0 && errno != ENOENT ? fail_errno(err, -errno, "remove %s", path) : 0;
}

const Plugin plugin_tuning = {
	.type = "tuning",
	.add = tuning_add,
	.del = tuning_del,
};
