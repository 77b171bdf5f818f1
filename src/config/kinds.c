/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-internal.h"
#include "spec/docker-ref.h"

/* What files of each kind may say, and where it goes. */

#define NAMES_MAX 1024 /* domains or registries of one file */

/* A host as it stands in a URL, with its port if there is one. */
static bool host_of_url(const char *s)
{
	return *s && !s[strcspn(s, "/@?#\\ \t\r\n")];
}

static bool absolute_path(const char *s)
{
	return *s == '/';
}

static bool image_location(const char *s)
{
	static const char *const starts[] = {"/", "file://", "docker://", "http://", "https://"};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (startswith(s, starts[i]))
			return true;
	return false;
}

/* Whether a text can stand in one line of a header. */
static bool printable(const char *s)
{
	while ((unsigned char)*s >= ' ' && *s != '\x7f')
		s++;
	return *s == '\0';
}

static const TextRule rule_host = {host_of_url, "a host, perhaps with a port"};
static const TextRule rule_line = {printable, "a text without control characters"};
static const TextRule rule_path = {absolute_path, "an absolute path"};
static const TextRule rule_location = {
	image_location, "an absolute path or a URL of file, docker, http or https"};

/* A text that no message may repeat. */
static int secret_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	const char *text = json_text(value);

	if (!text)
		return reader_fail(r, NULL, "must be a string");
	if (!printable(text))
		return reader_fail(r, NULL, "must have no control characters");
	return field_text.parse(r, f, value, object);
}

static const FieldType field_secret = {secret_parse, NULL};

static const Field basic_fields[] = {
	FIELD(ConfigAuth, user, "user", text, .flags = FIELD_REQUIRED),
	FIELD(ConfigAuth, password, "password", secret, .flags = FIELD_REQUIRED),
};
static const Field oauth_fields[] = {
	FIELD(ConfigAuth, token, "token", secret, .flags = FIELD_REQUIRED),
};
static const Field aws_fields[] = {
	FIELD(ConfigAuth, access_key, "accessKeyID", text, .flags = FIELD_REQUIRED,
		.text = &rule_line),
	FIELD(ConfigAuth, secret_key, "secretAccessKey", secret, .flags = FIELD_REQUIRED),
	FIELD(ConfigAuth, region, "awsRegion", text, .flags = FIELD_OR_EMPTY, .text = &rule_line),
};

static const struct {
	const char *name;
	ConfigAuthType type;
	ObjectType credentials;
} auth_types[] = {
	{"basic", CONFIG_AUTH_BASIC, OBJECT_TYPE(ConfigAuth, basic_fields, NULL)},
	{"oauth", CONFIG_AUTH_OAUTH, OBJECT_TYPE(ConfigAuth, oauth_fields, NULL)},
	{"aws", CONFIG_AUTH_AWS, OBJECT_TYPE(ConfigAuth, aws_fields, NULL)},
};

/* What a file of kind auth or dockerAuth says beside the credentials. */
typedef struct Servers {
	const char **names;
	size_t n_names;
	const char *type;
} Servers;

static const Field auth_fields[] = {
	FIELD(Servers, names, "domains", texts, .flags = FIELD_REQUIRED | FIELD_LOWER,
		.aux = offsetof(Servers, n_names), .max = NAMES_MAX, .text = &rule_host),
	FIELD(Servers, type, "type", text, .flags = FIELD_REQUIRED),
};
static const Field docker_auth_fields[] = {
	FIELD(Servers, names, "registries", texts, .flags = FIELD_REQUIRED,
		.aux = offsetof(Servers, n_names), .max = NAMES_MAX, .text = &rule_host),
};
static const ObjectType auth_object = OBJECT_TYPE(Servers, auth_fields, NULL);
static const ObjectType docker_auth_object = OBJECT_TYPE(Servers, docker_auth_fields, NULL);

/* Registries are found by the one spelling that references have. names are those of the member. */
static int spell_registries(ConfigFile *file, const char *member, const char **names, size_t n)
{
	char text[QUOTED_MAX];

	for (size_t i = 0; i < n; i++) {
		const char *host;
		int r = docker_ref_host_parse(names[i], file->reader.arena, &host);

		if (r == -EINVAL)
			return reader_fail(&file->reader, member,
				"%s is not a registry's host, perhaps with a port",
				text_quoted(names[i], text, sizeof text));
		if (r < 0)
			return fail_oom(file->reader.err);
		names[i] = docker_ref_host(host);
	}
	return 0;
}

