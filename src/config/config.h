/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What administrators, vendors and users have set in files, as one: docs/formats/configuration.md.
 * Three directories, layers, hold the files; what a later layer says of something takes the place
 * of what an earlier one says of the same. Two files of one layer must not speak of the same. */

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

/* The layers in their order. NULL: there is none. */
typedef struct ConfigDirs {
	const char *system; /* "/usr/lib/rkt" */
	const char *local;  /* "/etc/rkt" */
	const char *user;
} ConfigDirs;

/* The directories in a layer, each with its kinds of files. Only those that are asked for are
 * looked at. */
typedef enum ConfigPart {
	CONFIG_AUTH = 1 << 0,       /* auth.d: auth, dockerAuth */
	CONFIG_PATHS = 1 << 1,      /* paths.d: paths */
	CONFIG_STAGE1 = 1 << 2,     /* stage1.d: stage1 */
	CONFIG_REGISTRIES = 1 << 3, /* registries.d: registry */
	CONFIG_ALL = CONFIG_AUTH | CONFIG_PATHS | CONFIG_STAGE1 | CONFIG_REGISTRIES,
} ConfigPart;

/* Where something was said. */
typedef struct ConfigOrigin {
	unsigned layer; /* from 1; 0: nowhere */
	const char *file;
} ConfigOrigin;

typedef enum ConfigAuthType {
	CONFIG_AUTH_BASIC,
	CONFIG_AUTH_OAUTH,
	CONFIG_AUTH_AWS,
} ConfigAuthType;

/* How to show oneself to one server. */
typedef struct ConfigAuth ConfigAuth;
struct ConfigAuth {
	ConfigAuth *next;   /* sorted by server */
	const char *server; /* host, with the port if the URL has one */
	ConfigAuthType type;
	const char *user, *password; /* basic */
	const char *token;           /* oauth */
	const char *access_key, *secret_key;
	const char *region; /* aws; "" where it is to be guessed from the host */
	ConfigOrigin origin;
};

/* How one registry is used. */
typedef struct ConfigRegistry ConfigRegistry;
struct ConfigRegistry {
	ConfigRegistry *next; /* sorted by host */
	const char *host;     /* as in DockerRef */
	const char **mirrors; /* hosts that are asked before it, in this order */
	size_t n_mirrors;
	bool insecure_http, insecure_tls; /* as --insecure-options, for this host alone */
	ConfigOrigin origin;
};

/* Texts are NULL where nothing is set. */
typedef struct Config {
	Arena arena;            /* holds everything here */
	ConfigAuth *auths;      /* for requests: kind auth */
	ConfigAuth *registries; /* for registries: kind dockerAuth, all of them basic */
	ConfigRegistry *registry_settings;
	struct {
		const char *data, *stage1_images;
		ConfigOrigin data_origin, stage1_images_origin;
	} paths;
	struct {
		const char *name, *version; /* both or none */
		const char *location;       /* absolute path, or URL of file, http, https, docker */
		ConfigOrigin name_origin, location_origin;
	} stage1;
} Config;

#define CONFIG_INIT                                                                                \
	{                                                                                          \
		.auths = NULL                                                                      \
	}

void config_done(Config *c);

#define _cleanup_config_ _cleanup_(config_done)

/* Reads the parts (ConfigPart bits) of all layers into *ret, which is CONFIG_INIT and for
 * config_done() also after a failure. Directories that are not there are fine and cost an open(2)
 * each. Read are regular files called "*.json", not those in directories further down and not
 * behind links. 0, -EINVAL for a file that is wrong, with its name and the line or the JSON path,
 * -ENOTDIR for a layer that is no directory, or another negative errno. */
int config_load(const ConfigDirs *dirs, unsigned parts, Config *ret, Error *err);

/* What is set for a server in the list that begins with first; NULL where nothing is. */
const ConfigAuth *config_find_auth(const ConfigAuth *first, const char *server);

/* What is set for a registry's host; NULL where nothing is. */
const ConfigRegistry *config_find_registry(const Config *c, const char *host);

/* All of it as "rkt config" prints it: objects like those of the files, one for each domain and
 * registry, then one of the paths and one of stage1. Made in arena; NULL when memory is out. */
Json *config_to_json(Arena *arena, const Config *c);
