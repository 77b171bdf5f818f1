/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/resolver.h"

#include <arpa/inet.h>
#include "cli/option.h"

static bool ip_valid(const char *s)
{
	struct in6_addr address;

	return inet_pton(AF_INET, s, &address) == 1 || inet_pton(AF_INET6, s, &address) == 1;
}

/* Splits the comma lists in values into one list. */
static int split_lists(const StrList *values, Arena *arena, StrList *ret, Error *err)
{
	for (size_t i = 0; i < values->n; i++) {
		const char *s = values->items[i];
		size_t len;

		do {
			char *item;

			len = strcspn(s, ",");
			item = arena_strndup(arena, s, len);
			if (!item || str_list_add(ret, item, arena) < 0)
				return fail_oom(err);
			s += len + 1;
		} while (s[-1] == ',');
	}
	return 0;
}

static int set_magic_mode(const ResolverArgs *args, const StrList *dns, Resolver *ret, Error *err)
{
	const char *word = dns->items[0];

	if (dns->n > 1)
		return fail(
			err, -EINVAL, "--dns=%s cannot be used together with another --dns", word);
	if (args->search.n > 0 || args->options.n > 0 || ret->domain)
		return fail(err, -EINVAL,
			"--dns=%s cannot be used together with --dns-search, --dns-opt or "
			"--dns-domain",
			word);
	ret->mode = streq(word, "host") ? RESOLVER_HOST : RESOLVER_NONE;
	return 0;
}

static bool is_magic(const char *word)
{
	return streq(word, "host") || streq(word, "none");
}

static int parse_dns(const ResolverArgs *args, Arena *arena, Resolver *ret, Error *err)
{
	StrList dns = {0};
	int r = split_lists(&args->dns, arena, &dns, err);

	if (r < 0)
		return r;
	if (dns.n > 0 && is_magic(dns.items[0]))
		return set_magic_mode(args, &dns, ret, err);
	for (size_t i = 0; i < dns.n; i++) {
		if (is_magic(dns.items[i]))
			return fail(err, -EINVAL,
				"--dns=%s cannot be used together with another --dns",
				dns.items[i]);
		if (!ip_valid(dns.items[i]))
			return fail(err, -EINVAL,
				"--dns: \"%s\" is not an IP address, host or none", dns.items[i]);
	}
	ret->servers = dns;
	if (dns.n > 0 || args->search.n > 0 || args->options.n > 0 || ret->domain)
		ret->mode = RESOLVER_GIVEN;
	return 0;
}

/* The line of ip, a new one if there is none. */
static HostsLine *hosts_line(Resolver *resolver, const char *ip)
{
	for (size_t i = 0; i < resolver->n_hosts; i++)
		if (streq(resolver->hosts[i].ip, ip))
			return &resolver->hosts[i];
	resolver->hosts[resolver->n_hosts].ip = ip;
	return &resolver->hosts[resolver->n_hosts++];
}

/* What stands in a line of hosts(5) or resolv.conf(5) is one word: nothing in it may begin another
 * one, or another line. No name or option has a comma. */
static int check_word(const char *flag, const char *value, Error *err)
{
	bool good = value[0] != '\0';

	for (const char *c = value; *c; c++)
		good = good && (unsigned char)*c > ' ' && *c != 0x7f && !strchr("#,", *c);
	return good ? 0 : fail(err, -EINVAL, "--%s must be one word, not \"%s\"", flag, value);
}

static int check_words(const char *flag, const StrList *values, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < values->n && r == 0; i++)
		r = check_word(flag, values->items[i], err);
	if (r < 0)
		error_hint(err, "--%s is given once for each", flag);
	return r;
}

static int parse_hosts_entry(const char *entry, Arena *arena, Resolver *ret, Error *err)
{
	const char *name = strchr(entry, '=');
	const char *ip = name ? arena_strndup(arena, entry, (size_t)(name - entry)) : NULL;

	if (!name || name[1] == '\0')
		return fail(
			err, -EINVAL, "--hosts-entry: \"%s\" must have the form IP=HOST", entry);
	if (!ip)
		return fail_oom(err);
	if (!ip_valid(ip))
		return fail(err, -EINVAL, "--hosts-entry: \"%s\" is not an IP address", ip);
	if (check_word("hosts-entry", name + 1, err) < 0)
		return -EINVAL;
	if (str_list_add(&hosts_line(ret, ip)->names, name + 1, arena) < 0)
		return fail_oom(err);
	return 0;
}

static int parse_hosts(const ResolverArgs *args, Arena *arena, Resolver *ret, Error *err)
{
	StrList entries = {0};
	int r = split_lists(&args->hosts, arena, &entries, err);

	if (r < 0)
		return r;
	ret->hosts = arena_new(arena, HostsLine, entries.n + 1);
	if (!ret->hosts)
		return fail_oom(err);
	for (size_t i = 0; i < entries.n && r == 0; i++) {
		if (streq(entries.items[i], "host"))
			ret->host_hosts = true;
		else
			r = parse_hosts_entry(entries.items[i], arena, ret, err);
	}
	if (r == 0 && ret->host_hosts && ret->n_hosts > 0)
		return fail(
			err, -EINVAL, "--hosts-entry=host cannot be used together with entries");
	return r;
}

int resolver_parse(const ResolverArgs *args, Arena *arena, Resolver *ret, Error *err)
{
	Resolver resolver = {.search = args->search, .options = args->options};
	int r;

	if (args->domain && args->domain[0])
		resolver.domain = args->domain;
	r = parse_dns(args, arena, &resolver, err);
	if (r == 0)
		r = check_words("dns-search", &args->search, err);
	if (r == 0)
		r = check_words("dns-opt", &args->options, err);
	if (r == 0 && resolver.domain)
		r = check_word("dns-domain", resolver.domain, err);
	if (r == 0)
		r = parse_hosts(args, arena, &resolver, err);
	if (r == 0)
		*ret = resolver;
	return r;
}

bool resolver_takes_servers(const Resolver *r)
{
	return r->mode == RESOLVER_DEFAULT || (r->mode == RESOLVER_GIVEN && r->servers.n == 0);
}

CniDns resolver_dns(const Resolver *r)
{
	return (CniDns){
		.nameservers = r->servers.items,
		.n_nameservers = r->servers.n,
		.domain = r->domain,
		.search = r->search.items,
		.n_search = r->search.n,
		.options = r->options.items,
		.n_options = r->options.n,
	};
}
