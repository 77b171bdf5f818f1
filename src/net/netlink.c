/* SPDX-License-Identifier: Apache-2.0 */
#include "net/netlink.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include "base/cleanup.h"
#include "base/fd.h"

#define ANSWER_MAX 32768 /* of a message of a dump */
#define ACK_MAX    1024

int netlink_open(int protocol)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int on = 1;

	if (fd < 0)
		return -errno;
	/* An answer need not repeat the question. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	return TAKE_FD(fd);
}

void netlink_begin(NetlinkBatch *b)
{
	memset(b, 0, offsetof(NetlinkBatch, data));
}

/* Room for len bytes and what aligns the next ones, zeroed; NULL when there is none. */
static void *reserve(NetlinkBatch *b, size_t len)
{
	size_t room = NLMSG_ALIGN(len);
	char *place = b->data + b->len;

	if (b->overflow || room > sizeof b->data - b->len) {
		b->overflow = true;
		return NULL;
	}
	memset(place, 0, room);
	b->len += room;
	return place;
}

static struct nlmsghdr *message_at(NetlinkBatch *b, size_t place)
{
	return (void *)(b->data + place);
}

static void grow_message(NetlinkBatch *b)
{
	if (!b->overflow)
		message_at(b, b->message)->nlmsg_len = (uint32_t)(b->len - b->message);
}

void netlink_message(
	NetlinkBatch *b, uint16_t type, uint16_t flags, const void *header, size_t header_len)
{
	size_t place = b->len;
	struct nlmsghdr *h = reserve(b, sizeof *h);
	void *rest = reserve(b, header_len);

	if (!h || !rest)
		return;
	b->message = b->asked = place;
	*h = (struct nlmsghdr){
		.nlmsg_type = type, .nlmsg_flags = flags | NLM_F_REQUEST, .nlmsg_seq = b->n++};
	memcpy(rest, header, header_len);
	grow_message(b);
}

void netlink_put(NetlinkBatch *b, uint16_t attribute, const void *data, size_t len)
{
	struct nlattr *a = reserve(b, sizeof *a + len);

	if (!a)
		return;
	*a = (struct nlattr){.nla_type = attribute, .nla_len = (uint16_t)(sizeof *a + len)};
	if (len > 0)
		memcpy(a + 1, data, len);
	grow_message(b);
}

void netlink_put_text(NetlinkBatch *b, uint16_t attribute, const char *text)
{
	netlink_put(b, attribute, text, strlen(text) + 1);
}

void netlink_put_u32(NetlinkBatch *b, uint16_t attribute, uint32_t value)
{
	netlink_put(b, attribute, &value, sizeof value);
}

void netlink_put_be32(NetlinkBatch *b, uint16_t attribute, uint32_t value)
{
	netlink_put_u32(b, attribute, htonl(value));
}

size_t netlink_nest(NetlinkBatch *b, uint16_t attribute)
{
	size_t place = b->len;

	netlink_put(b, attribute | NLA_F_NESTED, NULL, 0);
	return place;
}

void netlink_nest_end(NetlinkBatch *b, size_t nest)
{
	struct nlattr *a = (void *)(b->data + nest);

	if (!b->overflow)
		a->nla_len = (uint16_t)(b->len - nest);
}

static int send_batch(int fd, const NetlinkBatch *b)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	if (b->overflow || b->n == 0)
		return -ENOBUFS;
	if (sendto(fd, b->data, b->len, MSG_NOSIGNAL, (const struct sockaddr *)&kernel,
		    sizeof kernel) < 0)
		return -errno;
	return 0;
}

/* Only the kernel's answers count, not what another process has sent here. */
static ssize_t receive(int fd, void *buffer, size_t size)
{
	struct sockaddr_nl from;
	socklen_t len;
	ssize_t n;

	do {
		len = sizeof from;
		n = recvfrom(fd, buffer, size, MSG_TRUNC, (struct sockaddr *)&from, &len);
		if (n < 0 && errno != EINTR)
			return -errno;
	} while (n < 0 || from.nl_pid != 0);
	return (size_t)n > size ? -EMSGSIZE : n;
}

