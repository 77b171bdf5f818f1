/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/signature-packets.h"

#define TAG_SIGNATURE 2

/* The octets of a packet's length and body. false: too few, or a length that is not told at once.
 */
typedef struct Packet {
	size_t header, body;
} Packet;

static size_t big_endian(const uint8_t *p, size_t n)
{
	size_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

/* The old format: the two lowest bits of the tag say how many octets of length follow. */
static bool read_old(const uint8_t *p, size_t len, Packet *ret)
{
	static const size_t octets[] = {1, 2, 4};
	size_t kind = p[0] & 3;

	if (kind >= ARRAY_LEN(octets) || len < 1 + octets[kind])
		return false;
	*ret = (Packet){.header = 1 + octets[kind], .body = big_endian(p + 1, octets[kind])};
	return true;
}

/* The new format: the first octet of the length says how many there are. */
static bool read_new(const uint8_t *p, size_t len, Packet *ret)
{
	if (len >= 2 && p[1] < 192)
		*ret = (Packet){.header = 2, .body = p[1]};
	else if (len >= 3 && p[1] < 224)
		*ret = (Packet){.header = 3, .body = big_endian(p + 1, 2) - (192u << 8) + 192};
	else if (len >= 6 && p[1] == 255)
		*ret = (Packet){.header = 6, .body = big_endian(p + 2, 4)};
	else
		return false;
	return true;
}

/* Whether a signature packet begins here, and how many octets it has. */
static bool read_signature(const uint8_t *p, size_t len, size_t *ret)
{
	bool new = p[0] & 0x40;
	unsigned tag = new ? p[0] & 0x3f : p[0] >> 2 & 0xf;
	Packet packet;

	if (!(p[0] & 0x80) || tag != TAG_SIGNATURE)
		return false;
	if (!(new ? read_new(p, len, &packet) : read_old(p, len, &packet)))
		return false;
	if (packet.body == 0 || packet.body > len - packet.header)
		return false;
	*ret = packet.header + packet.body;
	return true;
}

bool signature_packets_only(const uint8_t *data, size_t len)
{
	size_t n = 0, size;

	for (size_t at = 0; at < len; at += size)
		if (n++ == SIGNATURES_MAX || !read_signature(data + at, len - at, &size))
			return false;
	return n > 0;
}
