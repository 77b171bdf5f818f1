/* SPDX-License-Identifier: Apache-2.0 */

/* The IPAM plugin dhcp: addresses of servers in the network that the container's interface is in.
 * No daemon has to run: a process for each address keeps the lease. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "net/attachment-files.h"
#include "net/dhcp-keeper.h"
#include "net/dhcp-options.h"
#include "net/dhcp-record.h"
#include "net/link-state.h"
#include "net/namespace.h"

#define DIRECTORY "/run/cni/dhcp"

/* The interface has to be up to be heard by. */
static int raise_interface(const PluginCall *c, DhcpClient *client, Error *err)
{
	_cleanup_close_ int fd = plugin_open_namespace(c, err);
	LinkState link;
	NetlinkBatch b;
	int r;

	if (fd < 0)
		return fd;
	r = link_state(fd, c->interface, &link);
	if (r == 0) {
		client->index = link.index;
		memcpy(client->mac, link.mac, sizeof client->mac);
		netlink_begin(&b);
		link_set_up(&b, link.index);
		r = netlink_run(fd, &b);
	}
	if (r == -ENODEV)
		return fail(
			err, r, "interface %s, to ask DHCP servers by, is not there", c->interface);
	return r < 0 ? fail_errno(err, r, "set interface %s up", c->interface) : 0;
}

/* For namespace_run(). */
static int open_client(void *userdata, Error *err)
{
	int r = dhcp_client_open(userdata);

	return r < 0 ? fail_errno(err, r, "open a packet socket") : 0;
}

static int obtain(
	const PluginCall *c, DhcpClient *client, DhcpLease *ret, DhcpReply *ret_reply, Error *err)
{
	int r = raise_interface(c, client, err);

	if (r == 0)
		r = namespace_run(c->namespace, open_client, client, err);
	if (r < 0)
		return r;
	r = dhcp_client_obtain(client, ret, ret_reply);
	if (r == 0 && ret_reply->prefix < 0) {
		(void)dhcp_client_release(client, ret);
		r = fail(err, -EPROTO, "the DHCP server does not tell the size of the network");
	} else if (r == -EAGAIN) {
		r = fail(err, r, "no DHCP server has answered on interface %s", c->interface);
	} else if (r < 0) {
		r = fail_errno(err, r, "ask DHCP servers on interface %s", c->interface);
	}
	return r;
}

static const char *text_of(Arena *arena, uint32_t number, int prefix)
{
	Address a = dhcp_address(number, prefix < 0 ? 32 : (unsigned)prefix);
	char text[ADDRESS_TEXT];

	return arena_strdup(
		arena, prefix < 0 ? address_text(&a, text) : address_network_text(&a, text));
}

/* Readers of /etc/resolv.conf take the one of domain and list that comes last: where there is a
 * list, it counts (RFC 3397). */
static int tell_dns(Arena *arena, const DhcpReply *reply, CniDns *ret)
{
	ret->nameservers = arena_new(arena, const char *, reply->n_dns + 1);
	ret->search = arena_new(arena, const char *, reply->n_search + 1);
	if (!ret->nameservers || !ret->search)
		return -ENOMEM;
	for (size_t i = 0; i < reply->n_dns; i++)
		ret->nameservers[ret->n_nameservers++] = text_of(arena, reply->dns[i], -1);
	for (size_t i = 0; i < reply->n_search; i++)
		ret->search[ret->n_search++] = arena_strdup(arena, reply->search[i]);
	if (reply->domain[0] && reply->n_search == 0)
		ret->domain = arena_strdup(arena, reply->domain);
	return 0;
}

static int tell(const PluginCall *c, const DhcpReply *reply, CniResult *ret, Error *err)
{
	Arena *arena = c->arena;

	ret->ips = arena_new(arena, CniIp, 1);
	ret->routes = arena_new(arena, CniRoute, reply->n_routes + 1);
	if (!ret->ips || !ret->routes || tell_dns(arena, reply, &ret->dns) < 0)
		return fail_oom(err);
	ret->ips[ret->n_ips++] = (CniIp){
		.address = text_of(arena, reply->address, reply->prefix),
		.gateway = reply->gateway ? text_of(arena, reply->gateway, -1) : NULL,
		.interface = -1,
	};
	for (size_t i = 0; i < reply->n_routes; i++)
		ret->routes[ret->n_routes++] = (CniRoute){
			.dst = text_of(arena, reply->routes[i].network, reply->routes[i].prefix),
			.gw = text_of(arena, reply->routes[i].gateway, -1),
		};
	return 0;
}

static void record_path(const PluginCall *c, const char *file, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, DIRECTORY "/%s/%s", c->network->name, file);
}

/* The record of an address that is about to be asked for: one that somebody keeps is another
 * container's of this name. */
