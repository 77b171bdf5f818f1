/* SPDX-License-Identifier: Apache-2.0 */

/* The IPAM plugin dhcp: addresses of servers in the network that the container's interface is in.
 * No daemon has to run: a process for each address keeps the lease. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/number.h"
#include "net/attachment-files.h"
#include "net/dhcp-keeper.h"
#include "net/dhcp-record.h"
#include "net/link-state.h"
#include "net/namespace.h"
#include "spec/cni-fields.h"

#define DIRECTORY   "/run/cni/dhcp"
#define OPTIONS_MAX 1024 /* bytes of all that are sent */
#define OPTION_MAX  255

typedef struct Request {
	const char *option;
	bool skip_default; /* nothing but what other items of the list say is asked for */
} Request;

typedef struct Provide {
	const char *option, *value, *from_arg;
} Provide;

typedef struct DhcpConf {
	Request *requests;
	size_t n_requests;
	Provide *provides;
	size_t n_provides;
} DhcpConf;

static const Field request_fields[] = {
	FIELD(Request, option, "option", text),
	FIELD(Request, skip_default, "skipDefault", bool),
};
static const ObjectType request_object = OBJECT_TYPE(Request, request_fields, NULL);

static const Field provide_fields[] = {
	FIELD(Provide, option, "option", text, .flags = FIELD_REQUIRED),
	FIELD(Provide, value, "value", text),
	FIELD(Provide, from_arg, "fromArg", text),
};
static const ObjectType provide_object = OBJECT_TYPE(Provide, provide_fields, NULL);

static const Field conf_fields[] = {
	FIELD(DhcpConf, requests, "request", objects, .max = OPTION_MAX,
		.aux = offsetof(DhcpConf, n_requests), .object = &request_object),
	FIELD(DhcpConf, provides, "provide", objects, .max = OPTION_MAX,
		.aux = offsetof(DhcpConf, n_provides), .object = &provide_object),
};
static const ObjectType conf_object = OBJECT_TYPE(DhcpConf, conf_fields, NULL);

/* Options by the names that ISC's dhcpd gives them. */
static const struct {
	const char *name;
	uint8_t number;
} names[] = {
	{"subnet-mask", DHCP_OPTION_MASK},
	{"routers", DHCP_OPTION_ROUTERS},
	{"domain-name-servers", DHCP_OPTION_DNS},
	{"host-name", DHCP_OPTION_HOST_NAME},
	{"domain-name", DHCP_OPTION_DOMAIN},
	{"interface-mtu", 26},
	{"broadcast-address", 28},
	{"static-routes", DHCP_OPTION_STATIC_ROUTES},
	{"ntp-servers", 42},
	{"vendor-class-identifier", 60},
	{"dhcp-client-identifier", DHCP_OPTION_CLIENT},
	{"user-class", 77},
	{"domain-search", DHCP_OPTION_SEARCH},
	{"classless-static-routes", DHCP_OPTION_CLASSLESS_ROUTES},
};

static const uint8_t asked_for[] = {DHCP_OPTION_MASK, DHCP_OPTION_CLASSLESS_ROUTES,
	DHCP_OPTION_ROUTERS, DHCP_OPTION_STATIC_ROUTES, DHCP_OPTION_DNS, DHCP_OPTION_DOMAIN,
	DHCP_OPTION_SEARCH, DHCP_OPTION_LEASE, DHCP_OPTION_RENEW, DHCP_OPTION_REBIND};

/* A name, or a number as text. */
static int find_option(JsonReader *reader, const char *text, uint8_t *ret)
{
	char quoted[QUOTED_MAX];
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (streq(names[i].name, text)) {
			*ret = names[i].number;
			return 0;
		}
	if (number_parse_u64(text, DHCP_OPTION_END - 1, &number) < 0 || number == 0)
		return reader_fail(reader, NULL, "%s is not an option of DHCP",
			text_quoted(text, quoted, sizeof quoted));
	*ret = (uint8_t)number;
	return 0;
}

/* What each query has. */
typedef struct Options {
	uint8_t bytes[OPTIONS_MAX];
	size_t len;
} Options;

