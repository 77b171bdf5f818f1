/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/cni-fields.h"

static const Field interface_fields[] = {
	FIELD(CniInterface, name, "name", text, .flags = FIELD_REQUIRED),
	FIELD(CniInterface, mac, "mac", text),
	FIELD(CniInterface, sandbox, "sandbox", text),
};
static const ObjectType interface_object = OBJECT_TYPE(CniInterface, interface_fields, NULL);

static const Field ip_fields[] = {
	FIELD(CniIp, interface, "interface", number, .min = 0, .max = INT32_MAX, .fallback = -1),
	FIELD(CniIp, address, "address", text, .flags = FIELD_REQUIRED),
	FIELD(CniIp, gateway, "gateway", text),
};
static const ObjectType ip_object = OBJECT_TYPE(CniIp, ip_fields, NULL);

static const Field result_fields[] = {
	FIELD(CniResult, interfaces, "interfaces", objects, .max = 1000,
		.aux = offsetof(CniResult, n_interfaces), .object = &interface_object),
	FIELD(CniResult, ips, "ips", objects, .max = 1000, .aux = offsetof(CniResult, n_ips),
		.object = &ip_object),
	FIELD(CniResult, routes, "routes", objects, .max = 10000,
		.aux = offsetof(CniResult, n_routes), .object = &cni_route_object),
	FIELD(CniResult, dns, "dns", object, .aux = FIELD_ALWAYS, .object = &cni_dns_object),
};
static const ObjectType result_object = OBJECT_TYPE(CniResult, result_fields, NULL);

/* What 0.1.0 and 0.2.0 say of one family. */
typedef struct LegacyIp {
	const char *ip, *gateway;
	CniRoute *routes;
	size_t n_routes;
} LegacyIp;

static const Field legacy_ip_fields[] = {
	FIELD(LegacyIp, ip, "ip", text, .flags = FIELD_REQUIRED),
	FIELD(LegacyIp, gateway, "gateway", text),
	FIELD(LegacyIp, routes, "routes", objects, .max = 10000,
		.aux = offsetof(LegacyIp, n_routes), .object = &cni_route_object),
};
static const ObjectType legacy_ip_object = OBJECT_TYPE(LegacyIp, legacy_ip_fields, NULL);

typedef struct LegacyResult {
	LegacyIp ip4, ip6;
	bool has_ip4, has_ip6;
	CniDns dns;
} LegacyResult;

static const Field legacy_fields[] = {
	FIELD(LegacyResult, ip4, "ip4", object, .aux = offsetof(LegacyResult, has_ip4),
		.object = &legacy_ip_object),
	FIELD(LegacyResult, ip6, "ip6", object, .aux = offsetof(LegacyResult, has_ip6),
		.object = &legacy_ip_object),
	FIELD(LegacyResult, dns, "dns", object, .aux = FIELD_ALWAYS, .object = &cni_dns_object),
};
static const ObjectType legacy_object = OBJECT_TYPE(LegacyResult, legacy_fields, NULL);

static void take_legacy(CniResult *result, const LegacyIp *ip)
{
	result->ips[result->n_ips++] =
		(CniIp){.address = ip->ip, .gateway = ip->gateway, .interface = -1};
	for (size_t i = 0; i < ip->n_routes; i++)
		result->routes[result->n_routes++] = ip->routes[i];
}

static int parse_legacy(JsonReader *reader, const Json *json, CniResult *ret)
{
	LegacyResult legacy = {.has_ip4 = false};
	int r = fields_read(reader, &legacy_object, json, &legacy);

	if (r < 0)
		return r;
	*ret = (CniResult){.dns = legacy.dns};
	ret->ips = arena_new(reader->arena, CniIp, 2);
	ret->routes =
		arena_new(reader->arena, CniRoute, legacy.ip4.n_routes + legacy.ip6.n_routes + 1);
	if (!ret->ips || !ret->routes)
		return fail_oom(reader->err);
	if (legacy.has_ip4)
		take_legacy(ret, &legacy.ip4);
	if (legacy.has_ip6)
		take_legacy(ret, &legacy.ip6);
	return 0;
}

