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

/* The chain that says whose ports there are. */
static const char *chain_name(const Forwarding *f, char buf[static NFT_CHAIN_MAXNAMELEN])
{
	(void)snprintf(buf, NFT_CHAIN_MAXNAMELEN, "pod-%.8s", f->pod);
	return buf;
}

static const NftSet *set_of(const ForwardedPort *p, const Address *pod)
{
	const TableFamily *family = table_family(pod->family);

	return p->any_address ? &family->ports : &family->address_ports;
}

static NftElement element_of(const ForwardedPort *p, const Address *pod)
{
	NftElement e = {.chain = NULL};

	if (!p->any_address)
		nft_data_address(&e.key, &p->host);
	nft_data_protocol(&e.key, p->protocol);
	nft_data_port(&e.key, p->host_port);
	nft_data_address(&e.value, pod);
	nft_data_port(&e.value, p->pod_port);
	return e;
}

static NftElement hairpin_of(const Forwarding *f)
{
	Address first = address_first(&f->near), last = address_last(&f->near);
	NftElement e = {.chain = NULL};

	nft_data_address(&e.key, &first);
	nft_data_address(&e.key, &f->address);
	nft_data_address(&e.key_end, &last);
	nft_data_address(&e.key_end, &f->address);
	return e;
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
	uint32_t first; /* number of the message that is for the first port */
} Addition;

static void add_all(NetlinkBatch *b, void *what)
{
	Addition *addition = what;
	const Forwarding *f = addition->forwarding;
	char chain[NFT_CHAIN_MAXNAMELEN];
	NftElement hairpin = hairpin_of(f);

	nft_add_chain(b, chain_name(f, chain));
	nft_add_element(b, &table_family(f->address.family)->hairpins, &hairpin, false);
	addition->first = b->n;
	for (size_t i = 0; i < f->n_ports; i++) {
		NftElement e = element_of(&f->ports[i], &f->address);

		nft_add_element(b, set_of(&f->ports[i], &f->address), &e, !addition->again);
	}
}

static int add(const Forwarding *f, bool again, Error *err)
{
	Addition addition = {.forwarding = f, .again = again};
	char text[2 * ADDRESS_TEXT];
	NetlinkBatch b;
	int r = table_run(&b, add_all, &addition);

	if (r == 0)
		return 0;
	if (r == -ENOBUFS)
		return fail(err, r, "cannot forward as many as %zu ports", f->n_ports);
	if (r != -EEXIST || b.failed < addition.first || b.failed - addition.first >= f->n_ports)
		return fail_errno(err, r, "forward ports");
	describe(&f->ports[b.failed - addition.first], text);
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

/* The chain came with the ports, and says whether those that are there are this pod's. */
static int remove_all(NetlinkBatch *b, const Forwarding *f)
{
	char chain[NFT_CHAIN_MAXNAMELEN];
	NftElement hairpin = hairpin_of(f);

	nft_begin(b);
	nft_delete_chain(b, chain_name(f, chain));
	nft_delete_element(b, &table_family(f->address.family)->hairpins, &hairpin);
	for (size_t i = 0; i < f->n_ports; i++) {
		NftElement e = element_of(&f->ports[i], &f->address);

		nft_delete_element(b, set_of(&f->ports[i], &f->address), &e);
	}
	return nft_run(b);
}

int ports_remove(const Forwarding *f, Error *err)
{
	char chain[NFT_CHAIN_MAXNAMELEN];
	NetlinkBatch b;
	int r = remove_all(&b, f);

	/* Behind the first message, the chain's: somebody has taken some of them away by hand. */
	if (r == -ENOENT && b.failed > 1)
		r = add(f, true, NULL) == 0 ? remove_all(&b, f)
					    : table_drop_chain(chain_name(f, chain));
	if (r == 0)
		r = table_drop();
	return r < 0 && r != -ENOENT ? fail_errno(err, r, "take forwarded ports back") : 0;
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