static int open_record(const PluginCall *c, char path[static PATH_MAX], Error *err)
{
	char file[NAME_MAX + 1];
	_cleanup_close_ int dir = -1, fd = -1;
	int r = attachment_file_name(c->container, c->interface, file, err);

	if (r < 0)
		return r;
	dir = attachment_files_open(c, DIRECTORY, true, err);
	if (dir < 0)
		return dir;
	record_path(c, file, path);
	fd = openat(dir, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_errno(err, -errno, "open %s", path);
	if (dhcp_keeper_runs(fd) != 0)
		return fail(err, -EEXIST, "the container has an address of DHCP already");
	return TAKE_FD(fd);
}

static int record_lease(const PluginCall *c, int fd, const DhcpClient *client,
	const DhcpLease *lease, const DhcpReply *reply, Error *err)
{
	DhcpRecord record = {.interface = c->interface, .namespace = c->namespace_path};
	struct stat st;

	if (fstat(c->namespace, &st) < 0)
		return fail_errno(err, -errno, "stat %s", c->namespace_path);
	record.device = (int64_t)st.st_dev;
	record.inode = (int64_t)st.st_ino;
	record.options = dhcp_record_options(c->arena, client->options, client->options_len);
	if (!record.options ||
		dhcp_record_set(&record, lease, (unsigned)reply->prefix, c->arena) < 0)
		return fail_oom(err);
	return dhcp_record_write(fd, &record, err);
}

static int add(const PluginCall *c, int fd, const char *path, CniResult *ret, Error *err)
{
	DhcpOptions options = {.len = 0};
	DhcpClient client = {.fd = -1, .options = options.bytes};
	DhcpLease lease;
	DhcpReply reply;
	int r = dhcp_options_read(c, &options, err);

	client.options_len = options.len;
	if (r == 0)
		r = obtain(c, &client, &lease, &reply, err);
	if (r == 0)
		r = record_lease(c, fd, &client, &lease, &reply, err);
	dhcp_client_done(&client);
	if (r == 0 && lease.lease != DHCP_FOREVER)
		r = dhcp_keeper_start(path, err);
	return r < 0 ? r : tell(c, &reply, ret, err);
}

static int load(const PluginCall *c, int fd, const char *file, DhcpRecord *ret, DhcpClient *client,
	DhcpLease *lease)
{
	unsigned prefix;
	int r = dhcp_record_read(fd, file, c->arena, ret, NULL);

	return r < 0 ? r : dhcp_record_get(ret, c->arena, lease, &prefix, client);
}

static int leave(const PluginCall *c, const DhcpRecord *record, Error *err)
{
	Address a;

	if (!c->leaving || address_parse_network(record->address, &a) < 0)
		return 0;
	return c->leaving(c, &a, err);
}

static int release(DhcpClient *client, void *userdata)
{
	return dhcp_client_release(client, userdata);
}

/* Ends what keeps the lease, and gives the address back while there is an interface to do that by;
 * else the server has it back when the lease ends. */
static int take_back(const PluginCall *c, int dir, const char *file, Error *err)
{
	_cleanup_close_ int fd = openat(dir, file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	DhcpClient client = {.fd = -1};
	DhcpRecord record;
	DhcpLease lease;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_errno(err, -errno, "open %s", file);
	r = dhcp_keeper_stop(fd, err);
	if (r < 0)
		return r;
	if (load(c, fd, file, &record, &client, &lease) < 0)
		return 0;
	r = leave(c, &record, err);
	if (r == 0)
		(void)dhcp_record_run(&record, &client, release, &lease);
	return r;
}

/* -ENOENT, without an error text, when the network has no records. */
static int with_record(const PluginCall *c,
	int (*action)(const PluginCall *c, int dir, const char *file, Error *err), Error *err)
{
	char file[NAME_MAX + 1];
	_cleanup_close_ int dir = -1;
	int r = attachment_file_name(c->container, c->interface, file, err);

	if (r < 0)
		return r;
	dir = attachment_files_open(c, DIRECTORY, false, err);
	return dir < 0 ? dir : action(c, dir, file, err);
}

static int take_back_and_remove(const PluginCall *c, int dir, const char *file, Error *err)
{
	int r = take_back(c, dir, file, err);

	return r == 0 && unlinkat(dir, file, 0) < 0 && errno != ENOENT
		       ? fail_errno(err, -errno, "remove %s", file)
		       : r;
}

static int dhcp_del(const PluginCall *c, Error *err)
{
	int r = with_record(c, take_back_and_remove, err);

	return r == -ENOENT ? 0 : r;
}

/* What fails takes nothing back that an earlier one has. */
static int dhcp_add(const PluginCall *c, CniResult *ret, Error *err)
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = open_record(c, path, err);
	int r;

	if (fd < 0)
		return fd;
	r = add(c, fd, path, ret, err);
	if (r < 0)
		(void)dhcp_del(c, NULL);
	return r;
}

/* Whether the lease of a record is kept, or need not be: 1, 0, or -ENOENT when there is none. */
static int keeps(const PluginCall *c, int dir, const char *file)
{
	_cleanup_close_ int fd = openat(dir, file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	DhcpClient client;
	DhcpRecord record;
	DhcpLease lease;

	if (fd < 0 || load(c, fd, file, &record, &client, &lease) < 0)
		return -ENOENT;
	return lease.lease == DHCP_FOREVER || dhcp_keeper_runs(fd) > 0;
}

static int is_kept(const PluginCall *c, int dir, const char *file, Error *err)
{
	return keeps(c, dir, file) > 0 ? 0 : -ENOENT;
}

/* What the host has lost, a process that was killed, starts again; it knows how old the lease is.
 */
static int keep_again(const PluginCall *c, int dir, const char *file, Error *err)
{
	char path[PATH_MAX];

	if (keeps(c, dir, file) != 0)
		return 0;
	record_path(c, file, path);
	return dhcp_keeper_start(path, err);
}

static int dhcp_check(const PluginCall *c, Error *err)
{
	int r = with_record(c, is_kept, err);

	return r == -ENOENT ? fail(err, r, "container %s has no address of DHCP that is kept",
				      c->container)
			    : r;
}

static int dhcp_restore(const PluginCall *c, Error *err)
{
	int r = with_record(c, keep_again, err);

	return r == -ENOENT ? 0 : r;
}

static int dhcp_gc(const PluginCall *c, Error *err)
{
	return attachment_files_collect(c, DIRECTORY, take_back, err);
}

const Plugin plugin_dhcp = {
	.type = "dhcp",
	.add = dhcp_add,
	.del = dhcp_del,
	.check = dhcp_check,
	.gc = dhcp_gc,
	.restore = dhcp_restore,
	.fails_clean = true,
	.hands_out = true,
};
