/* SPDX-License-Identifier: Apache-2.0 */

/* The IPAM plugin host-local: addresses of ranges that the configuration names, see lease.h. */

#include "net/ipam.h"
#include "net/lease.h"
#include "net/request.h"
#include "net/host-resolver.h"
#include "spec/cni-fields.h"

#define RANGES_MAX 256

/* A range as it is written. */
typedef struct RangeConf {
	const char *subnet, *first, *last, *gateway;
} RangeConf;

typedef struct HostLocalConf {
	RangeConf range; /* the one of old configurations */
	const char *data_dir, *resolv_conf;
	CniRoute *routes;
	size_t n_routes;
} HostLocalConf;

#define RANGE_FIELDS(type, member)                                                                 \
	FIELD(type, member subnet, "subnet", text), FIELD(type, member first, "rangeStart", text), \
		FIELD(type, member last, "rangeEnd", text),                                        \
		FIELD(type, member gateway, "gateway", text)

static const Field range_fields[] = {
	RANGE_FIELDS(RangeConf, ),
};
static const ObjectType range_object = OBJECT_TYPE(RangeConf, range_fields, NULL);

static const Field conf_fields[] = {
	RANGE_FIELDS(HostLocalConf, range.),
	FIELD(HostLocalConf, data_dir, "dataDir", text),
	FIELD(HostLocalConf, resolv_conf, "resolvConf", text),
	FIELD(HostLocalConf, routes, "routes", objects, .max = 10000,
		.aux = offsetof(HostLocalConf, n_routes), .object = &cni_route_object),
};
static const ObjectType conf_object = OBJECT_TYPE(HostLocalConf, conf_fields, NULL);

/* Reads an address of the range, or takes fallback where none is written. */
static int read_address(JsonReader *r, const char *member, const char *text, const Address *network,
	const Address *fallback, Address *ret)
{
	char quoted[QUOTED_MAX];

	*ret = *fallback;
	if (!text)
		return 0;
	if (address_parse(text, ret) < 0)
		return reader_fail(r, member, "%s is not an IP address",
			text_quoted(text, quoted, sizeof quoted));
	if (!address_within(ret, network))
		return reader_fail(r, member, "%s is not in the subnet",
			text_quoted(text, quoted, sizeof quoted));
	return 0;
}

/* The bounds that the written form leaves out: neither the network's own address nor that for all
 * of its hosts is handed out. */
static int read_range(JsonReader *r, const RangeConf *conf, LeaseRange *ret)
{
	Address network, first, last;
	char quoted[QUOTED_MAX];
	int result;

	if (!conf->subnet)
		return reader_fail(r, "subnet", "must be given");
	if (!strchr(conf->subnet, '/'))
		return reader_fail(r, "subnet", "%s has no prefix length, like \"10.1.2.0/24\"",
			text_quoted(conf->subnet, quoted, sizeof quoted));
	if (address_parse_network(conf->subnet, &network) < 0 ||
		network.prefix + 2 > address_bits(&network))
		return reader_fail(r, "subnet", "%s is not a network of at least four addresses",
			text_quoted(conf->subnet, quoted, sizeof quoted));
	first = address_first(&network);
	if (address_compare(&first, &network) != 0)
		return reader_fail(r, "subnet", "%s has bits set behind its prefix",
			text_quoted(conf->subnet, quoted, sizeof quoted));
	ret->network = network;
	first = address_add(&first, 1);
	last = address_last(&network);
	if (network.family == AF_INET)
		last = address_add(&last, -1);
	first.prefix = last.prefix = address_bits(&network);
	result = read_address(r, "gateway", conf->gateway, &network, &first, &ret->gateway);
	if (result == 0)
		result = read_address(r, "rangeStart", conf->first, &network, &first, &ret->first);
	if (result == 0)
		result = read_address(r, "rangeEnd", conf->last, &network, &last, &ret->last);
	if (result == 0 && address_compare(&ret->first, &ret->last) > 0)
		result = reader_fail(r, "rangeStart", "is behind rangeEnd");
	return result;
}

/* The sets of ranges of a configuration. */
typedef struct Sets {
	LeaseRange *ranges;
	LeaseSet *sets;
	size_t n_ranges, n_sets;
} Sets;

static int add_range(JsonReader *r, const RangeConf *conf, Sets *s)
{
	LeaseSet *set = &s->sets[s->n_sets - 1];
	int result = read_range(r, conf, &s->ranges[s->n_ranges]);

	if (result == 0 && set->n > 0 &&
		set->ranges[0].network.family != s->ranges[s->n_ranges].network.family)
		result = reader_fail(r, "subnet", "is of another family than those beside it");
	if (result < 0)
		return result;
	s->n_ranges++;
	set->n++;
	return 0;
}

