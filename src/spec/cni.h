/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Configurations and results of the Container Network Interface, versions 0.1.0 to 1.1.0
 * (https://www.cni.dev/docs/spec/). Texts live in the arena that is given to the functions; those
 * that are not there are NULL. */

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

#define CNI_CONF_MAX   (1u << 20)
#define CNI_RESULT_MAX (1u << 20)

/* In the order of time. A configuration that says nothing is of version 0.1.0. */
typedef enum CniVersion {
	CNI_0_1_0,
	CNI_0_2_0,
	CNI_0_3_0,
	CNI_0_3_1,
	CNI_0_4_0,
	CNI_1_0_0,
	CNI_1_1_0,
	CNI_N_VERSIONS,
} CniVersion;

/* "0.1.0". */
const char *cni_version_text(CniVersion version);

typedef struct CniRoute {
	const char *dst; /* network */
	const char *gw;  /* NULL: the interface's gateway */
} CniRoute;

typedef struct CniDns {
	const char **nameservers;
	size_t n_nameservers;
	const char *domain;
	const char **search;
	size_t n_search;
	const char **options;
	size_t n_options;
} CniDns;

/* One plugin's part of a network. What else a plugin wants to know, it reads from json. */
typedef struct CniPlugin {
	const char *type;
	struct {
		bool given;
		const char *type;
		const Json *json;
	} ipam;
	CniDns dns;
	const Json *json;
} CniPlugin;

/* A network: one plugin, or a chain of them. */
typedef struct CniNetwork {
	const char *name;
	CniVersion version;
	CniPlugin *plugins;
	size_t n_plugins;
} CniNetwork;

/* Reads a configuration (one plugin) or a list (with a member "plugins"). text may go when this
 * returns. 0, -ENOMEM, or -EINVAL with a message that begins with the JSON path of the fault. */
int cni_network_parse(const char *text, size_t len, Arena *arena, CniNetwork *ret, Error *err);

/* The same of a document that is JSON already, in the arena. */
int cni_network_read(const Json *json, Arena *arena, CniNetwork *ret, Error *err);

/* What a plugin gets on its standard input: its part, with the network's name and version, and with
 * previous as "prevResult" unless that is NULL. NULL when memory is out. */
Json *cni_plugin_input(
	Arena *arena, const CniNetwork *network, const CniPlugin *plugin, const Json *previous);

typedef struct CniInterface {
	const char *name;
	const char *mac;
	const char *sandbox; /* path of its namespace; NULL or "" on the host */
} CniInterface;

typedef struct CniIp {
	const char *address; /* with its network */
	const char *gateway;
	int64_t interface; /* number in the list of interfaces; -1: not told */
} CniIp;

typedef struct CniResult {
	CniInterface *interfaces;
	size_t n_interfaces;
	CniIp *ips;
	size_t n_ips;
	CniRoute *routes;
	size_t n_routes;
	CniDns dns;
} CniResult;

/* Reads a result, in the form of the version that it names. Errors as above. */
int cni_result_parse(const Json *json, Arena *arena, CniResult *ret, Error *err);

/* In the form of a version. NULL when memory is out. */
Json *cni_result_print(Arena *arena, const CniResult *result, CniVersion version);
