/* SPDX-License-Identifier: Apache-2.0 */
#include "net/request.h"

#include "spec/cni-internal.h"

#define IPS_MAX 64

typedef struct Requests {
	PluginRequest runtime, conventional;
} Requests;

static const Field asked_fields[] = {
	FIELD(PluginRequest, ips, "ips", texts, .max = IPS_MAX,
		.aux = offsetof(PluginRequest, n_ips)),
	FIELD(PluginRequest, mac, "mac", text),
};
static const ObjectType asked_object = OBJECT_TYPE(PluginRequest, asked_fields, NULL);

static const Field args_fields[] = {
	FIELD(Requests, conventional, "cni", object, .aux = FIELD_ALWAYS, .object = &asked_object),
};
static const ObjectType args_object = OBJECT_TYPE(Requests, args_fields, NULL);

static const Field request_fields[] = {
	FIELD(Requests, runtime, "runtimeConfig", object, .aux = FIELD_ALWAYS,
		.object = &asked_object),
	{.name = "args", .type = &field_inline, .object = &args_object},
};
static const ObjectType request_object = OBJECT_TYPE(Requests, request_fields, NULL);

int plugin_request(const PluginCall *c, PluginRequest *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	Requests requests = {.runtime = {.ips = NULL}};
	int r = fields_read(&reader, &request_object, c->plugin->json, &requests);

	if (r < 0)
		return r;
	*ret = requests.runtime;
	if (ret->n_ips == 0) {
		ret->ips = requests.conventional.ips;
		ret->n_ips = requests.conventional.n_ips;
	}
	if (!ret->mac)
		ret->mac = requests.conventional.mac;
	return 0;
}
