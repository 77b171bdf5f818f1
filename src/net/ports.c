/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ports.h"

#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <stdio.h>
#include "base/fd.h"
#include "net/nft-list.h"
#include "net/table.h"

#define TRIES 100

static const struct {
	const char *name;
	int number;
} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};

int ports_protocol(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (streq(protocols[i].name, name))
			return protocols[i].number;
	return -EPROTONOSUPPORT;
}

const ForwardTarget *forwarding_target(const Forwarding *f, int family)
{
	for (size_t i = 0; i < f->n_targets; i++)
		if (f->targets[i].address.family == family)
			return &f->targets[i];
	return NULL;
}

static const NftSet *set_of(const ForwardedPort *p, const ForwardTarget *t)
{
	const TableFamily *family = table_family(t->address.family);

	return p->any_address ? &family->ports : &family->address_ports;
}

static NftData key_of(const ForwardedPort *p)
{
	NftData key = {.len = 0};

	if (!p->any_address)
		nft_data_address(&key, &p->host);
	nft_data_protocol(&key, p->protocol);
	nft_data_port(&key, p->host_port);
	return key;
}

static NftElement element_of(const ForwardedPort *p, const ForwardTarget *t)
{
	NftElement e = {.key = key_of(p)};

	nft_data_address(&e.value, &t->address);
	nft_data_port(&e.value, p->pod_port);
	return e;
}

static bool leads_to(const ForwardedPort *p, const ForwardTarget *t)
{
	return p->any_address || p->host.family == t->address.family;
}

/* Something done with each element of a forwarding: a port, or with p NULL a way back. */
typedef void EachElement(NetlinkBatch *b, const NftSet *set, const NftElement *e,
	const ForwardedPort *p, void *what);

static void each_way_back(NetlinkBatch *b, const ForwardTarget *t, EachElement *action, void *what)
{
	Address first = address_first(&t->near), last = address_last(&t->near);
	NftElement e = {.chain = NULL};

	if (t->near.family == 0)
		return;
	nft_data_address(&e.key, &first);
	nft_data_address(&e.key, &t->address);
	nft_data_address(&e.key_end, &last);
	nft_data_address(&e.key_end, &t->address);
	action(b, &table_family(t->address.family)->hairpins, &e, NULL, what);
}

static void each_element(NetlinkBatch *b, const Forwarding *f, EachElement *action, void *what)
{
	for (size_t k = 0; k < f->n_targets; k++) {
		const ForwardTarget *t = &f->targets[k];

		each_way_back(b, t, action, what);
		for (size_t i = 0; i < f->n_ports; i++) {
			NftElement e = element_of(&f->ports[i], t);

			if (leads_to(&f->ports[i], t))
				action(b, set_of(&f->ports[i], t), &e, &f->ports[i], what);
		}
	}
}

const char *port_text(const ForwardedPort *p, char buf[static PORT_TEXT])
{
	char address[ADDRESS_TEXT] = "0.0.0.0";
	const char *name = "port";

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (protocols[i].number == p->protocol)
			name = protocols[i].name;
	if (!p->any_address)
		(void)address_text(&p->host, address);
	(void)snprintf(buf, PORT_TEXT, "%s-%s:%u", name, address, p->host_port);
	return buf;
}

/* The addition of a pod's ports to a transaction. */
typedef struct Addition {
	const Forwarding *forwarding;
	bool again;     /* those that are there are welcome */
	uint32_t first; /* number of the message that is for the first element */
} Addition;

/* An EachElement. */
static void add_one(
	NetlinkBatch *b, const NftSet *set, const NftElement *e, const ForwardedPort *p, void *what)
{
	const Addition *addition = what;

	nft_add_element(b, set, e, p && !addition->again);
}

/* The chain says whose ports there are, and comes and goes with them. */
static void add_all(NetlinkBatch *b, void *what)
{
	Addition *addition = what;

	nft_add_chain(b, addition->forwarding->owner);
	addition->first = b->n;
	each_element(b, addition->forwarding, add_one, what);
}

/* The port that the element of a number is for. */
typedef struct Search {
	uint32_t number; /* of elements that are still before it */
	const ForwardedPort *found;
} Search;

/* An EachElement. */
static void find_one(
	NetlinkBatch *b, const NftSet *set, const NftElement *e, const ForwardedPort *p, void *what)
{
	Search *search = what;

	if (search->number-- == 0)
		search->found = p;
}

/* Whether another port of the same pod has it. */
static bool is_given_twice(const Forwarding *f, const ForwardedPort *p)
{
	for (size_t i = 0; i < f->n_ports; i++) {
		const ForwardedPort *q = &f->ports[i];

		if (q != p && q->protocol == p->protocol && q->host_port == p->host_port &&
			q->any_address == p->any_address &&
			(p->any_address || address_compare(&q->host, &p->host) == 0))
			return true;
	}
	return false;
}

static int add(const Forwarding *f, bool again, Error *err)
{
	Addition addition = {.forwarding = f, .again = again};
	char text[PORT_TEXT];
	Search search;
	NetlinkBatch b;
	int r = table_run(&b, add_all, &addition);

	if (r == 0)
		return 0;
	if (r == -ENOBUFS)
		return fail(err, r, "cannot forward as many as %zu ports", f->n_ports);
	search = (Search){.number = b.failed - addition.first};
	each_element(NULL, f, find_one, &search);
	if (r != -EEXIST || !search.found)
		return fail_errno(err, r, "forward ports");
	(void)port_text(search.found, text);
	if (is_given_twice(f, search.found))
		return fail(err, -EINVAL, "port %s of the host is given twice for this pod", text);
	return fail(err, r, "port %s of the host leads to another pod already", text);
}

