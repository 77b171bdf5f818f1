/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-record.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include "base/fd.h"
#include "base/number.h"
#include "net/link.h"
#include "net/namespace.h"
#include "spec/json-fields.h"

#define RECORD_MAX 16384

static const Field record_fields[] = {
	FIELD(DhcpRecord, interface, "interface", text, .flags = FIELD_REQUIRED),
	FIELD(DhcpRecord, namespace, "namespace", text, .flags = FIELD_REQUIRED),
	FIELD(DhcpRecord, device, "namespaceDevice", number, .min = 0, .max = INT64_MAX),
	FIELD(DhcpRecord, inode, "namespaceInode", number, .min = 0, .max = INT64_MAX),
	FIELD(DhcpRecord, address, "address", text, .flags = FIELD_REQUIRED),
	FIELD(DhcpRecord, server, "server", text, .flags = FIELD_REQUIRED),
	FIELD(DhcpRecord, server_mac, "serverMac", text, .flags = FIELD_REQUIRED),
	FIELD(DhcpRecord, lease, "lease", number, .min = 1, .max = UINT32_MAX),
	FIELD(DhcpRecord, renew, "renew", number, .min = 0, .max = UINT32_MAX),
	FIELD(DhcpRecord, rebind, "rebind", number, .min = 0, .max = UINT32_MAX),
	FIELD(DhcpRecord, since, "since", number, .min = 0, .max = INT64_MAX),
	FIELD(DhcpRecord, options, "options", text, .flags = FIELD_REQUIRED),
};
static const ObjectType record_object = OBJECT_TYPE(DhcpRecord, record_fields, NULL);

int dhcp_record_write(int fd, const DhcpRecord *record, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (json_print(fields_write(&arena, &record_object, record), false, &text) < 0)
		return fail_oom(err);
	len = strlen(text);
	/* What it had before may have been longer. */
	if (pwrite(fd, text, len, 0) != (ssize_t)len || ftruncate(fd, (off_t)len) < 0)
		return fail_errno(err, -errno, "write down a lease");
	return 0;
}

int dhcp_record_read(int fd, const char *name, Arena *arena, DhcpRecord *ret, Error *err)
{
	char text[RECORD_MAX];
	ssize_t n = pread(fd, text, sizeof text, 0);

	if (n < 0)
		return fail_errno(err, -errno, "read %s", name);
	return fields_read_document(
		text, (size_t)n, sizeof text, name, &record_object, arena, ret, err);
}

int dhcp_record_set(DhcpRecord *record, const DhcpLease *lease, unsigned prefix, Arena *arena)
{
	Address address = dhcp_address(lease->address, prefix),
		server = dhcp_address(lease->server, 32);
	char text[ADDRESS_TEXT], mac[LINK_MAC_TEXT];

	record->address = arena_strdup(arena, address_network_text(&address, text));
	record->server = arena_strdup(arena, address_text(&server, text));
	record->server_mac = arena_strdup(arena, link_mac_text(lease->server_mac, mac));
	record->lease = lease->lease;
	record->renew = lease->renew;
	record->rebind = lease->rebind;
	record->since = dhcp_now();
	return record->address && record->server && record->server_mac ? 0 : -ENOMEM;
}

static int read_options(const char *text, Arena *arena, DhcpClient *client)
{
	size_t len = strlen(text) / 2;
	uint8_t *options = arena_new(arena, uint8_t, len + 1);

	if (!options)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		int high = number_hex_digit(text[2 * i]), low = number_hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		options[i] = (uint8_t)(high << 4 | low);
	}
	client->options = options;
	client->options_len = len;
	return 0;
}

static int read_address(const char *text, uint32_t *ret, unsigned *ret_prefix)
{
	Address a;

	if (address_parse_network(text, &a) < 0 || a.family != AF_INET)
		return -EINVAL;
	memcpy(ret, a.bytes, sizeof *ret);
	*ret_prefix = a.prefix;
	return 0;
}

int dhcp_record_get(const DhcpRecord *record, Arena *arena, DhcpLease *ret, unsigned *ret_prefix,
	DhcpClient *client)
{
	unsigned whole;

	*ret = (DhcpLease){.lease = (uint32_t)record->lease,
		.renew = (uint32_t)record->renew,
		.rebind = (uint32_t)record->rebind};
	if (read_address(record->address, &ret->address, ret_prefix) < 0 ||
		read_address(record->server, &ret->server, &whole) < 0 ||
		link_mac_parse(record->server_mac, ret->server_mac) < 0)
		return -EINVAL;
	return read_options(record->options, arena, client);
}

const char *dhcp_record_options(Arena *arena, const uint8_t *options, size_t len)
{
	char *text = arena_new(arena, char, 2 * len + 1);

	for (size_t i = 0; text && i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", options[i]);
	return text;
}

static int open_namespace(const DhcpRecord *record)
{
	_cleanup_close_ int fd = namespace_open(record->namespace);
	struct stat st;

	if (fd < 0)
		return -ENODEV;
	if (fstat(fd, &st) < 0)
		return -errno;
	return (int64_t)st.st_dev == record->device && (int64_t)st.st_ino == record->inode
		       ? TAKE_FD(fd)
		       : -ENODEV;
}

/* What is done inside the namespace. */
typedef struct Inside {
	const DhcpRecord *record;
	DhcpClient *client;
	int (*run)(DhcpClient *client, void *userdata);
	void *userdata;
} Inside;

static int run_inside(void *userdata, Error *err)
{
	Inside *inside = userdata;
	DhcpClient *client = inside->client;
	_cleanup_close_ int routing = netlink_open(NETLINK_ROUTE);
	int r = routing < 0 ? routing
			    : link_find(routing, inside->record->interface, &client->index,
				      client->mac);

	if (r == 0)
		r = dhcp_client_open(client);
	if (r < 0)
		return r;
	r = inside->run(client, inside->userdata);
	dhcp_client_done(client);
	return r;
}

int dhcp_record_run(const DhcpRecord *record, DhcpClient *client,
	int (*run)(DhcpClient *client, void *userdata), void *userdata)
{
	Inside inside = {.record = record, .client = client, .run = run, .userdata = userdata};
	_cleanup_close_ int fd = open_namespace(record);

	return fd < 0 ? fd : namespace_run(fd, run_inside, &inside, NULL);
}

int64_t dhcp_now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}
