/* SPDX-License-Identifier: Apache-2.0 */
#include "net/request.h"

#include "spec/cni-fields.h"

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

#define ATTACHMENTS "cni.dev/valid-attachments"

typedef struct Attachments {
	LeaseOwner *items;
	size_t n;
} Attachments;

static const Field attachment_fields[] = {
	FIELD(LeaseOwner, container, "containerID", text, .flags = FIELD_REQUIRED),
	FIELD(LeaseOwner, interface, "ifname", text, .flags = FIELD_REQUIRED),
};
static const ObjectType attachment_object = OBJECT_TYPE(LeaseOwner, attachment_fields, NULL);

static const Field attachments_fields[] = {
	FIELD(Attachments, items, ATTACHMENTS, objects, .max = 100000,
		.aux = offsetof(Attachments, n), .object = &attachment_object),
};
static const ObjectType attachments_object = OBJECT_TYPE(Attachments, attachments_fields, NULL);

int plugin_valid_attachments(const PluginCall *c, LeaseOwner **ret, size_t *ret_n, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	Attachments valid = {.items = NULL};
	int r;

	/* An empty list says that nobody uses the network, one that is not there says nothing. */
	if (!json_is(json_get(c->plugin->json, ATTACHMENTS), JSON_ARRAY))
		return reader_fail(&reader, ATTACHMENTS, "must be given, as a list");
	r = fields_read(&reader, &attachments_object, c->plugin->json, &valid);
	if (r < 0)
		return r;
	*ret = valid.items;
	*ret_n = valid.n;
	return 0;
}