/* The part of a key that is behind the address, if it has one. */
#define PORT_KEY (2 * sizeof(uint32_t))

static bool same_port(const NftData *a, const NftData *b)
{
	return memcmp(a->bytes + a->len - PORT_KEY, b->bytes + b->len - PORT_KEY, PORT_KEY) == 0;
}

/* One port, of all addresses and of a single one: these are in two sets, and neither kernel nor
 * transaction sees that they are the same. */
typedef struct Clash {
	const Forwarding *forwarding;
	const ForwardTarget *target;
	const ForwardedPort *found;
	NftData other; /* the key that is there already */
} Clash;

/* Is called for each key of a set: 1 when it clashes. What one pod has of both kinds is its own
 * affair. */
static int compare_key(const NftData *key, void *userdata)
{
	Clash *clash = userdata;
	const Forwarding *f = clash->forwarding;

	clash->found = NULL;
	for (size_t i = 0; i < f->n_ports && key->len >= PORT_KEY; i++) {
		NftData wanted = key_of(&f->ports[i]);

		if (!leads_to(&f->ports[i], clash->target) || !same_port(&wanted, key))
			continue;
		if (wanted.len != key->len)
			clash->found = &f->ports[i];
		else if (memcmp(wanted.bytes, key->bytes, key->len) == 0)
			return 0;
	}
	clash->other = *key;
	return clash->found != NULL;
}

static int fail_clash(const Clash *clash, Error *err)
{
	char wanted[PORT_TEXT], there[PORT_TEXT];
	ForwardedPort other = *clash->found;

	other.any_address = clash->other.len == PORT_KEY;
	other.host = clash->target->address;
	if (!other.any_address)
		memcpy(other.host.bytes, clash->other.bytes, address_size(&other.host));
	return fail(err, -EEXIST, "port %s of the host leads to another pod already, as %s",
		port_text(clash->found, wanted), port_text(&other, there));
}

/* Whether a port of all addresses, or one of a single address, is among them. */
static bool has_kind(const Forwarding *f, bool any_address)
{
	for (size_t i = 0; i < f->n_ports; i++)
		if (f->ports[i].any_address == any_address)
			return true;
	return false;
}

/* Looks the ports of one kind up among those of the other. Others may change the packet filter at
 * any time. */
static int check_kind(const Forwarding *f, const ForwardTarget *t, bool any_address, Error *err)
{
	const TableFamily *family = table_family(t->address.family);
	Clash clash = {.forwarding = f, .target = t};
	int r = -EAGAIN;

	for (unsigned i = 0; i < TRIES && r == -EAGAIN; i++)
		r = nft_list_keys(
			any_address ? &family->address_ports : &family->ports, compare_key, &clash);
	if (r > 0)
		return fail_clash(&clash, err);
	return r < 0 ? fail_errno(err, r, "list forwarded ports") : 0;
}

static int check_clashes(const Forwarding *f, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < f->n_targets && r == 0; i++) {
		if (has_kind(f, true))
			r = check_kind(f, &f->targets[i], true, err);
		if (r == 0 && has_kind(f, false))
			r = check_kind(f, &f->targets[i], false, err);
	}
	return r;
}

int ports_add(const Forwarding *f, Error *err)
{
	int r = check_clashes(f, err);

	if (r == 0)
		r = add(f, false, err);
	if (r < 0)
		return r;
	/* Who came at the same time has not been seen before. */
	r = check_clashes(f, err);
	if (r < 0)
		(void)ports_remove(f, NULL);
	return r;
}

int ports_restore(const Forwarding *f, Error *err)
{
	return add(f, true, err);
}

typedef struct Check {
	int result;
	const ForwardedPort *missing;
} Check;

/* An EachElement. */
static void check_one(
	NetlinkBatch *b, const NftSet *set, const NftElement *e, const ForwardedPort *p, void *what)
{
	Check *check = what;

	if (!p || check->result < 0)
		return;
	check->result = nft_check_element(b, set, e);
	check->missing = p;
}

int ports_check(const Forwarding *f, Error *err)
{
	char text[PORT_TEXT];
	Check check = {.result = 0};
	NetlinkBatch b;

	each_element(&b, f, check_one, &check);
	if (check.result == 0)
		return 0;
	(void)port_text(check.missing, text);
	return check.result == -ENOENT
		       ? fail(err, check.result, "port %s does not lead to the pod", text)
		       : fail_errno(err, check.result, "look up port %s", text);
}

/* An EachElement. */
static void remove_one(
	NetlinkBatch *b, const NftSet *set, const NftElement *e, const ForwardedPort *p, void *what)
{
	nft_delete_element(b, set, e);
}

/* The chain came with the ports, and says whether those that are there are this pod's. */
static int remove_all(NetlinkBatch *b, const Forwarding *f)
{
	nft_begin(b);
	nft_delete_chain(b, f->owner);
	each_element(b, f, remove_one, NULL);
	return nft_run(b);
}

int ports_remove(const Forwarding *f, Error *err)
{
	NetlinkBatch b;
	int r = remove_all(&b, f);

	/* Behind the first message, the chain's: somebody has taken some of them away by hand. */
	if (r == -ENOENT && b.failed > 1)
		r = add(f, true, NULL) == 0 ? remove_all(&b, f) : table_drop_chain(f->owner);
	if (r == 0 || r == -ENOENT)
		r = table_drop();
	return r < 0 ? fail_errno(err, r, "take forwarded ports back") : 0;
}

int ports_allow_loopback(const char *interface, Error *err)
{
	char path[96];
	_cleanup_close_ int fd = -1;
	int r;

	(void)snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/route_localnet", interface);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : fd_write(fd, "1", 1);
	return r < 0 ? fail_errno(err, r, "write %s", path) : 0;
}