static int add_option(Options *o, uint8_t number, const void *data, size_t len, Error *err)
{
	if (len > OPTION_MAX || len + 2 > sizeof o->bytes - o->len)
		return fail(err, -EINVAL, "ipam.provide: is too long");
	o->bytes[o->len++] = number;
	o->bytes[o->len++] = (uint8_t)len;
	memcpy(o->bytes + o->len, data, len);
	o->len += len;
	return 0;
}

/* The value, unless nobody gives one: 1. */
static int find_value(const PluginCall *c, const Provide *provide, const char **ret, Error *err)
{
	*ret = provide->value;
	return *ret ? 0 : provide->from_arg ? plugin_arg(c, provide->from_arg, ret, err) : 1;
}

static int add_provided(
	const PluginCall *c, const DhcpConf *conf, JsonReader *reader, bool identifier, Options *o)
{
	for (size_t i = 0; i < conf->n_provides; i++) {
		const Provide *provide = &conf->provides[i];
		const char *value;
		uint8_t number;
		int r = find_option(reader, provide->option, &number);

		if (r < 0)
			return r;
		if ((number == DHCP_OPTION_CLIENT) != identifier)
			continue;
		r = find_value(c, provide, &value, reader->err);
		if (r == 0)
			r = add_option(o, number, value, strlen(value), reader->err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Who the client is, if the configuration does not say it: of no kind that others know, and the
 * same whenever it asks. */
static int add_identifier(const PluginCall *c, Options *o, Error *err)
{
	char text[1 + OPTION_MAX] = "";
	int n = snprintf(text + 1, sizeof text - 1, "%s/%s/%s", c->container, c->network->name,
		c->interface);

	return add_option(o, DHCP_OPTION_CLIENT, text, 1 + MIN((size_t)n, OPTION_MAX - 1), err);
}

static int add_request(const DhcpConf *conf, JsonReader *reader, Options *o)
{
	uint8_t list[sizeof asked_for + OPTION_MAX];
	bool skip = false;
	size_t n = 0;

	for (size_t i = 0; i < conf->n_requests; i++)
		skip |= conf->requests[i].skip_default;
	if (!skip) {
		memcpy(list, asked_for, sizeof asked_for);
		n = sizeof asked_for;
	}
	for (size_t i = 0; i < conf->n_requests; i++)
		if (conf->requests[i].option) {
			int r = find_option(reader, conf->requests[i].option, &list[n]);

			if (r < 0)
				return r;
			n++;
		}
	return n > 0 ? add_option(o, DHCP_OPTION_PARAMETERS, list, MIN(n, (size_t)OPTION_MAX),
			       reader->err)
		     : 0;
}

/* The identifier is the first one. */
static int read_options(const PluginCall *c, Options *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err, .path = "ipam"};
	DhcpConf conf = {.n_requests = 0};
	int r = fields_read(&reader, &conf_object, c->plugin->ipam.json, &conf);

	if (r == 0)
		r = add_provided(c, &conf, &reader, true, ret);
	if (r == 0 && ret->len == 0)
		r = add_identifier(c, ret, err);
	if (r == 0)
		r = add_request(&conf, &reader, ret);
	return r < 0 ? r : add_provided(c, &conf, &reader, false, ret);
}

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
	if (reply->domain[0])
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
	(void)snprintf(path, PATH_MAX, DIRECTORY "/%s/%s", c->network->name, file);
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
	Options options = {.len = 0};
	DhcpClient client = {.fd = -1, .options = options.bytes};
	DhcpLease lease;
	DhcpReply reply;
	int r = read_options(c, &options, err);

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
	if (load(c, fd, file, &record, &client, &lease) == 0)
		(void)dhcp_record_run(&record, &client, release, &lease);
	return 0;
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

static int is_kept(const PluginCall *c, int dir, const char *file, Error *err)
{
	_cleanup_close_ int fd = openat(dir, file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	DhcpClient client;
	DhcpRecord record;
	DhcpLease lease;

	if (fd < 0 || load(c, fd, file, &record, &client, &lease) < 0)
		return -ENOENT;
	return lease.lease == DHCP_FOREVER || dhcp_keeper_runs(fd) > 0 ? 0 : -ENOENT;
}

static int dhcp_check(const PluginCall *c, Error *err)
{
	int r = with_record(c, is_kept, err);

	return r == -ENOENT ? fail(err, r, "container %s has no address of DHCP that is kept",
				      c->container)
			    : r;
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
	.fails_clean = true,
};
