/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ports.h"

#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <stdio.h>
#include "base/fd.h"
#include "net/table.h"

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

static NftElement element_of(const ForwardedPort *p, const ForwardTarget *t)
{
	NftElement e = {.chain = NULL};

	if (!p->any_address)
		nft_data_address(&e.key, &p->host);
	nft_data_protocol(&e.key, p->protocol);
	nft_data_port(&e.key, p->host_port);
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

static void describe(const ForwardedPort *p, char buf[static 2 * ADDRESS_TEXT])
{
	char address[ADDRESS_TEXT] = "0.0.0.0";
	const char *name = "port";

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (protocols[i].number == p->protocol)
			name = protocols[i].name;
	if (!p->any_address)
		(void)address_text(&p->host, address);
	(void)snprintf(buf, 2 * ADDRESS_TEXT, "%s-%s:%u", name, address, p->host_port);
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
	char text[2 * ADDRESS_TEXT];
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
	describe(search.found, text);
	if (is_given_twice(f, search.found))
		return fail(err, -EINVAL, "port %s of the host is given twice for this pod", text);
	return fail(err, r, "port %s of the host leads to another pod already", text);
}

int ports_add(const Forwarding *f, Error *err)
{
	return add(f, false, err);
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
	char text[2 * ADDRESS_TEXT];
	Check check = {.result = 0};
	NetlinkBatch b;

	each_element(&b, f, check_one, &check);
	if (check.result == 0)
		return 0;
	describe(check.missing, text);
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
