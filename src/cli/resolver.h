/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --dns, --dns-search, --dns-opt, --dns-domain and --hosts-entry: what will stand in a pod's
 * /etc/resolv.conf and /etc/hosts. */

#include "base/arena.h"
#include "base/error.h"
#include "spec/app.h"
#include "spec/cni.h"

typedef enum ResolverMode {
	RESOLVER_DEFAULT, /* what the networks say */
	RESOLVER_GIVEN, /* what the options say; without servers among it, those of the networks */
	RESOLVER_HOST,  /* the host's own file */
	RESOLVER_NONE,  /* nothing at all */
} ResolverMode;

/* One line of /etc/hosts. */
typedef struct HostsLine {
	const char *ip;
	StrList names;
} HostsLine;

typedef struct Resolver {
	ResolverMode mode;
	StrList servers, search, options;
	const char *domain; /* NULL: none */
	bool host_hosts;    /* the host's own /etc/hosts */
	HostsLine *hosts;
	size_t n_hosts;
} Resolver;

/* The values of the options as they were given. */
typedef struct ResolverArgs {
	StrList dns, search, options, hosts;
	const char *domain; /* "" or NULL: none */
} ResolverArgs;

/* What the options say of DNS, of the memory of r. */
CniDns resolver_dns(const Resolver *r);

/* Whether networks may name the servers. */
bool resolver_takes_servers(const Resolver *r);

/* Everything in *ret lives in arena or belongs to args. -EINVAL for what is not an IP address, and
 * for "host" and "none" together with anything else. */
int resolver_parse(const ResolverArgs *args, Arena *arena, Resolver *ret, Error *err);