static void begin_set(Sets *s)
{
	s->sets[s->n_sets] =
		(LeaseSet){.ranges = s->ranges + s->n_ranges, .number = (unsigned)s->n_sets};
	s->n_sets++;
}

static int read_set(JsonReader *r, const Json *list, Sets *s)
{
	size_t i = 0;
	int result = 0;

	if (!json_is(list, JSON_ARRAY) || json_count(list) == 0)
		return reader_fail(r, NULL, "must be a list of ranges");
	begin_set(s);
	for (const Json *item = json_first(list); item && result == 0; item = item->next, i++) {
		size_t mark = reader_push(r, NULL, i);
		RangeConf conf = {.subnet = NULL};

		result = s->n_ranges == RANGES_MAX
				 ? reader_fail(r, NULL, "more than %d ranges", RANGES_MAX)
				 : fields_read(r, &range_object, item, &conf);
		if (result == 0)
			result = add_range(r, &conf, s);
		reader_pop(r, mark);
	}
	return result;
}

/* How many ranges there are at most, the one of old configurations included. */
static size_t count_ranges(const Json *sets)
{
	size_t n = 1;

	for (const Json *set = json_first(sets); set; set = set->next)
		n += json_count(set);
	return MIN(n, (size_t)RANGES_MAX + 1);
}

static int read_sets(JsonReader *r, const Json *ipam, const HostLocalConf *conf, Sets *s)
{
	const Json *sets = json_get(ipam, "ranges");
	size_t i = 0;
	int result = 0;

	s->ranges = arena_new(r->arena, LeaseRange, count_ranges(sets));
	s->sets = arena_new(r->arena, LeaseSet, json_count(sets) + 1);
	if (!s->ranges || !s->sets)
		return fail_oom(r->err);
	if (conf->range.subnet || json_count(sets) == 0) {
		begin_set(s);
		result = add_range(r, &conf->range, s);
	}
	for (const Json *item = json_first(sets); item && result == 0; item = item->next, i++) {
		size_t outer = reader_push(r, "ranges", 0), inner = reader_push(r, NULL, i);

		result = read_set(r, item, s);
		reader_pop(r, inner);
		reader_pop(r, outer);
	}
	return result;
}

static int read_conf(const PluginCall *c, HostLocalConf *conf, Sets *sets, Error *err)
{
	JsonReader reader = {
		.arena = c->arena, .err = err, .steps = {{.name = "ipam"}}, .depth = 1};
	int r = fields_read(&reader, &conf_object, c->plugin->ipam.json, conf);

	return r < 0 ? r : read_sets(&reader, c->plugin->ipam.json, conf, sets);
}

static int open_leases(const PluginCall *c, const HostLocalConf *conf, Leases *ret, Error *err)
{
	return leases_open(
		ret, conf->data_dir ? conf->data_dir : LEASE_DIRECTORY, c->network->name, err);
}

static int add_ip(
	const PluginCall *c, const Address *a, const LeaseRange *range, CniResult *ret, Error *err)
{
	char address[ADDRESS_TEXT], gateway[ADDRESS_TEXT];
	CniIp ip = {
		.address = arena_strdup(c->arena, address_network_text(a, address)),
		.gateway = arena_strdup(c->arena, address_text(&range->gateway, gateway)),
		.interface = -1,
	};

	if (!ip.address || !ip.gateway)
		return fail_oom(err);
	ret->ips[ret->n_ips++] = ip;
	return 0;
}

/* An address that is asked for, of a family. 0, 1 when there is none, or a negative errno. */
static int find_wanted(const PluginCall *c, int family, Address *ret, Error *err)
{
	PluginRequest asked;
	const char *text;
	int r = plugin_arg(c, "IP", &text, err);

	if (r < 0)
		return r;
	if (r == 0 && address_parse_network(text, ret) < 0)
		return fail(err, -EINVAL, "CNI_ARGS: IP=%s is not an IP address", text);
	if (r == 0 && ret->family == family)
		return 0;
	r = plugin_request(c, &asked, err);
	for (size_t i = 0; i < asked.n_ips && r == 0; i++) {
		if (address_parse_network(asked.ips[i], ret) < 0)
			return fail(err, -EINVAL, "ips: \"%s\" is not an IP address", asked.ips[i]);
		if (ret->family == family)
			return 0;
	}
	return r < 0 ? r : 1;
}

