/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-options.h"

#include <stdio.h>
#include "base/number.h"
#include "net/dhcp-message.h"
#include "spec/cni-fields.h"

#define OPTION_MAX 255

typedef struct Request {
	const char *option;
	bool skip_default; /* nothing but what other items of the list say is asked for */
} Request;

typedef struct Provide {
	const char *option, *value, *from_arg;
} Provide;

typedef struct DhcpConf {
	Request *requests;
	size_t n_requests;
	Provide *provides;
	size_t n_provides;
} DhcpConf;

static const Field request_fields[] = {
	FIELD(Request, option, "option", text),
	FIELD(Request, skip_default, "skipDefault", bool),
};
static const ObjectType request_object = OBJECT_TYPE(Request, request_fields, NULL);

static const Field provide_fields[] = {
	FIELD(Provide, option, "option", text, .flags = FIELD_REQUIRED),
	FIELD(Provide, value, "value", text),
	FIELD(Provide, from_arg, "fromArg", text),
};
static const ObjectType provide_object = OBJECT_TYPE(Provide, provide_fields, NULL);

static const Field conf_fields[] = {
	FIELD(DhcpConf, requests, "request", objects, .max = OPTION_MAX,
		.aux = offsetof(DhcpConf, n_requests), .object = &request_object),
	FIELD(DhcpConf, provides, "provide", objects, .max = OPTION_MAX,
		.aux = offsetof(DhcpConf, n_provides), .object = &provide_object),
};
static const ObjectType conf_object = OBJECT_TYPE(DhcpConf, conf_fields, NULL);

/* Options by the names that ISC's dhcpd gives them. */
static const struct {
	const char *name;
	uint8_t number;
} names[] = {
	{"subnet-mask", DHCP_OPTION_MASK},
	{"routers", DHCP_OPTION_ROUTERS},
	{"domain-name-servers", DHCP_OPTION_DNS},
	{"host-name", DHCP_OPTION_HOST_NAME},
	{"domain-name", DHCP_OPTION_DOMAIN},
	{"interface-mtu", 26},
	{"broadcast-address", 28},
	{"static-routes", DHCP_OPTION_STATIC_ROUTES},
	{"ntp-servers", 42},
	{"vendor-class-identifier", 60},
	{"dhcp-client-identifier", DHCP_OPTION_CLIENT},
	{"user-class", 77},
	{"domain-search", DHCP_OPTION_SEARCH},
	{"classless-static-routes", DHCP_OPTION_CLASSLESS_ROUTES},
};

static const uint8_t asked_for[] = {DHCP_OPTION_MASK, DHCP_OPTION_CLASSLESS_ROUTES,
	DHCP_OPTION_ROUTERS, DHCP_OPTION_STATIC_ROUTES, DHCP_OPTION_DNS, DHCP_OPTION_DOMAIN,
	DHCP_OPTION_SEARCH, DHCP_OPTION_LEASE, DHCP_OPTION_RENEW, DHCP_OPTION_REBIND};

/* A name, or a number as text. */
static int find_option(JsonReader *reader, const char *text, uint8_t *ret)
{
	char quoted[QUOTED_MAX];
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (streq(names[i].name, text)) {
			*ret = names[i].number;
			return 0;
		}
	if (number_parse_u64(text, DHCP_OPTION_END - 1, &number) < 0 || number == 0)
		return reader_fail(reader, NULL, "%s is not an option of DHCP",
			text_quoted(text, quoted, sizeof quoted));
	*ret = (uint8_t)number;
	return 0;
}

static int add_option(DhcpOptions *o, uint8_t number, const void *data, size_t len, Error *err)
{
	if (len > OPTION_MAX || len + 2 > sizeof o->bytes - o->len)
		return fail(err, -EINVAL, "ipam.provide: is too long");
	o->bytes[o->len++] = number;
	o->bytes[o->len++] = (uint8_t)len;
	memcpy(o->bytes + o->len, data, len);
	o->len += len;
	return 0;
}

/* The value, unless nobody gives one: 1. */
static int find_value(const PluginCall *c, const Provide *provide, const char **ret, Error *err)
{
	*ret = provide->value;
	return *ret ? 0 : provide->from_arg ? plugin_arg(c, provide->from_arg, ret, err) : 1;
}

static int add_provided(const PluginCall *c, const DhcpConf *conf, JsonReader *reader,
	bool identifier, DhcpOptions *o)
{
	for (size_t i = 0; i < conf->n_provides; i++) {
		const Provide *provide = &conf->provides[i];
		const char *value;
		uint8_t number;
		int r = find_option(reader, provide->option, &number);

		if (r < 0)
			return r;
		if ((number == DHCP_OPTION_CLIENT) != identifier)
			continue;
		r = find_value(c, provide, &value, reader->err);
		if (r == 0)
			r = add_option(o, number, value, strlen(value), reader->err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Who the client is, if the configuration does not say it: of no kind that others know, and the
 * same whenever it asks. */
static int add_identifier(const PluginCall *c, DhcpOptions *o, Error *err)
{
	char text[1 + OPTION_MAX] = "";
	int n = snprintf(text + 1, sizeof text - 1, "%s/%s/%s", c->container, c->network->name,
		c->interface);

	return add_option(o, DHCP_OPTION_CLIENT, text, 1 + MIN((size_t)n, OPTION_MAX - 1), err);
}

static int add_request(const DhcpConf *conf, JsonReader *reader, DhcpOptions *o)
{
	uint8_t list[sizeof asked_for + OPTION_MAX];
	bool skip = false;
	size_t n = 0;

	for (size_t i = 0; i < conf->n_requests; i++)
		skip |= conf->requests[i].skip_default;
	if (!skip) {
		memcpy(list, asked_for, sizeof asked_for);
		n = sizeof asked_for;
	}
	for (size_t i = 0; i < conf->n_requests; i++)
		if (conf->requests[i].option) {
			int r = find_option(reader, conf->requests[i].option, &list[n]);

			if (r < 0)
				return r;
			n++;
		}
	return n > 0 ? add_option(o, DHCP_OPTION_PARAMETERS, list, MIN(n, (size_t)OPTION_MAX),
			       reader->err)
		     : 0;
}

int dhcp_options_read(const PluginCall *c, DhcpOptions *ret, Error *err)
{
	JsonReader reader = {
		.arena = c->arena, .err = err, .steps = {{.name = "ipam"}}, .depth = 1};
	DhcpConf conf = {.n_requests = 0};
	int r = fields_read(&reader, &conf_object, c->plugin->ipam.json, &conf);

	if (r == 0)
		r = add_provided(c, &conf, &reader, true, ret);
	if (r == 0 && ret->len == 0)
		r = add_identifier(c, ret, err);
	if (r == 0)
		r = add_request(&conf, &reader, ret);
	return r < 0 ? r : add_provided(c, &conf, &reader, false, ret);
}
