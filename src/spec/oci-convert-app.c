/* SPDX-License-Identifier: Apache-2.0 */

/* From an OCI image's config to the app of an appc manifest. */

#include "spec/oci-convert-internal.h"

#include <stdio.h>
#include "base/number.h"
#include "base/strbuf.h"
#include "spec/ac-types.h"
#include "spec/json-fields.h"

static int convert_exec(const OciConfig *config, Arena *arena, App *app)
{
	const StrList *parts[] = {&config->entrypoint, &config->cmd};

	app->exec.items = arena_new(arena, const char *, config->entrypoint.n + config->cmd.n);
	if (!app->exec.items)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (size_t n = 0; n < parts[i]->n; n++)
			app->exec.items[app->exec.n++] = parts[i]->items[n];
	return 0;
}

/* "", "user", "user:group": a group that is not given has the user's name or number. */
static int convert_user(const char *spec, Arena *arena, App *app)
{
	const char *colon = spec ? strchr(spec, ':') : NULL;

	app->user = "0";
	if (spec && *spec && spec != colon)
		app->user =
			arena_strndup(arena, spec, colon ? (size_t)(colon - spec) : strlen(spec));
	app->group = colon && colon[1] ? arena_strdup(arena, colon + 1) : app->user;
	return app->user && app->group ? 0 : -ENOMEM;
}

/* Paths that should be absolute, and in some images are not, are taken from the root. */
static const char *absolute(Arena *arena, const char *path)
{
	size_t size = strlen(path) + 2;
	char *copy;

	if (*path == '/')
		return path;
	copy = arena_alloc(arena, size);
	if (copy)
		(void)snprintf(copy, size, "/%s", path);
	return copy;
}

/* Adds "K=V", or replaces the value that K has. What is no variable of the schema is left out. */
static int add_variable(NameValues *env, const char *entry, Arena *arena)
{
	const char *equals = strchr(entry, '=');
	char *name;

	if (!equals)
		return 0;
	name = arena_strndup(arena, entry, (size_t)(equals - entry));
	if (!name)
		return -ENOMEM;
	if (!app_env_name_valid(name))
		return 0;
	for (size_t i = 0; i < env->n; i++) {
		if (!streq(env->items[i].name, name))
			continue;
		env->items[i].value = equals + 1;
		return 0;
	}
	env->items[env->n++] = (NameValue){name, equals + 1};
	return 0;
}

static int convert_environment(const StrList *from, Arena *arena, NameValues *ret)
{
	ret->items = arena_new(arena, NameValue, from->n);
	if (!ret->items)
		return -ENOMEM;
	for (size_t i = 0; i < from->n; i++)
		if (add_variable(ret, from->items[i], arena) < 0)
			return -ENOMEM;
	return 0;
}

static bool mount_point_named(const App *app, const char *name)
{
	for (size_t i = 0; i < app->n_mount_points; i++)
		if (streq(app->mount_points[i].name, name))
			return true;
	return false;
}

/* "volume" and the path as an AC name; "-1", "-2", ... behind it when paths differ only in other
 * characters. */
static int volume_name(const App *app, const char *path, Arena *arena, const char **ret)
{
	_cleanup_free_ char *full = NULL, *name = NULL;

	if (str_format(&full, "volume%s", path) < 0 || ac_name_sanitize(full, &name) < 0)
		return -ENOMEM;
	for (size_t i = 0; i <= app->n_mount_points; i++) {
		_cleanup_free_ char *numbered = NULL;

		if (str_format(&numbered, i > 0 ? "%s-%zu" : "%s", name, i) < 0)
			return -ENOMEM;
		if (mount_point_named(app, numbered))
			continue;
		*ret = arena_strdup(arena, numbered);
		break;
	}
	return *ret ? 0 : -ENOMEM;
}

static int compare_mount_points(const void *a, const void *b)
{
	return strcmp(((const MountPoint *)a)->name, ((const MountPoint *)b)->name);
}

