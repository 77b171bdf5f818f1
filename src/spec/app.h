/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The "app" object of appc manifests (appc 0.8.11, image manifest schema, "app"), shared by image
 * and pod manifests. Everything is owned by the arena of the document that it was parsed into.
 * Strings are never NULL unless said so. */

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

typedef struct StrList {
	const char **items;
	size_t n;
} StrList;

/* Appends an item to a list that grows in arena. 0 or -ENOMEM. */
int str_list_add(StrList *list, const char *item, Arena *arena);

typedef struct NameValue {
	const char *name, *value;
} NameValue;

typedef struct NameValues {
	NameValue *items;
	size_t n;
} NameValues;

/* The value that name has in pairs, NULL when there is none. */
const char *name_values_find(const NameValues *pairs, const char *name);

typedef struct MountPoint {
	const char *name, *path;
	bool read_only;
} MountPoint;

typedef struct Port {
	const char *name, *protocol; /* "tcp", "udp", ... */
	unsigned port, count;        /* count is 1 unless given */
	bool socket_activated;
} Port;

typedef struct EventHandler {
	const char *name; /* "pre-start" or "post-stop" */
	StrList exec;
} EventHandler;

typedef enum IsolatorKind {
	ISOLATOR_CPU,               /* quantity, in thousandths of a core */
	ISOLATOR_MEMORY,            /* quantity, in bytes */
	ISOLATOR_BLOCK_BANDWIDTH,   /* quantity */
	ISOLATOR_BLOCK_IOPS,        /* quantity */
	ISOLATOR_NETWORK_BANDWIDTH, /* quantity */
	ISOLATOR_CAPS_RETAIN,       /* set */
	ISOLATOR_CAPS_REMOVE,       /* set */
	ISOLATOR_SECCOMP_RETAIN,    /* set, errno_name */
	ISOLATOR_SECCOMP_REMOVE,    /* set, errno_name */
	ISOLATOR_NO_NEW_PRIVILEGES, /* number: 0 or 1 */
	ISOLATOR_OOM_SCORE_ADJ,     /* number */
	ISOLATOR_CPU_SHARES,        /* number */
	ISOLATOR_PIDS,              /* number; this engine's addition, "resource/pids" */
	ISOLATOR_SELINUX_CONTEXT,   /* kept, not interpreted */
	ISOLATOR_APPARMOR_PROFILE,  /* kept, not interpreted */
	ISOLATOR_SYSCTL,            /* kept, not interpreted */
} IsolatorKind;

/* An app may have both sets of capabilities, as orchestrators send them: then what counts is what
 * the retain set has and the remove set has not. One seccomp set at most, and the numbers but
 * no-new-privileges at most once, are what parsing lets pass; of several quantities of one kind the
 * last counts. */
typedef struct Isolator {
	IsolatorKind kind;
	const char *name; /* "resource/memory" */
	bool has_limit;
	bool has_request;
	int64_t limit; /* in the unit of the kind, rounded up */
	int64_t request;
	int64_t number;         /* for the kinds that are one number */
	StrList set;            /* capabilities are written out in full: "CAP_NET_ADMIN" */
	const char *errno_name; /* "EPERM", or NULL: kill */
	const char *value_json; /* the value as compact JSON, in canonical form, for printing */
} Isolator;

typedef struct App {
	StrList exec;
	const char *user, *group; /* never empty in a valid app */
	int64_t *supplementary_gids;
	size_t n_supplementary_gids;
	EventHandler *event_handlers;
	size_t n_event_handlers;
	const char *working_directory; /* absolute, or NULL when not given */
	NameValues environment;
	MountPoint *mount_points;
	size_t n_mount_points;
	Port *ports;
	size_t n_ports;
	Isolator *isolators;
	size_t n_isolators;
	NameValues user_annotations;
	NameValues user_labels;
} App;

/* Whether two paths in an app are the same but for slashes at their ends. */
bool app_same_path(const char *a, const char *b);

/* Parses the value of an "app" member into *ret, with memory from arena. path is the JSON path of
 * the object for messages ("apps[0].app"). 0, -EINVAL (a rule of the schema is broken; err says
 * which, where), -ENOMEM. */
int app_parse(const Json *value, const char *path, Arena *arena, App *ret, Error *err);

/* The app as JSON in appc's member order, members that are empty left out. Made in arena, NULL when
 * memory is out. */
Json *app_to_json(Arena *arena, const App *app);

/* Builds one isolator from its name and JSON value, by the rules of the schema. Same results as
 * app_parse(). */
int isolator_parse(const char *name, const Json *value, const char *path, Arena *arena,
	Isolator *ret, Error *err);

/* Whether name is a valid environment variable name of the schema ([A-Za-z_][A-Za-z0-9_.-]*). */
bool app_env_name_valid(const char *name);