int cni_result_parse(const Json *json, Arena *arena, CniResult *ret, Error *err)
{
	JsonReader reader = {.arena = arena, .err = err};
	CniVersion version;
	int r;

	if (!json_is(json, JSON_OBJECT))
		return reader_wrong_type(&reader, NULL, "an object", json);
	r = cni_version_read(&reader, json, &version);
	if (r < 0)
		return r;
	if (version < CNI_0_3_0)
		return parse_legacy(&reader, json, ret);
	*ret = (CniResult){.n_ips = 0};
	return fields_read(&reader, &result_object, json, ret);
}

static bool is_v6(const char *address)
{
	return strchr(address, ':') != NULL;
}

static Json *print_dns(Arena *arena, const CniDns *dns)
{
	return fields_write(arena, &cni_dns_object, dns);
}

/* The first address of a family, with the routes of that family. NULL in *ret when it has none. */
static Json *add_legacy(
	Arena *arena, Json *object, const char *member, const CniResult *result, bool v6)
{
	LegacyIp legacy = {.ip = NULL};
	CniRoute *routes = arena_new(arena, CniRoute, result->n_routes + 1);

	for (size_t i = 0; i < result->n_ips && !legacy.ip; i++)
		if (is_v6(result->ips[i].address) == v6) {
			legacy.ip = result->ips[i].address;
			legacy.gateway = result->ips[i].gateway;
		}
	if (!legacy.ip || !routes)
		return routes ? object : NULL;
	for (size_t i = 0; i < result->n_routes; i++)
		if (is_v6(result->routes[i].dst) == v6)
			routes[legacy.n_routes++] = result->routes[i];
	legacy.routes = routes;
	return json_add(arena, object, member, fields_write(arena, &legacy_ip_object, &legacy));
}

static Json *print_ips(Arena *arena, const CniResult *result, CniVersion version)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < result->n_ips; i++) {
		const CniIp *ip = &result->ips[i];
		Json *object = json_new(arena, JSON_OBJECT);

		if (version < CNI_1_0_0)
			object = json_add_text(
				arena, object, "version", is_v6(ip->address) ? "6" : "4");
		if (ip->interface >= 0)
			object = json_add_integer(arena, object, "interface", ip->interface);
		object = json_add_text(arena, object, "address", ip->address);
		if (ip->gateway)
			object = json_add_text(arena, object, "gateway", ip->gateway);
		list = json_append(list, object);
	}
	return list;
}

static Json *print_objects(Arena *arena, const ObjectType *type, const void *items, size_t n)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < n; i++)
		list = json_append(
			list, fields_write(arena, type, (const char *)items + i * type->size));
	return list;
}

/* A list that is empty is left out, as by the CNI project's plugins. */
Json *cni_result_print(Arena *arena, const CniResult *result, CniVersion version)
{
	Json *object = json_new(arena, JSON_OBJECT);

	object = json_add_text(arena, object, "cniVersion", cni_version_text(version));
	if (version < CNI_0_3_0) {
		object = add_legacy(arena, object, "ip4", result, false);
		object = add_legacy(arena, object, "ip6", result, true);
		return json_add(arena, object, "dns", print_dns(arena, &result->dns));
	}
	if (result->n_interfaces > 0)
		object = json_add(arena, object, "interfaces",
			print_objects(arena, &interface_object, result->interfaces,
				result->n_interfaces));
	if (result->n_ips > 0)
		object = json_add(arena, object, "ips", print_ips(arena, result, version));
	if (result->n_routes > 0)
		object = json_add(arena, object, "routes",
			print_objects(arena, &cni_route_object, result->routes, result->n_routes));
	return json_add(arena, object, "dns", print_dns(arena, &result->dns));
}
