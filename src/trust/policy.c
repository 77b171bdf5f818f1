/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/policy.h"

Policy *policy_free(Policy *p)
{
	if (!p)
		return NULL;
	arena_done(&p->arena);
	free(p);
	return NULL;
}

static const PolicyRule *rule_of(
	const Policy *p, const char *transport, const char *scope, size_t len)
{
	for (size_t i = 1; i < p->n_rules; i++) {
		const PolicyRule *rule = &p->rules[i];

		if (streq(rule->transport, transport) && strlen(rule->scope) == len &&
			memcmp(rule->scope, scope, len) == 0)
			return rule;
	}
	return NULL;
}

/* The scope itself, then what stands in front of each '/' in it, the longest first. */
static const PolicyRule *along(const Policy *p, const char *transport, const char *scope)
{
	const PolicyRule *rule = NULL;

	for (size_t len = strlen(scope); !rule && len > 0;) {
		rule = rule_of(p, transport, scope, len);
		while (--len > 0 && scope[len] != '/')
			;
	}
	return rule;
}

/* "REPOSITORY:TAG" or "REPOSITORY@DIGEST". */
static const PolicyRule *exact(const Policy *p, const PolicyImage *image)
{
	const DockerName *name = &image->name;
	const char *behind = name->digest ? name->digest : name->tag;
	size_t len = strlen(name->repository);

	for (size_t i = 1; behind && i < p->n_rules; i++) {
		const PolicyRule *rule = &p->rules[i];

		if (streq(rule->transport, image->transport) &&
			strncmp(rule->scope, name->repository, len) == 0 &&
			rule->scope[len] == (name->digest ? '@' : ':') &&
			streq(rule->scope + len + 1, behind))
			return rule;
	}
	return NULL;
}

/* "*.example.com", then "*.com", for the host "registry.example.com:5000". */
static const PolicyRule *wildcard(const Policy *p, const PolicyImage *image)
{
	const char *host = image->name.repository;
	const char *end = host + strcspn(host, ":/");

	for (const char *dot = host; (dot = memchr(dot, '.', (size_t)(end - dot))); dot++)
		for (size_t i = 1; i < p->n_rules; i++) {
			const PolicyRule *rule = &p->rules[i];

			if (streq(rule->transport, image->transport) && rule->scope[0] == '*' &&
				strlen(rule->scope + 1) == (size_t)(end - dot) &&
				memcmp(rule->scope + 1, dot, (size_t)(end - dot)) == 0)
				return rule;
		}
	return NULL;
}

const PolicyRule *policy_find(const Policy *p, const PolicyImage *image)
{
	const PolicyRule *rule = NULL;

	if (image->name.repository) {
		rule = exact(p, image);
		if (!rule)
			rule = along(p, image->transport, image->name.repository);
		if (!rule)
			rule = wildcard(p, image);
	} else if (image->path) {
		rule = along(p, image->transport, image->path);
	}
	if (!rule)
		rule = rule_of(p, image->transport, "", 0);
	return rule ? rule : &p->rules[0];
}
