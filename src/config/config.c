/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#define VERSION "v1"

void config_done(Config *c)
{
	arena_done(&c->arena);
	*c = (Config)CONFIG_INIT;
}

const ConfigAuth *config_find_auth(const ConfigAuth *first, const char *server)
{
	for (const ConfigAuth *a = first; a; a = a->next)
		if (streq(a->server, server))
			return a;
	return NULL;
}

const ConfigRegistry *config_find_registry(const Config *c, const char *host)
{
	for (const ConfigRegistry *r = c->registry_settings; r; r = r->next)
		if (streq(r->host, host))
			return r;
	return NULL;
}

static Json *entry(Arena *arena, const char *kind)
{
	Json *o = json_add_text(arena, json_new(arena, JSON_OBJECT), "rktVersion", VERSION);

	return json_add_text(arena, o, "rktKind", kind);
}

/* The entry and its list of one name. */
static Json *entry_for(Arena *arena, const char *kind, const char *list, const char *server)
{
	Json *servers = json_append(json_new(arena, JSON_ARRAY), json_new_text(arena, server));

	return json_add(arena, entry(arena, kind), list, servers);
}

static Json *login_to_json(Arena *arena, const ConfigAuth *a)
{
	Json *o = json_add_text(arena, json_new(arena, JSON_OBJECT), "user", a->user);

	return json_add_text(arena, o, "password", a->password);
}

static Json *token_to_json(Arena *arena, const ConfigAuth *a)
{
	return json_add_text(arena, json_new(arena, JSON_OBJECT), "token", a->token);
}

static Json *keys_to_json(Arena *arena, const ConfigAuth *a)
{
	Json *o = json_add_text(arena, json_new(arena, JSON_OBJECT), "accessKeyID", a->access_key);

	o = json_add_text(arena, o, "secretAccessKey", a->secret_key);
	return json_add_text(arena, o, "awsRegion", a->region);
}

static Json *auth_to_json(Arena *arena, const ConfigAuth *a)
{
	static const struct {
		const char *name;
		Json *(*credentials)(Arena *arena, const ConfigAuth *a);
	} types[] = {
		[CONFIG_AUTH_BASIC] = {"basic", login_to_json},
		[CONFIG_AUTH_OAUTH] = {"oauth", token_to_json},
		[CONFIG_AUTH_AWS] = {"aws", keys_to_json},
	};
	Json *o = entry_for(arena, "auth", "domains", a->server);

	o = json_add_text(arena, o, "type", types[a->type].name);
	return json_add(arena, o, "credentials", types[a->type].credentials(arena, a));
}

static Json *registry_to_json(Arena *arena, const ConfigAuth *a)
{
	Json *o = entry_for(arena, "dockerAuth", "registries", a->server);

	return json_add(arena, o, "credentials", login_to_json(arena, a));
}

static Json *settings_to_json(Arena *arena, const ConfigRegistry *r)
{
	Json *mirrors = json_new(arena, JSON_ARRAY), *insecure = json_new(arena, JSON_ARRAY), *o;

	for (size_t i = 0; i < r->n_mirrors; i++)
		mirrors = json_append(mirrors, json_new_text(arena, r->mirrors[i]));
	if (r->insecure_http)
		insecure = json_append(insecure, json_new_text(arena, "http"));
	if (r->insecure_tls)
		insecure = json_append(insecure, json_new_text(arena, "tls"));
	o = json_add(
		arena, entry_for(arena, "registry", "registries", r->host), "mirrors", mirrors);
	return json_add(arena, o, "insecure", insecure);
}

static Json *add_or_empty(Arena *arena, Json *o, const char *name, const char *s)
{
	return json_add_text(arena, o, name, s ? s : "");
}

static Json *paths_to_json(Arena *arena, const Config *c)
{
	Json *o = add_or_empty(arena, entry(arena, "paths"), "data", c->paths.data);

	return add_or_empty(arena, o, "stage1-images", c->paths.stage1_images);
}

static Json *stage1_to_json(Arena *arena, const Config *c)
{
	Json *o = add_or_empty(arena, entry(arena, "stage1"), "name", c->stage1.name);

	o = add_or_empty(arena, o, "version", c->stage1.version);
	return add_or_empty(arena, o, "location", c->stage1.location);
}

Json *config_to_json(Arena *arena, const Config *c)
{
	Json *entries = json_new(arena, JSON_ARRAY);

	for (const ConfigAuth *a = c->auths; a; a = a->next)
		entries = json_append(entries, auth_to_json(arena, a));
	for (const ConfigAuth *a = c->registries; a; a = a->next)
		entries = json_append(entries, registry_to_json(arena, a));
	for (const ConfigRegistry *r = c->registry_settings; r; r = r->next)
		entries = json_append(entries, settings_to_json(arena, r));
	entries = json_append(entries, paths_to_json(arena, c));
	entries = json_append(entries, stage1_to_json(arena, c));
	return json_add(arena, json_new(arena, JSON_OBJECT), "stage0", entries);
}
