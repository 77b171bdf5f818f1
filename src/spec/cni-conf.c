/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/cni-fields.h"

static const char *const versions[CNI_N_VERSIONS] = {
	[CNI_0_1_0] = "0.1.0",
	[CNI_0_2_0] = "0.2.0",
	[CNI_0_3_0] = "0.3.0",
	[CNI_0_3_1] = "0.3.1",
	[CNI_0_4_0] = "0.4.0",
	[CNI_1_0_0] = "1.0.0",
	[CNI_1_1_0] = "1.1.0",
};

const char *cni_version_text(CniVersion version)
{
	return versions[version];
}

int cni_version_read(JsonReader *r, const Json *object, CniVersion *ret)
{
	const Json *value = json_get(object, "cniVersion");
	const char *text = json_text(value);
	char quoted[QUOTED_MAX];

	*ret = CNI_0_1_0;
	if (!value || json_is(value, JSON_NULL) || (text && text[0] == '\0'))
		return 0;
	for (size_t i = 0; text && i < CNI_N_VERSIONS; i++)
		if (streq(versions[i], text)) {
			*ret = (CniVersion)i;
			return 0;
		}
	if (!text)
		return reader_wrong_type(r, "cniVersion", "a string", value);
	return reader_fail(r, "cniVersion", "%s is not a version that is known (0.1.0 to 1.1.0)",
		text_quoted(text, quoted, sizeof quoted));
}

static const Field dns_fields[] = {
	FIELD(CniDns, nameservers, "nameservers", texts, .max = 64,
		.aux = offsetof(CniDns, n_nameservers)),
	FIELD(CniDns, domain, "domain", text),
	FIELD(CniDns, search, "search", texts, .max = 64, .aux = offsetof(CniDns, n_search)),
	FIELD(CniDns, options, "options", texts, .max = 64, .aux = offsetof(CniDns, n_options)),
};
const ObjectType cni_dns_object = OBJECT_TYPE(CniDns, dns_fields, NULL);

static const Field route_fields[] = {
	FIELD(CniRoute, dst, "dst", text, .flags = FIELD_REQUIRED),
	FIELD(CniRoute, gw, "gw", text),
};
const ObjectType cni_route_object = OBJECT_TYPE(CniRoute, route_fields, NULL);

static const Field plugin_fields[] = {
	FIELD(CniPlugin, type, "type", text, .flags = FIELD_REQUIRED),
	FIELD(CniPlugin, dns, "dns", object, .aux = FIELD_ALWAYS, .object = &cni_dns_object),
};
static const ObjectType plugin_object = OBJECT_TYPE(CniPlugin, plugin_fields, NULL);

/* The name becomes part of paths. */
static int read_name(JsonReader *r, const Json *object, const char **ret)
{
	const Json *value = json_get(object, "name");
	const char *name = json_text(value);
	char quoted[QUOTED_MAX];

	if (value && !name)
		return reader_wrong_type(r, "name", "a string", value);
	if (!name || name[0] == '\0')
		return reader_fail(r, "name", "a network must have a name");
	if (strchr(name, '/') || name[0] == '.' || strlen(name) > 200)
		return reader_fail(r, "name", "%s cannot be the name of a network",
			text_quoted(name, quoted, sizeof quoted));
	*ret = name;
	return 0;
}

static int read_ipam(JsonReader *r, const Json *object, CniPlugin *plugin)
{
	const Json *ipam = json_get(object, "ipam"), *type = json_get(ipam, "type");

	if (!ipam || json_is(ipam, JSON_NULL))
		return 0;
	if (!json_is(ipam, JSON_OBJECT))
		return reader_wrong_type(r, "ipam", "an object", ipam);
	/* An empty one is as good as none. */
	if (!json_first_member(ipam))
		return 0;
	if (!json_text(type) || json_text(type)[0] == '\0')
		return reader_fail(r, "ipam.type", "must be the name of a plugin");
	plugin->ipam.given = true;
	plugin->ipam.type = json_text(type);
	plugin->ipam.json = ipam;
	return 0;
}

static int read_plugin(JsonReader *r, const Json *object, CniPlugin *plugin)
{
	char quoted[QUOTED_MAX];
	int r2 = fields_read(r, &plugin_object, object, plugin);

	if (r2 == 0 && strchr(plugin->type, '/'))
		r2 = reader_fail(r, "type", "%s is not the name of a plugin",
			text_quoted(plugin->type, quoted, sizeof quoted));
	plugin->json = object;
	return r2 < 0 ? r2 : read_ipam(r, object, plugin);
}

static int read_plugins(JsonReader *r, const Json *list, CniNetwork *network)
{
	size_t i = 0;
	int r2 = 0;

	if (!json_is(list, JSON_ARRAY))
		return reader_wrong_type(r, "plugins", "an array", list);
	if (json_count(list) == 0)
		return reader_fail(r, "plugins", "must name a plugin");
	network->plugins = arena_new(r->arena, CniPlugin, json_count(list));
	if (!network->plugins)
		return fail_oom(r->err);
	for (const Json *item = json_first(list); item && r2 == 0; item = item->next, i++) {
		size_t outer = reader_push(r, "plugins", 0), inner = reader_push(r, NULL, i);

		r2 = read_plugin(r, item, &network->plugins[i]);
		reader_pop(r, inner);
		reader_pop(r, outer);
	}
	network->n_plugins = i;
	return r2;
}

static int read_single(JsonReader *r, const Json *object, CniNetwork *network)
{
	network->plugins = arena_new(r->arena, CniPlugin, 1);
	if (!network->plugins)
		return fail_oom(r->err);
	network->n_plugins = 1;
	return read_plugin(r, object, network->plugins);
}

int cni_network_read(const Json *json, Arena *arena, CniNetwork *ret, Error *err)
{
	JsonReader reader = {.arena = arena, .err = err};
	const Json *plugins;
	int r;

	if (!json_is(json, JSON_OBJECT))
		return reader_wrong_type(&reader, NULL, "an object", json);
	*ret = (CniNetwork){.name = NULL};
	r = cni_version_read(&reader, json, &ret->version);
	if (r == 0)
		r = read_name(&reader, json, &ret->name);
	if (r < 0)
		return r;
	plugins = json_get(json, "plugins");
	return plugins ? read_plugins(&reader, plugins, ret) : read_single(&reader, json, ret);
}

int cni_network_parse(const char *text, size_t len, Arena *arena, CniNetwork *ret, Error *err)
{
	Json *json;
	int r;

	if (len > CNI_CONF_MAX)
		return fail(err, -EINVAL, "a network configuration of more than %u bytes",
			CNI_CONF_MAX);
	r = json_parse(arena, text, len, "network configuration", &json, err);
	return r < 0 ? r : cni_network_read(json, arena, ret, err);
}

Json *cni_plugin_input(
	Arena *arena, const CniNetwork *network, const CniPlugin *plugin, const Json *previous)
{
	Json *input = json_new(arena, JSON_OBJECT);

	input = json_add_text(arena, input, "cniVersion", cni_version_text(network->version));
	input = json_add_text(arena, input, "name", network->name);
	for (const Json *m = json_first_member(plugin->json); m; m = m->next)
		if (!streq(m->name, "cniVersion") && !streq(m->name, "name") &&
			!streq(m->name, "capabilities") && !streq(m->name, "prevResult"))
			input = json_add(arena, input, m->name, json_shared(arena, m));
	if (previous)
		input = json_add(arena, input, "prevResult", json_shared(arena, previous));
	return input;
}