static bool is_taken(const ConfigFile *file, const ConfigOrigin *origin)
{
	return origin->layer == file->origin.layer;
}

/* Puts a copy of auth, for this server, into the list that *first begins. */
static int store_auth(ConfigFile *file, ConfigAuth **first, const ConfigAuth *auth,
	const char *server, bool registry)
{
	ConfigAuth **at = first, *copy;
	char text[QUOTED_MAX];

	while (*at && strcmp((*at)->server, server) < 0)
		at = &(*at)->next;
	if (*at && streq((*at)->server, server)) {
		if (is_taken(file, &(*at)->origin))
			return reader_fail(&file->reader, NULL, "%s %s %s already specified, in %s",
				registry ? "credentials for docker registry" : "auth for domain",
				text_quoted(server, text, sizeof text), registry ? "are" : "is",
				(*at)->origin.file);
		*at = (*at)->next;
	}
	copy = arena_memdup(file->reader.arena, auth, sizeof *auth);
	if (!copy)
		return fail_oom(file->reader.err);
	copy->server = server;
	copy->origin = file->origin;
	copy->next = *at;
	*at = copy;
	return 0;
}

static int read_credentials(
	ConfigFile *file, const ObjectType *type, const Json *document, ConfigAuth *ret)
{
	const Json *value = json_get(document, "credentials");
	size_t mark;
	int r;

	if (!json_is(value, JSON_OBJECT))
		return reader_fail(&file->reader, "credentials",
			value ? "must be an object" : "must be given");
	mark = reader_push(&file->reader, "credentials", 0);
	r = fields_read(&file->reader, type, value, ret);
	reader_pop(&file->reader, mark);
	return r;
}

static int read_auth(ConfigFile *file, const Json *document)
{
	ConfigAuth auth = {.next = NULL};
	Servers servers = {0};
	char text[QUOTED_MAX];
	size_t type = 0;
	int r = fields_read(&file->reader, &auth_object, document, &servers);

	if (r < 0)
		return r;
	while (type < ARRAY_LEN(auth_types) && !streq(auth_types[type].name, servers.type))
		type++;
	if (type == ARRAY_LEN(auth_types))
		return reader_fail(&file->reader, "type", "unknown auth type: %s",
			text_quoted(servers.type, text, sizeof text));
	auth.type = auth_types[type].type;
	r = read_credentials(file, &auth_types[type].credentials, document, &auth);
	for (size_t i = 0; i < servers.n_names && r == 0; i++)
		r = store_auth(file, &file->config->auths, &auth, servers.names[i], false);
	return r;
}

static int read_docker_auth(ConfigFile *file, const Json *document)
{
	static const ObjectType credentials = OBJECT_TYPE(ConfigAuth, basic_fields, NULL);
	ConfigAuth auth = {.type = CONFIG_AUTH_BASIC};
	Servers servers = {0};
	int r = fields_read(&file->reader, &docker_auth_object, document, &servers);

	if (r == 0)
		r = spell_registries(file, "registries", servers.names, servers.n_names);
	if (r == 0)
		r = read_credentials(file, &credentials, document, &auth);
	for (size_t i = 0; i < servers.n_names && r == 0; i++)
		r = store_auth(file, &file->config->registries, &auth, servers.names[i], true);
	return r;
}

/* Notes that this file sets something, unless another one of its layer has. */
static int claim(ConfigFile *file, ConfigOrigin *origin, const char *what)
{
	if (is_taken(file, origin))
		return reader_fail(
			&file->reader, NULL, "%s already specified, in %s", what, origin->file);
	*origin = file->origin;
	return 0;
}

typedef struct Paths {
	const char *data, *stage1_images;
} Paths;

static const Field paths_fields[] = {
	FIELD(Paths, data, "data", text, .text = &rule_path),
	FIELD(Paths, stage1_images, "stage1-images", text, .text = &rule_path),
};
static const ObjectType paths_object = OBJECT_TYPE(Paths, paths_fields, NULL);

static int read_paths(ConfigFile *file, const Json *document)
{
	Config *c = file->config;
	Paths paths = {0};
	int r = fields_read(&file->reader, &paths_object, document, &paths);

	if (r == 0 && paths.data) {
		r = claim(file, &c->paths.data_origin, "data directory is");
		c->paths.data = paths.data;
	}
	if (r == 0 && paths.stage1_images) {
		r = claim(file, &c->paths.stage1_images_origin, "directory of stage1 images is");
		c->paths.stage1_images = paths.stage1_images;
	}
	return r;
}

