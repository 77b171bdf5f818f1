/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin host-device: an interface of the host's is the pod's while the pod has it. Its alias
 * is the name that it goes home with. */

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "net/endpoint.h"
#include "net/ipam.h"
#include "net/link-state.h"
#include "spec/cni-fields.h"

#define OWN "/proc/self/ns/net"

typedef struct DeviceConf {
	const char *device, *mac, *kernel_path, *pci;
} DeviceConf;

static const Field conf_fields[] = {
	FIELD(DeviceConf, device, "device", text),
	FIELD(DeviceConf, mac, "hwaddr", text),
	FIELD(DeviceConf, kernel_path, "kernelpath", text),
	FIELD(DeviceConf, pci, "pciBusID", text),
};
static const ObjectType conf_object = OBJECT_TYPE(DeviceConf, conf_fields, NULL);

static int read_conf(const PluginCall *c, DeviceConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r < 0)
		return r;
	if (ret->kernel_path || ret->pci)
		return reader_fail(&reader, ret->kernel_path ? "kernelpath" : "pciBusID",
			"is not known here: name the interface with device or hwaddr");
	if (!ret->device && !ret->mac)
		return reader_fail(&reader, "device", "must be given, or hwaddr");
	return 0;
}

static int find_device(int fd, const DeviceConf *conf, LinkState *ret, Error *err)
{
	const char *what = conf->device ? conf->device : conf->mac;
	uint8_t mac[LINK_MAC_LEN];
	int r;

	if (conf->device)
		r = link_state(fd, conf->device, ret);
	else if (link_mac_parse(conf->mac, mac) < 0)
		return fail(err, -EINVAL, "hwaddr: \"%s\" is not a hardware address", conf->mac);
	else
		r = link_state_by_mac(fd, mac, ret);
	if (r == -ENODEV)
		return fail(err, r, "the host has no interface \"%s\"", what);
	return r < 0 ? fail_errno(err, r, "find interface %s", what) : 0;
}

static int move_in(
	const PluginCall *c, const LinkState *device, int host, Endpoint *pod, Error *err)
{
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	if (device->flags & IFF_LOOPBACK)
		return fail(err, -EINVAL, "interface %s is the host's loopback", device->name);
	link_move(&b, device->index, c->namespace, pod->name, device->name);
	r = netlink_run(host, &b);
	if (r == 0)
		r = link_find(pod->socket, pod->name, &pod->index, pod->mac);
	return r < 0 ? fail_errno(err, r, "give interface %s to the pod", device->name) : 0;
}

static int device_add(const PluginCall *c, CniResult *ret, Error *err)
{
	Endpoint host = {.socket = -1}, pod = {.socket = -1};
	DeviceConf conf = {.device = NULL};
	LinkState device;
	int r = read_conf(c, &conf, err);

	if (r == 0)
		r = endpoints_open(c, &host, &pod, err);
	if (r == 0)
		r = find_device(host.socket, &conf, &device, err);
	if (r == 0)
		r = move_in(c, &device, host.socket, &pod, err);
	if (r == 0)
		r = endpoint_complete(c, &pod, ret, err);
	endpoints_done(&host, &pod);
	return r;
}

/* Also when the namespace is about to go: what is left in it goes with it. */
static int move_out(const PluginCall *c, Error *err)
{
	_cleanup_close_ int fd = -1, home = -1;
	NetlinkBatch b;
	LinkState device;
	int r;

	netlink_begin(&b);
	fd = plugin_open_namespace(c, err);
	if (fd < 0)
		return fd;
	r = link_state(fd, c->interface, &device);
	if (r == -ENODEV)
		return 0;
	home = open(OWN, O_RDONLY | O_CLOEXEC);
	if (r == 0 && home < 0)
		r = -errno;
	if (r == 0) {
		link_move(&b, device.index, home, device.alias[0] ? device.alias : device.name, "");
		r = netlink_run(fd, &b);
	}
	return r < 0 ? fail_errno(err, r, "give interface %s back to the host", c->interface) : 0;
}

static int device_del(const PluginCall *c, Error *err)
{
	bool first = ipam_needs_interface(c->plugin);
	int r = first ? ipam_del(c, NULL, err) : 0;

	if (r == 0 && c->namespace >= 0)
		r = move_out(c, err);
	return r < 0 || first || !c->plugin->ipam.given ? r : ipam_del(c, NULL, err);
}

static int device_gc(const PluginCall *c, Error *err)
{
	return endpoint_collect(c, false, err);
}

static int device_status(const PluginCall *c, Error *err)
{
	DeviceConf conf = {.device = NULL};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : ipam_status(c, err);
}

const Plugin plugin_host_device = {
	.type = "host-device",
	.add = device_add,
	.del = device_del,
	.check = endpoint_check,
	.gc = device_gc,
	.status = device_status,
	.makes_interface = true,
};