/* One address of a set. */
static int take_from(
	const PluginCall *c, const Leases *leases, const LeaseSet *set, CniResult *ret, Error *err)
{
	LeaseOwner owner = {c->container, c->interface};
	Address wanted, got;
	const LeaseRange *range;
	int r = find_wanted(c, set->ranges[0].first.family, &wanted, err);

	if (r < 0)
		return r;
	r = lease_take(leases, set, &owner, r == 0 ? &wanted : NULL, &got, &range, err);
	if (r == -EADDRINUSE)
		plugin_note_taken(c, &wanted);
	return r < 0 ? r : add_ip(c, &got, range, ret, err);
}

static int host_local_add(const PluginCall *c, CniResult *ret, Error *err)
{
	_cleanup_leases_ Leases leases = LEASES_INIT;
	HostLocalConf conf = {.data_dir = NULL};
	Sets sets = {.n_sets = 0};
	int r = read_conf(c, &conf, &sets, err);

	if (r == 0 && conf.resolv_conf)
		r = host_resolver_read(conf.resolv_conf, c->arena, &ret->dns, err);
	if (r < 0)
		return r;
	ret->ips = arena_new(c->arena, CniIp, sets.n_sets);
	if (!ret->ips)
		return fail_oom(err);
	r = open_leases(c, &conf, &leases, err);
	for (size_t i = 0; i < sets.n_sets && r == 0; i++)
		r = take_from(c, &leases, &sets.sets[i], ret, err);
	ret->routes = conf.routes;
	ret->n_routes = conf.n_routes;
	return r;
}

/* Who is told, and what the addresses' networks are. */
typedef struct Leaving {
	const Sets *sets;
	const PluginCall *call;
} Leaving;

static int leave(const Address *address, void *userdata, Error *err)
{
	const Leaving *leaving = userdata;
	Address a = *address;

	for (size_t i = 0; i < leaving->sets->n_ranges; i++)
		if (address_within(&a, &leaving->sets->ranges[i].network))
			a.prefix = leaving->sets->ranges[i].network.prefix;
	return leaving->call->leaving ? leaving->call->leaving(leaving->call, &a, err) : 0;
}

/* Opens the leases of the network that c is about, with what their addresses' networks are. */
static int open_network(const PluginCall *c, Leases *leases, Sets *sets, Error *err)
{
	HostLocalConf conf = {.data_dir = NULL};
	int r = read_conf(c, &conf, sets, err);

	return r < 0 ? r : open_leases(c, &conf, leases, err);
}

static int give_back(const PluginCall *c, Error *err)
{
	LeaseOwner owner = {c->container, c->interface};
	_cleanup_leases_ Leases leases = LEASES_INIT;
	Sets sets = {.n_sets = 0};
	Leaving leaving = {&sets, c};
	const LeaseHook hook = {leave, &leaving};
	int r = open_network(c, &leases, &sets, err);

	return r < 0 ? r : lease_release(&leases, &owner, &hook, err);
}

static int collect(const PluginCall *c, Error *err)
{
	_cleanup_leases_ Leases leases = LEASES_INIT;
	Sets sets = {.n_sets = 0};
	Leaving leaving = {&sets, c};
	const LeaseHook hook = {leave, &leaving};
	LeaseOwner *valid;
	size_t n;
	int r = plugin_valid_attachments(c, &valid, &n, err);

	if (r == 0)
		r = open_network(c, &leases, &sets, err);
	return r < 0 ? r : lease_release_others(&leases, valid, n, &hook, err);
}

/* All addresses that are in one of the ranges are the container's. */
static int host_local_check(const PluginCall *c, Error *err)
{
	LeaseOwner owner = {c->container, c->interface};
	_cleanup_leases_ Leases leases = LEASES_INIT;
	Sets sets = {.n_sets = 0};
	Address a;
	int r = open_network(c, &leases, &sets, err);

	for (size_t i = 0; r == 0 && c->previous && i < c->previous->n_ips; i++)
		if (address_parse_network(c->previous->ips[i].address, &a) == 0 &&
			!lease_is_owned(&leases, &a, &owner))
			r = fail(err, -ENOENT, "host-local: %s is not an address of container %s",
				c->previous->ips[i].address, c->container);
	return r;
}

static int host_local_status(const PluginCall *c, Error *err)
{
	_cleanup_leases_ Leases leases = LEASES_INIT;
	Sets sets = {.n_sets = 0};

	return open_network(c, &leases, &sets, err);
}

const Plugin plugin_host_local = {
	.type = "host-local",
	.add = host_local_add,
	.del = give_back,
	.check = host_local_check,
	.gc = collect,
	.status = host_local_status,
	.hands_out = true,
	.addresses_only = true,
};