typedef struct Stage1 {
	const char *name, *version, *location;
} Stage1;

static int check_stage1(JsonReader *r, void *object)
{
	const Stage1 *s = object;

	if (!s->name == !s->version)
		return 0;
	return reader_fail(r, s->name ? "version" : "name",
		"must be given, name and version of a stage1 image belong together");
}

static const Field stage1_fields[] = {
	FIELD(Stage1, name, "name", text),
	FIELD(Stage1, version, "version", text),
	FIELD(Stage1, location, "location", text, .text = &rule_location),
};
static const ObjectType stage1_object = OBJECT_TYPE(Stage1, stage1_fields, check_stage1);

static int read_stage1(ConfigFile *file, const Json *document)
{
	Config *c = file->config;
	Stage1 stage1 = {0};
	int r = fields_read(&file->reader, &stage1_object, document, &stage1);

	if (r == 0 && stage1.name) {
		r = claim(file, &c->stage1.name_origin,
			"name and version of a default stage1 image are");
		c->stage1.name = stage1.name;
		c->stage1.version = stage1.version;
	}
	if (r == 0 && stage1.location) {
		r = claim(
			file, &c->stage1.location_origin, "location of a default stage1 image is");
		c->stage1.location = stage1.location;
	}
	return r;
}

typedef struct Registry {
	const char **hosts, **mirrors, **insecure;
	size_t n_hosts, n_mirrors, n_insecure;
} Registry;

static bool insecure_word(const char *s)
{
	return streq(s, "http") || streq(s, "tls");
}

static const TextRule rule_insecure = {insecure_word, "\"http\" or \"tls\""};

static const Field registry_fields[] = {
	FIELD(Registry, hosts, "registries", texts, .flags = FIELD_REQUIRED,
		.aux = offsetof(Registry, n_hosts), .max = NAMES_MAX, .text = &rule_host),
	FIELD(Registry, mirrors, "mirrors", texts, .aux = offsetof(Registry, n_mirrors),
		.max = NAMES_MAX, .text = &rule_host),
	FIELD(Registry, insecure, "insecure", texts, .aux = offsetof(Registry, n_insecure),
		.max = 2, .text = &rule_insecure),
};
static const ObjectType registry_object = OBJECT_TYPE(Registry, registry_fields, NULL);

/* Puts a copy of settings, for this host, into the list. */
static int store_registry(ConfigFile *file, const ConfigRegistry *settings, const char *host)
{
	ConfigRegistry **at = &file->config->registry_settings, *copy;
	char text[QUOTED_MAX];

	while (*at && strcmp((*at)->host, host) < 0)
		at = &(*at)->next;
	if (*at && streq((*at)->host, host)) {
		if (is_taken(file, &(*at)->origin))
			return reader_fail(&file->reader, NULL,
				"settings of registry %s are already specified, in %s",
				text_quoted(host, text, sizeof text), (*at)->origin.file);
		*at = (*at)->next;
	}
	copy = arena_memdup(file->reader.arena, settings, sizeof *settings);
	if (!copy)
		return fail_oom(file->reader.err);
	copy->host = host;
	copy->next = *at;
	*at = copy;
	return 0;
}

static int read_registry(ConfigFile *file, const Json *document)
{
	ConfigRegistry settings = {.origin = file->origin};
	Registry registry = {0};
	int r = fields_read(&file->reader, &registry_object, document, &registry);

	if (r == 0)
		r = spell_registries(file, "registries", registry.hosts, registry.n_hosts);
	if (r == 0)
		r = spell_registries(file, "mirrors", registry.mirrors, registry.n_mirrors);
	settings.mirrors = registry.mirrors;
	settings.n_mirrors = registry.n_mirrors;
	for (size_t i = 0; i < registry.n_insecure; i++) {
		settings.insecure_http |= streq(registry.insecure[i], "http");
		settings.insecure_tls |= streq(registry.insecure[i], "tls");
	}
	for (size_t i = 0; r == 0 && i < registry.n_hosts; i++)
		r = store_registry(file, &settings, registry.hosts[i]);
	return r;
}

const ConfigKind config_kinds[] = {
	{"auth", CONFIG_AUTH, read_auth},
	{"dockerAuth", CONFIG_AUTH, read_docker_auth},
	{"paths", CONFIG_PATHS, read_paths},
	{"stage1", CONFIG_STAGE1, read_stage1},
	{"registry", CONFIG_REGISTRIES, read_registry},
};
const size_t n_config_kinds = ARRAY_LEN(config_kinds);