/* What a batch came to. */
typedef struct Outcome {
	uint32_t asked; /* number of the message whose answer ends it */
	bool ended;
	int error; /* the first one */
} Outcome;

static void hear(Outcome *o, NetlinkBatch *b, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);

	if (h->nlmsg_type != NLMSG_ERROR)
		return;
	o->ended |= h->nlmsg_seq == o->asked || (b->transaction && h->nlmsg_seq == 0);
	if (e->error == -EEXIST && b->lenient > 0 && h->nlmsg_seq >= b->lenient)
		return;
	if (o->error == 0 && e->error != 0) {
		o->error = e->error;
		b->failed = h->nlmsg_seq;
	}
}

int netlink_run(int fd, NetlinkBatch *b)
{
	_Alignas(struct nlmsghdr) char answer[ACK_MAX];
	Outcome outcome = {.error = 0};
	bool lost = false;
	int r;

	if (!b->overflow && b->n > 0)
		message_at(b, b->asked)->nlmsg_flags |= NLM_F_ACK;
	r = send_batch(fd, b);
	if (r < 0)
		return r;
	outcome.asked = message_at(b, b->asked)->nlmsg_seq;
	/* Where more messages have failed than there was room for answers, the first one counts. */
	while (!outcome.ended && !(lost && outcome.error < 0)) {
		ssize_t n = receive(fd, answer, sizeof answer);
		uint32_t left = (uint32_t)n;

		if (n == -ENOBUFS && !lost) {
			lost = true;
			continue;
		}
		if (n < 0)
			return (int)n;
		for (const struct nlmsghdr *h = (const void *)answer; NLMSG_OK(h, left);
			h = NLMSG_NEXT(h, left))
			hear(&outcome, b, h);
	}
	return outcome.error;
}

int netlink_dump(int fd, NetlinkBatch *b,
	int (*found)(const struct nlmsghdr *message, void *userdata), void *userdata)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_MAX];
	int r = send_batch(fd, b);

	while (r == 0) {
		ssize_t n = receive(fd, answer, sizeof answer);
		uint32_t left = (uint32_t)n;

		if (n < 0)
			return (int)n;
		for (const struct nlmsghdr *h = (const void *)answer; r == 0 && NLMSG_OK(h, left);
			h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			r = found(h, userdata);
		}
	}
	return r;
}

int netlink_list(int fd, uint16_t type, const void *header, size_t len,
	int (*found)(const struct nlmsghdr *message, void *userdata), void *userdata)
{
	NetlinkBatch b;

	netlink_begin(&b);
	netlink_message(&b, type, NLM_F_DUMP, header, len);
	return netlink_dump(fd, &b, found, userdata);
}

const void *netlink_attributes(const struct nlmsghdr *h, size_t header_len, size_t *ret_len)
{
	const size_t space = NLMSG_LENGTH(NLMSG_ALIGN(header_len));

	*ret_len = h->nlmsg_len < space ? 0 : h->nlmsg_len - space;
	return (const char *)h + space;
}

const struct nlattr *netlink_find(const void *first, size_t len, uint16_t attribute)
{
	const char *place = first, *end = place + len;

	while ((size_t)(end - place) >= sizeof(struct nlattr)) {
		const struct nlattr *a = (const void *)place;

		if (a->nla_len < sizeof *a || a->nla_len > (size_t)(end - place))
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == attribute)
			return a;
		if ((size_t)NLA_ALIGN(a->nla_len) >= (size_t)(end - place))
			return NULL;
		place += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

const struct nlattr *netlink_find_inside(
	const void *first, size_t len, const uint16_t *way, size_t n)
{
	const struct nlattr *a = NULL;

	for (size_t i = 0; i < n; i++) {
		a = netlink_find(first, len, way[i]);
		if (!a)
			return NULL;
		first = netlink_data(a);
		len = netlink_len(a);
	}
	return a;
}
