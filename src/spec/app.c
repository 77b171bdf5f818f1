/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/app.h"

#include <ctype.h>
#include "spec/schema-internal.h"

bool app_env_name_valid(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_' || *name == '.' || *name == '-')
		name++;
	return !*name;
}

static bool event_name_valid(const char *name)
{
	return streq(name, "pre-start") || streq(name, "post-stop");
}

static const TextRule rule_env_name = {app_env_name_valid,
	"a variable name (letters, digits and \"_.-\", not beginning with a digit, '.' or '-')"};
static const TextRule rule_event_name = {event_name_valid, "\"pre-start\" or \"post-stop\""};

static const Field event_handler_fields[] = {
	FIELD(EventHandler, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_event_name),
	FIELD_STRINGS(EventHandler, exec, "exec", .flags = FIELD_REQUIRED, .max = SCHEMA_LIST_MAX),
};

static const ObjectType event_handler_object =
	OBJECT_TYPE(EventHandler, event_handler_fields, NULL);

static const Field environment_fields[] = {
	FIELD(NameValue, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_env_name),
	FIELD(NameValue, value, "value", text, .flags = FIELD_OR_EMPTY),
};

static const ObjectType environment_object = OBJECT_TYPE(NameValue, environment_fields, NULL);

static const Field mount_point_fields[] = {
	FIELD(MountPoint, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_ac_name),
	FIELD(MountPoint, path, "path", text, .flags = FIELD_REQUIRED, .text = &rule_absolute_path),
	FIELD(MountPoint, read_only, "readOnly", bool),
};

static const ObjectType mount_point_object = OBJECT_TYPE(MountPoint, mount_point_fields, NULL);

static const Field port_fields[] = {
	FIELD(Port, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_ac_name),
	FIELD(Port, protocol, "protocol", text, .flags = FIELD_REQUIRED | FIELD_LOWER,
		.text = &rule_ac_name),
	FIELD(Port, port, "port", number, .flags = FIELD_REQUIRED | FIELD_PRINT_ZERO, .min = 1,
		.max = 65535),
	FIELD(Port, count, "count", number, .flags = FIELD_PRINT_ZERO, .max = 65535),
	FIELD(Port, socket_activated, "socketActivated", bool, .flags = FIELD_PRINT_ZERO),
};

/* A count of 0 is what orchestrators send that leave it at Go's zero value: it counts as not given.
 */
static int port_check(JsonReader *r, void *object)
{
	Port *port = object;

	if (port->count == 0)
		port->count = 1;
	if (port->port + port->count > 65536)
		return reader_fail(r, "count", "%u ports from %u on go beyond port 65535",
			port->count, port->port);
	return 0;
}

const ObjectType port_object = OBJECT_TYPE(Port, port_fields, port_check);

static const Field app_fields[] = {
	FIELD_STRINGS(App, exec, "exec", .max = SCHEMA_ARGUMENTS_MAX),
	FIELD_OBJECTS(App, event_handlers, n_event_handlers, "eventHandlers", .flags = FIELD_UNIQUE,
		.object = &event_handler_object),
	FIELD(App, user, "user", text, .flags = FIELD_REQUIRED),
	FIELD(App, group, "group", text, .flags = FIELD_REQUIRED),
	FIELD(App, supplementary_gids, "supplementaryGIDs", ids,
		.aux = offsetof(App, n_supplementary_gids), .max = SCHEMA_LIST_MAX),
	FIELD(App, working_directory, "workingDirectory", text, .text = &rule_absolute_path),
	FIELD_PAIRS(App, environment, "environment", environment_object),
	FIELD_OBJECTS(
		App, mount_points, n_mount_points, "mountPoints", .object = &mount_point_object),
	FIELD_OBJECTS(App, ports, n_ports, "ports", .object = &port_object),
	FIELD_OBJECTS(App, isolators, n_isolators, "isolators", .object = &isolator_object),
	FIELD_MAP(App, user_annotations, "userAnnotations"),
	FIELD_MAP(App, user_labels, "userLabels"),
};

static int app_check(JsonReader *r, void *object)
{
	const App *app = object;

	return isolators_check(r, "isolators", app->isolators, app->n_isolators);
}

const ObjectType app_object = OBJECT_TYPE(App, app_fields, app_check);

int app_parse(const Json *value, const char *path, Arena *arena, App *ret, Error *err)
{
	JsonReader r = {.arena = arena, .err = err};
	App app = {0};
	int result;

	(void)reader_push(&r, path, 0);
	result = fields_read(&r, &app_object, value, &app);
	if (result < 0)
		return result;
	*ret = app;
	return 0;
}

Json *app_to_json(Arena *arena, const App *app)
{
	return fields_write(arena, &app_object, app);
}

static size_t path_len(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

bool app_same_path(const char *a, const char *b)
{
	return path_len(a) == path_len(b) && strncmp(a, b, path_len(a)) == 0;
}
