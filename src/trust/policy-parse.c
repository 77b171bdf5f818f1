/* SPDX-License-Identifier: Apache-2.0 */

/* Reading a policy. Nothing that is not understood is passed over: it could be what an
 * administrator relies on. */

#include <stdarg.h>
#include <stdio.h>
#include "base/json.h"
#include "trust/policy-internal.h"

typedef struct Parser {
	Policy *policy;
	const char *what; /* the file */
	Error *err;
	char place[256]; /* "transports.docker["example.com"]" */
} Parser;

/* All rules of the file are in the place of one list, so that their number has to be known. */
#define RULES_MAX 10000

#define bad(p, ...) bad_at(p, __LINE__, __VA_ARGS__)

static _printf_(3, 4) int bad_at(const Parser *p, int line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return error_set(p->err, __FILE__, line, -EINVAL, "%s: %s: %s", p->what, p->place, text);
}

/* Whether name is one of the words in a blank-separated list. */
static bool is_among(const char *name, const char *words)
{
	size_t len = strcspn(name, " ");

	if (len == 0 || name[len])
		return false;
	for (const char *at = words; (at = strstr(at, name)); at++)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static int only_members(const Parser *p, const Json *object, const char *words)
{
	if (!json_is(object, JSON_OBJECT))
		return bad(p, "not an object");
	for (const Json *m = json_first_member(object); m; m = m->next)
		if (!is_among(m->name, words))
			return bad(p, "unknown member \"%s\"", m->name);
	return 0;
}

/* A text that has to be there. */
static int text_member(const Parser *p, const Json *object, const char *name, const char **ret)
{
	const char *text = json_text(json_get(object, name));

	if (!text || !*text)
		return bad(p, "%s has to be a text", name);
	*ret = text;
	return 0;
}

static int name_member(const Parser *p, const Json *object, const char *name, DockerName *ret)
{
	const char *text = NULL;
	int r = text_member(p, object, name, &text);

	if (r < 0)
		return r;
	r = docker_name_parse(text, &p->policy->arena, ret, NULL);
	return r == -EINVAL ? bad(p, "%s: \"%s\" is no reference", name, text)
	       : r < 0      ? fail_oom(p->err)
			    : 0;
}

static const struct {
	const char *type;
	PolicyIdentityKind kind;
	const char *members;
} identities[] = {
	{"matchRepoDigestOrExact", IDENTITY_REPO_DIGEST_OR_EXACT, "type"},
	{"matchExact", IDENTITY_EXACT, "type"},
	{"matchRepository", IDENTITY_REPOSITORY, "type"},
	{"exactReference", IDENTITY_EXACT_REFERENCE, "type dockerReference"},
	{"exactRepository", IDENTITY_EXACT_REPOSITORY, "type dockerRepository"},
	{"remapIdentity", IDENTITY_REMAP, "type prefix signedPrefix"},
	{"matchDigest", IDENTITY_DIGEST, "type"},
};

static int identity_members(const Parser *p, const Json *value, PolicyIdentity *ret)
{
	int r = 0;

	switch (ret->kind) {
	case IDENTITY_EXACT_REFERENCE:
		r = name_member(p, value, "dockerReference", &ret->name);
		if (r == 0 && !ret->name.tag && !ret->name.digest)
			r = bad(p, "dockerReference has neither tag nor digest");
		return r;
	case IDENTITY_EXACT_REPOSITORY:
		return name_member(p, value, "dockerRepository", &ret->name);
	case IDENTITY_REMAP:
		r = text_member(p, value, "prefix", &ret->prefix);
		return r < 0 ? r : text_member(p, value, "signedPrefix", &ret->signed_prefix);
	default: return 0;
	}
}

static int parse_identity(const Parser *p, const Json *value, PolicyIdentity *ret)
{
	const char *type = NULL;
	int r = text_member(p, value, "type", &type);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(identities); i++)
		if (streq(identities[i].type, type)) {
			ret->kind = identities[i].kind;
			r = only_members(p, value, identities[i].members);
			return r < 0 ? r : identity_members(p, value, ret);
		}
	return r < 0 ? r : bad(p, "unknown type of signedIdentity \"%s\"", type);
}

/* One text, or a list of them that is not empty. */
static int parse_texts(const Parser *p, const Json *value, StrList *ret)
{
	const Json *item = json_is(value, JSON_ARRAY) ? json_first(value) : value;

	if (!item)
		return bad(p, "%s is empty", value->name);
	for (; item; item = json_is(value, JSON_ARRAY) ? item->next : NULL) {
		const char *text = json_text(item);

		if (!text || !*text)
			return bad(p, "%s has to be text", value->name);
		if (str_list_add(ret, text, &p->policy->arena) < 0)
			return fail_oom(p->err);
	}
	return 0;
}

static const struct {
	const char *name;
	bool list, data;
} key_members[] = {
	{"keyPath", false, false},
	{"keyPaths", true, false},
	{"keyData", false, true},
	{"keyDatas", true, true},
};

static int parse_keys(const Parser *p, const Json *value, PolicyRequirement *ret)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(key_members) && r == 0; i++) {
		const Json *member = json_get(value, key_members[i].name);

		if (!member)
			continue;
		n++;
		if (json_is(member, JSON_ARRAY) != key_members[i].list)
			return bad(p, "%s has to be %s", member->name,
				key_members[i].list ? "a list" : "text");
		r = parse_texts(p, member, key_members[i].data ? &ret->key_data : &ret->key_paths);
	}
	if (r == 0 && n != 1)
		return bad(p, "exactly one of keyPath, keyPaths, keyData and keyDatas is needed");
	for (size_t i = 0; i < ret->key_paths.n && r == 0; i++)
		if (ret->key_paths.items[i][0] != '/')
			r = bad(p, "\"%s\" is not an absolute path", ret->key_paths.items[i]);
	return r;
}

