/* SPDX-License-Identifier: Apache-2.0 */

/* CHECK: whether the kernel still has what ADD has made. */

#include "base/fd.h"
#include "net/endpoint.h"
#include "net/ipam.h"
#include "net/link-state.h"

static bool is_in_pod(const CniInterface *interface)
{
	return interface->sandbox && interface->sandbox[0] != '\0';
}

static int check_interface(int fd, const CniInterface *interface, LinkState *ret, Error *err)
{
	char mac[LINK_MAC_TEXT];
	int r = link_state(fd, interface->name, ret);

	if (r == -ENODEV)
		return fail(err, r, "interface %s is not there", interface->name);
	if (r < 0)
		return fail_errno(err, r, "find interface %s", interface->name);
	if (interface->mac && strcasecmp(link_mac_text(ret->mac, mac), interface->mac) != 0)
		return fail(err, -ENODEV, "interface %s has the hardware address %s, not %s",
			interface->name, mac, interface->mac);
	return 0;
}

/* Those of the host, and the one that c is about, whose number is returned in *ret_number. */
static int check_interfaces(
	const PluginCall *c, int host, int pod, LinkState *ret, int64_t *ret_number, Error *err)
{
	bool found = false;
	LinkState other;
	int r = 0;

	for (size_t i = 0; i < c->previous->n_interfaces && r == 0; i++) {
		const CniInterface *interface = &c->previous->interfaces[i];

		if (!is_in_pod(interface)) {
			/* A bridge changes its hardware address with its ports. */
			CniInterface named = {.name = interface->name};

			r = check_interface(host, &named, &other, err);
		} else if (streq(interface->name, c->interface)) {
			r = check_interface(pod, interface, ret, err);
			*ret_number = (int64_t)i;
			found = true;
		}
	}
	if (r == 0 && !found)
		r = fail(err, -EINVAL, "prevResult.interfaces: there is no %s", c->interface);
	return r;
}

static int check_address(int pod, const LinkState *link, const char *text, Error *err)
{
	Address a;
	int r;

	if (address_parse_network(text, &a) < 0)
		return fail(err, -EINVAL, "prevResult: \"%s\" is not an IP address", text);
	r = link_has_address(pod, link->index, &a);
	if (r == 0)
		return fail(err, -ENOENT, "interface %s does not have the address %s", link->name,
			text);
	return r < 0 ? fail_errno(err, r, "list addresses") : 0;
}

static int check_route(int pod, const LinkState *link, const CniRoute *route, Error *err)
{
	Address to, gateway;
	int r;

	if (address_parse_network(route->dst, &to) < 0 ||
		(route->gw && address_parse(route->gw, &gateway) < 0))
		return fail(
			err, -EINVAL, "prevResult: the route to \"%s\" leads nowhere", route->dst);
	to = address_first(&to);
	r = link_has_route(pod, link->index, &to, route->gw ? &gateway : NULL);
	if (r == 0)
		return fail(err, -ENOENT, "there is no route to %s by interface %s", route->dst,
			link->name);
	return r < 0 ? fail_errno(err, r, "list routes") : 0;
}

int endpoint_check(const PluginCall *c, Error *err)
{
	Endpoint host = {.socket = -1}, pod = {.socket = -1};
	const CniResult *result = c->previous;
	LinkState link = {.index = 0};
	int64_t number = -1;
	int r;

	if (!result)
		return fail(err, -EINVAL, "prevResult: must be given");
	r = endpoints_open(c, &host, &pod, err);
	if (r == 0)
		r = check_interfaces(c, host.socket, pod.socket, &link, &number, err);
	for (size_t i = 0; r == 0 && i < result->n_ips; i++)
		if (result->ips[i].interface == number)
			r = check_address(pod.socket, &link, result->ips[i].address, err);
	for (size_t i = 0; r == 0 && i < result->n_routes; i++)
		r = check_route(pod.socket, &link, &result->routes[i], err);
	endpoints_done(&host, &pod);
	return r < 0 ? r : ipam_check(c, err);
}
