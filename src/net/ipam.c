/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ipam.h"

#include "net/delegate.h"
#include "spec/cni-internal.h"

int ipam_add(const PluginCall *c, CniResult *ret, Error *err)
{
	return delegate_add(c, c->plugin->ipam.type, ret, err);
}

/* Only addresses of host-local are known here. */
int ipam_del(const PluginCall *c, const LeaseHook *hook, Error *err)
{
	if (delegate_find(c, c->plugin->ipam.type) == &plugin_host_local)
		return host_local_del(c, hook, err);
	return delegate_del(c, c->plugin->ipam.type, err);
}

static int leave_alone(const Address *address, void *userdata, Error *err)
{
	return 0;
}

const LeaseHook ipam_no_hook = {leave_alone, NULL};

/* Where a runtime says what it asks for: capability arguments, and the conventions for args. */
typedef struct Asked {
	const char **ips;
	size_t n_ips;
} Asked;

typedef struct Requests {
	Asked runtime, conventional;
} Requests;

static const Field asked_fields[] = {
	FIELD(Asked, ips, "ips", texts, .max = 64, .aux = offsetof(Asked, n_ips)),
};
static const ObjectType asked_object = OBJECT_TYPE(Asked, asked_fields, NULL);

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

int ipam_requested(const PluginCall *c, const char ***ret, size_t *ret_n, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	Requests requests = {.runtime = {.ips = NULL}};
	const Asked *asked = &requests.runtime;
	int r = fields_read(&reader, &request_object, c->plugin->json, &requests);

	if (r < 0)
		return r;
	if (asked->n_ips == 0)
		asked = &requests.conventional;
	*ret = asked->ips;
	*ret_n = asked->n_ips;
	return 0;
}
