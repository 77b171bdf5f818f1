/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin portmap, behind another one in a chain: ports of the host lead to the pod. What has
 * been forwarded is kept in a file for DEL and GC, which are not told it. */

#include "net/portmap.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "net/attachment-files.h"
#include "net/forward.h"
#include "spec/cni-fields.h"

#define DIRECTORY    "/run/cni/portmap"
#define MAPPINGS_MAX 65536

typedef struct Mapping {
	const char *protocol, *host_ip;
	int64_t host_port, pod_port;
} Mapping;

typedef struct Requested {
	Mapping *mappings;
	size_t n;
} Requested;

typedef struct PortmapConf {
	Requested runtime;
	int snat; /* 0: who calls the pod by the host is not masked, also where no answer can come
		   */
	bool snat_all;                           /* whoever calls is masked */
	const char **conditions4, **conditions6; /* of iptables, which is not used here */
	size_t n_conditions4, n_conditions6;
} PortmapConf;

static const Field mapping_fields[] = {
	FIELD(Mapping, protocol, "protocol", text),
	FIELD(Mapping, host_ip, "hostIP", text),
	FIELD(Mapping, host_port, "hostPort", number, .min = 0, .max = UINT16_MAX),
	FIELD(Mapping, pod_port, "containerPort", number, .min = 1, .max = UINT16_MAX,
		.flags = FIELD_REQUIRED),
};
static const ObjectType mapping_object = OBJECT_TYPE(Mapping, mapping_fields, NULL);

static const Field runtime_fields[] = {
	FIELD(Requested, mappings, "portMappings", objects, .max = MAPPINGS_MAX,
		.aux = offsetof(Requested, n), .object = &mapping_object),
};
static const ObjectType runtime_object = OBJECT_TYPE(Requested, runtime_fields, NULL);

static const Field conf_fields[] = {
	FIELD(PortmapConf, runtime, "runtimeConfig", object, .aux = FIELD_ALWAYS,
		.object = &runtime_object),
	FIELD(PortmapConf, snat, "snat", tristate, .fallback = 1),
	FIELD(PortmapConf, snat_all, "masqAll", bool),
	FIELD(PortmapConf, conditions4, "conditionsV4", texts, .max = 64,
		.aux = offsetof(PortmapConf, n_conditions4)),
	FIELD(PortmapConf, conditions6, "conditionsV6", texts, .max = 64,
		.aux = offsetof(PortmapConf, n_conditions6)),
};
static const ObjectType conf_object = OBJECT_TYPE(PortmapConf, conf_fields, NULL);

static int read_conf(const PluginCall *c, PortmapConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r == 0 && ret->n_conditions4 + ret->n_conditions6 > 0)
		return reader_fail(&reader,
			ret->n_conditions4 > 0 ? "conditionsV4" : "conditionsV6",
			"conditions of iptables cannot be had: ports are forwarded by nf_tables");
	return r;
}