static int convert_volumes(const StrList *from, Arena *arena, App *app)
{
	app->mount_points = arena_new(arena, MountPoint, from->n);
	if (!app->mount_points)
		return -ENOMEM;
	for (size_t i = 0; i < from->n; i++) {
		MountPoint point = {.path = absolute(arena, from->items[i])};

		if (!point.path || volume_name(app, point.path, arena, &point.name) < 0)
			return -ENOMEM;
		app->mount_points[app->n_mount_points++] = point;
	}
	if (from->n > 0)
		qsort(app->mount_points, app->n_mount_points, sizeof *app->mount_points,
			compare_mount_points);
	return 0;
}

/* The number at the start of s, up to a character of ends. */
static int parse_port(const char *s, const char *ends, unsigned *ret, const char **ret_end)
{
	size_t n = strcspn(s, ends);
	char digits[8];
	uint64_t value;

	if (n >= sizeof digits)
		return -EINVAL;
	memcpy(digits, s, n);
	digits[n] = '\0';
	if (number_parse_u64(digits, 65535, &value) < 0 || value == 0)
		return -EINVAL;
	*ret = (unsigned)value;
	*ret_end = s + n;
	return 0;
}

/* "80", "80/tcp" or "8000-8010/tcp". */
static int parse_exposed(const char *s, Arena *arena, Port *ret)
{
	_cleanup_free_ char *name = NULL;
	const char *end, *protocol;
	unsigned last;

	if (parse_port(s, "-/", &ret->port, &end) < 0)
		return -EINVAL;
	last = ret->port;
	if (*end == '-' && parse_port(end + 1, "/", &last, &end) < 0)
		return -EINVAL;
	if (last < ret->port)
		return -EINVAL;
	ret->count = last - ret->port + 1;
	protocol = *end == '/' && end[1] ? end + 1 : "tcp";
	if (ac_name_sanitize(protocol, &name) < 0)
		return -EINVAL;
	ret->protocol = arena_strdup(arena, name);
	free(TAKE_PTR(name));
	if (ac_name_sanitize(s, &name) < 0)
		return -EINVAL;
	ret->name = arena_strdup(arena, name);
	return ret->name && ret->protocol ? 0 : -ENOMEM;
}

static int compare_ports(const void *a, const void *b)
{
	return strcmp(((const Port *)a)->name, ((const Port *)b)->name);
}

static int convert_ports(const StrList *from, Arena *arena, App *app, Error *err)
{
	char text[QUOTED_MAX];
	int r;

	app->ports = arena_new(arena, Port, from->n);
	if (!app->ports)
		return fail_oom(err);
	for (size_t i = 0; i < from->n; i++) {
		r = parse_exposed(from->items[i], arena, &app->ports[app->n_ports++]);
		if (r == -EINVAL)
			return fail(err, r,
				"config.ExposedPorts: %s is not a port such as \"80/tcp\"",
				text_quoted(from->items[i], text, sizeof text));
		if (r < 0)
			return fail_oom(err);
	}
	if (from->n > 0)
		qsort(app->ports, app->n_ports, sizeof *app->ports, compare_ports);
	return 0;
}

int oci_convert_app(const OciConfig *config, Arena *arena, App *ret, Error *err)
{
	App app = {.user_labels = config->labels};
	int r;

	if (convert_exec(config, arena, &app) < 0 || convert_user(config->user, arena, &app) < 0 ||
		convert_environment(&config->env, arena, &app.environment) < 0 ||
		convert_volumes(&config->volumes, arena, &app) < 0)
		return fail_oom(err);
	if (config->working_dir) {
		app.working_directory = absolute(arena, config->working_dir);
		if (!app.working_directory)
			return fail_oom(err);
	}
	r = convert_ports(&config->exposed_ports, arena, &app, err);
	if (r < 0)
		return r;
	*ret = app;
	return 0;
}