static const char *const other_proofs[] = {"fulcio", "pki", "rekorPublicKeyPath",
	"rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas"};

static int parse_sigstore(const Parser *p, const Json *value, PolicyRequirement *ret)
{
	int r = only_members(p, value,
		"type keyPath keyPaths keyData keyDatas signedIdentity fulcio pki "
		"rekorPublicKeyPath rekorPublicKeyPaths rekorPublicKeyData rekorPublicKeyDatas");

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(other_proofs); i++)
		if (json_get(value, other_proofs[i])) {
			ret->kind = POLICY_UNSUPPORTED;
			ret->what = other_proofs[i];
			return 0;
		}
	ret->kind = POLICY_SIGSTORE;
	r = parse_keys(p, value, ret);
	if (r == 0 && json_get(value, "signedIdentity"))
		r = parse_identity(p, json_get(value, "signedIdentity"), &ret->identity);
	return r;
}

static int parse_requirement(const Parser *p, const Json *value, PolicyRequirement *ret)
{
	const char *type = NULL;
	int r;

	if (!json_is(value, JSON_OBJECT))
		return bad(p, "a requirement has to be an object");
	r = text_member(p, value, "type", &type);
	if (r < 0)
		return r;
	if (streq(type, "sigstoreSigned"))
		return parse_sigstore(p, value, ret);
	if (streq(type, "signedBy") || streq(type, "signedBaseLayer")) {
		ret->kind = POLICY_UNSUPPORTED;
		ret->what = type;
		return 0;
	}
	if (!streq(type, "insecureAcceptAnything") && !streq(type, "reject"))
		return bad(p, "unknown type \"%s\"", type);
	ret->kind = streq(type, "reject") ? POLICY_REJECT : POLICY_ACCEPT;
	return only_members(p, value, "type");
}

static int parse_rule(Parser *p, const Json *list, const char *transport, const char *scope)
{
	PolicyRule *rule = &p->policy->rules[p->policy->n_rules];
	size_t n = json_count(list);
	int r = 0;

	if (n == 0)
		return bad(p, "a list of requirements is needed, of one at least");
	rule->transport = transport;
	rule->scope = scope;
	rule->requirements = arena_new(&p->policy->arena, PolicyRequirement, n);
	if (!rule->requirements)
		return fail_oom(p->err);
	for (const Json *item = json_first(list); item && r == 0; item = item->next)
		r = parse_requirement(p, item, &rule->requirements[rule->n_requirements++]);
	p->policy->n_rules++;
	return r;
}

static int check_scope(const Parser *p, const char *transport, const char *scope)
{
	Error why = ERROR_INIT;
	int r = policy_scope_check(transport, scope, &p->policy->arena, &why);

	return r == -EINVAL ? bad(p, "%s", why.frames[0].text) : r < 0 ? fail_oom(p->err) : 0;
}

static int parse_transport(Parser *p, const Json *transport)
{
	int r = 0;

	(void)snprintf(p->place, sizeof p->place, "transports.%s", transport->name);
	if (!json_is(transport, JSON_OBJECT))
		return bad(p, "not an object");
	for (const Json *m = json_first_member(transport); m && r == 0; m = m->next) {
		(void)snprintf(p->place, sizeof p->place, "transports.%s[\"%s\"]", transport->name,
			m->name);
		r = check_scope(p, transport->name, m->name);
		if (r == 0)
			r = parse_rule(p, m, transport->name, m->name);
	}
	return r;
}

static size_t count_rules(const Json *transports)
{
	size_t n = 1;

	for (const Json *m = json_first_member(transports); m; m = m->next)
		n += json_count_members(m);
	return n;
}

static int parse_document(Parser *p, const Json *root)
{
	const Json *transports = json_get(root, "transports");
	int r = only_members(p, root, "default transports");

	if (r < 0)
		return r;
	if (transports && !json_is(transports, JSON_OBJECT))
		return bad(p, "transports is not an object");
	if (count_rules(transports) > RULES_MAX)
		return bad(p, "more than %d scopes", RULES_MAX);
	p->policy->rules = arena_new(&p->policy->arena, PolicyRule, count_rules(transports));
	if (!p->policy->rules)
		return fail_oom(p->err);
	(void)snprintf(p->place, sizeof p->place, "default");
	r = parse_rule(p, json_get(root, "default"), NULL, "");
	for (const Json *m = json_first_member(transports); m && r == 0; m = m->next)
		r = parse_transport(p, m);
	return r;
}

int policy_parse(const char *text, size_t len, const char *what, Policy **ret, Error *err)
{
	_cleanup_policy_ Policy *policy = calloc(1, sizeof *policy);
	Parser p = {.policy = policy, .what = what, .err = err, .place = "policy"};
	Json *root;
	int r;

	if (!policy)
		return fail_oom(err);
	r = json_parse(&policy->arena, text, len, what, &root, err);
	if (r == 0)
		r = parse_document(&p, root);
	if (r == 0)
		*ret = TAKE_PTR(policy);
	return r;
}