/* Names of protocols are written in either case. */
static const char *protocol_of(Arena *arena, const Mapping *mapping)
{
	char *name = arena_strdup(arena, mapping->protocol ? mapping->protocol : "tcp");

	for (char *s = name; s && *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	return name;
}

static bool is_any(const char *ip)
{
	return !ip || *ip == '\0' || streq(ip, "0.0.0.0") || streq(ip, "::");
}

/* Those without a port of the host are only told. */
static int list_ports(
	const PluginCall *c, const Requested *conf, PodPort **ret, size_t *ret_n, Error *err)
{
	PodPort *ports = arena_new(c->arena, PodPort, conf->n + 1);
	size_t n = 0;

	if (!ports)
		return fail_oom(err);
	for (size_t i = 0; i < conf->n; i++) {
		const Mapping *mapping = &conf->mappings[i];

		if (mapping->host_port == 0)
			continue;
		ports[n] = (PodPort){
			.protocol = protocol_of(c->arena, mapping),
			.host_ip = is_any(mapping->host_ip) ? NULL : mapping->host_ip,
			.host_port = (unsigned)mapping->host_port,
			.pod_port = (unsigned)mapping->pod_port,
			.count = 1,
		};
		if (!ports[n++].protocol)
			return fail_oom(err);
	}
	*ret = ports;
	*ret_n = n;
	return 0;
}

int portmap_ports(const CniNetwork *network, Arena *arena, PodPort **ret, size_t *ret_n)
{
	PortmapConf conf = {.snat = 1};
	PluginCall c = {.arena = arena};
	int r;

	*ret_n = 0;
	for (size_t i = 0; i < network->n_plugins && !c.plugin; i++)
		if (streq(network->plugins[i].type, plugin_portmap.type))
			c.plugin = &network->plugins[i];
	if (!c.plugin)
		return 0;
	r = read_conf(&c, &conf, NULL);
	return r < 0 ? r : list_ports(&c, &conf.runtime, ret, ret_n, NULL);
}

/* Distinct for each file of each network, as names in nf_tables are too short for these (FNV-1a).
 */
static void name_owner(const char *network, const char *file, char ret[static FORWARD_OWNER])
{
	const char *const parts[] = {network, "/", file};
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (const char *s = parts[i]; *s; s++)
			hash = (hash ^ (unsigned char)*s) * 0x100000001b3;
	(void)snprintf(ret, FORWARD_OWNER, "portmap-%016llx", (unsigned long long)hash);
}

static void set_masks(const PortmapConf *conf, Forwarding *f)
{
	for (size_t i = 0; i < f->n_targets; i++) {
		ForwardTarget *t = &f->targets[i];

		if (!conf->snat)
			t->near = (Address){.family = 0};
		else if (conf->snat_all)
			t->near.prefix = 0;
	}
}

static int forward(const PluginCall *c, const PortmapConf *conf, int dir, const char *file,
	const Forward *f, Error *err)
{
	int r = conf->snat ? forward_allow_loopback(c->previous, err) : 0;

	/* It would be lost what that was, and nobody would take it back. */
	if (r == 0 && faccessat(dir, file, F_OK, 0) == 0)
		r = fail(err, -EEXIST, "ports are forwarded to the container already");
	if (r == 0)
		r = forward_save(dir, file, f, err);
	if (r < 0)
		return r;
	r = ports_add(&f->forwarding, err);
	if (r < 0)
		(void)unlinkat(dir, file, 0);
	return r;
}

static int forward_all(
	const PluginCall *c, const PortmapConf *conf, const PodPort *ports, size_t n, Error *err)
{
	_cleanup_forward_ Forward f = {.arena = {0}};
	_cleanup_close_ int dir = -1;
	char file[NAME_MAX + 1], owner[FORWARD_OWNER];
	int r = attachment_file_name(c->container, c->interface, file, err);

	if (r < 0)
		return r;
	name_owner(c->network->name, file, owner);
	r = forward_make(owner, ports, n, c->previous, true, &f, err);
	if (r < 0)
		return r;
	set_masks(conf, &f.forwarding);
	dir = attachment_files_open(c, DIRECTORY, true, err);
	return dir < 0 ? dir : forward(c, conf, dir, file, &f, err);
}

static int portmap_add(const PluginCall *c, CniResult *ret, Error *err)
{
	PortmapConf conf = {.snat = 1};
	PodPort *ports = NULL;
	size_t n = 0;
	int r = read_conf(c, &conf, err);

	if (r < 0)
		return r;
	if (!c->previous)
		return fail(err, -EINVAL, "prevResult: portmap comes behind another plugin");
	r = list_ports(c, &conf.runtime, &ports, &n, err);
	if (r == 0 && n > 0)
		r = forward_all(c, &conf, ports, n, err);
	if (r == 0)
		*ret = *c->previous;
	return r;
}

/* What to do with the ports that a file names. */
typedef int FileAction(const Forwarding *f, Error *err);

static int with_file(const PluginCall *c, int dir, const char *file, FileAction *action, Error *err)
{
	_cleanup_forward_ Forward f = {.arena = {0}};
	char owner[FORWARD_OWNER];
	int r;

	name_owner(c->network->name, file, owner);
	r = forward_load(dir, file, owner, &f, err);
	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : action(&f.forwarding, err);
}

static int with_container(const PluginCall *c, FileAction *action, Error *err)
{
	_cleanup_close_ int dir = -1;
	char file[NAME_MAX + 1];
	int r = attachment_file_name(c->container, c->interface, file, err);

	if (r < 0)
		return r;
	dir = attachment_files_open(c, DIRECTORY, false, err);
	if (dir == -ENOENT)
		return 0;
	r = dir < 0 ? dir : with_file(c, dir, file, action, err);
	if (r == 0 && action == ports_remove)
		(void)unlinkat(dir, file, 0);
	return r;
}

static int portmap_del(const PluginCall *c, Error *err)
{
	return with_container(c, ports_remove, err);
}

static int portmap_check(const PluginCall *c, Error *err)
{
	return with_container(c, ports_check, err);
}

static int portmap_restore(const PluginCall *c, Error *err)
{
	return with_container(c, ports_restore, err);
}

static int take_back(const PluginCall *c, int dir, const char *file, Error *err)
{
	return with_file(c, dir, file, ports_remove, err);
}

static int portmap_gc(const PluginCall *c, Error *err)
{
	return attachment_files_collect(c, DIRECTORY, take_back, err);
}

const Plugin plugin_portmap = {
	.type = "portmap",
	.add = portmap_add,
	.del = portmap_del,
	.check = portmap_check,
	.gc = portmap_gc,
	.restore = portmap_restore,
	.fails_clean = true,
};
