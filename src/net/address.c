/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include "base/number.h"

size_t address_size(const Address *a)
{
	return a->family == AF_INET ? 4 : 16;
}

unsigned address_bits(const Address *a)
{
	return (unsigned)address_size(a) * 8;
}

int address_parse(const char *text, Address *ret)
{
	*ret = (Address){.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	ret->prefix = address_bits(ret);
	return inet_pton(ret->family, text, ret->bytes) == 1 ? 0 : -EINVAL;
}

int address_parse_network(const char *text, Address *ret)
{
	const char *slash = strchr(text, '/');
	char host[INET6_ADDRSTRLEN];
	uint64_t prefix;
	int r;

	if (!slash)
		return address_parse(text, ret);
	if ((size_t)(slash - text) >= sizeof host)
		return -EINVAL;
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	r = address_parse(host, ret);
	if (r == 0)
		r = number_parse_u64(slash + 1, address_bits(ret), &prefix);
	if (r < 0)
		return -EINVAL;
	ret->prefix = (unsigned)prefix;
	return 0;
}

const char *address_text(const Address *a, char buf[static ADDRESS_TEXT])
{
	return inet_ntop(a->family, a->bytes, buf, ADDRESS_TEXT);
}

const char *address_network_text(const Address *a, char buf[static ADDRESS_TEXT])
{
	size_t len = strlen(address_text(a, buf));

	(void)snprintf(buf + len, ADDRESS_TEXT - len, "/%u", a->prefix);
	return buf;
}

Address address_mask(const Address *a)
{
	Address mask = {.family = a->family, .prefix = a->prefix};

	for (unsigned i = 0; i < a->prefix; i++)
		mask.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return mask;
}

/* a with the bits behind its network all clear, or all set. */
static Address edge(const Address *a, bool set)
{
	Address mask = address_mask(a), edge = *a;

	for (size_t i = 0; i < address_size(a); i++)
		edge.bytes[i] =
			(uint8_t)(set ? a->bytes[i] | ~mask.bytes[i] : a->bytes[i] & mask.bytes[i]);
	return edge;
}

Address address_first(const Address *a)
{
	return edge(a, false);
}

Address address_last(const Address *a)
{
	return edge(a, true);
}

Address address_add(const Address *a, int step)
{
	Address sum = *a;
	int carry = step;

	for (size_t i = address_size(a); i-- > 0 && carry != 0;) {
		int digit = sum.bytes[i] + carry;

		sum.bytes[i] = (uint8_t)(digit & 0xff);
		carry = digit >> 8;
	}
	return sum;
}

int address_compare(const Address *a, const Address *b)
{
	return memcmp(a->bytes, b->bytes, address_size(a));
}

bool address_within(const Address *a, const Address *network)
{
	Address inside = *a, first = address_first(network);

	if (a->family != network->family)
		return false;
	inside.prefix = network->prefix;
	inside = address_first(&inside);
	return address_compare(&inside, &first) == 0;
}
