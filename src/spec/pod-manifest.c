/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/pod-manifest.h"

#include <arpa/inet.h>
#include "base/number.h"
#include "spec/schema-internal.h"

static bool is_ip_address(const char *s)
{
	struct in6_addr address;

	return inet_pton(AF_INET, s, &address) == 1 || inet_pton(AF_INET6, s, &address) == 1;
}

static bool is_mode(const char *s)
{
	uint64_t mode;

	return number_parse_octal(s, 07777, &mode) == 0;
}

static const TextRule rule_ip = {is_ip_address, "an IPv4 or IPv6 address"};
static const TextRule rule_mode = {is_mode, "a mode in octal digits such as \"0755\""};

static const char *const volume_kinds[] = {[VOLUME_HOST] = "host", [VOLUME_EMPTY] = "empty"};

static int kind_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	const char *s = json_text(value);
	char text[QUOTED_MAX];

	if (!s)
		return reader_wrong_type(r, NULL, "\"host\" or \"empty\"", value);
	for (size_t i = 0; i < ARRAY_LEN(volume_kinds); i++) {
		if (!streq(s, volume_kinds[i]))
			continue;
		*(VolumeKind *)field_at(object, f->offset) = (VolumeKind)i;
		return 0;
	}
	return reader_fail(
		r, NULL, "%s is not \"host\" or \"empty\"", text_quoted(s, text, sizeof text));
}

static int kind_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	*ret = json_new_text(arena, volume_kinds[*(const VolumeKind *)field_at(object, f->offset)]);
	return *ret ? 0 : -ENOMEM;
}

static const FieldType field_volume_kind = {kind_parse, kind_print};

static int owner_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const Volume *volume = object;

	return volume->kind == VOLUME_EMPTY ? field_number.print(arena, f, object, ret) : 0;
}

static int owner_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	return field_number.parse(r, f, value, object);
}

/* A number that only empty volumes have. */
static const FieldType field_owner = {owner_parse, owner_print};

static const Field volume_fields[] = {
	FIELD(Volume, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_ac_name),
	FIELD(Volume, kind, "kind", volume_kind, .flags = FIELD_REQUIRED),
	FIELD(Volume, source, "source", text),
	FIELD(Volume, read_only, "readOnly", tristate, .fallback = -1),
	FIELD(Volume, recursive, "recursive", tristate, .fallback = -1),
	FIELD(Volume, mode, "mode", text, .text = &rule_mode),
	FIELD(Volume, uid, "uid", owner, .flags = FIELD_PRINT_ZERO, .max = UINT32_MAX - 1,
		.fallback = -1),
	FIELD(Volume, gid, "gid", owner, .flags = FIELD_PRINT_ZERO, .max = UINT32_MAX - 1,
		.fallback = -1),
};

static int host_volume_check(JsonReader *r, Volume *volume)
{
	char text[QUOTED_MAX];

	if (!volume->source)
		return reader_fail(r, "source", "must be given for a host volume");
	if (*volume->source != '/')
		return reader_fail(r, "source",
			"source for host volume must be absolute path, not %s",
			text_quoted(volume->source, text, sizeof text));
	if (volume->mode)
		return reader_fail(r, "mode", "is only for empty volumes");
	if (volume->uid >= 0)
		return reader_fail(r, "uid", "is only for empty volumes");
	if (volume->gid >= 0)
		return reader_fail(r, "gid", "is only for empty volumes");
	return 0;
}

static int volume_check(JsonReader *r, void *object)
{
	Volume *volume = object;
	int result = 0;

	if (volume->kind == VOLUME_HOST)
		result = host_volume_check(r, volume);
	else if (volume->source)
		result = reader_fail(r, "source", "is only for host volumes");
	else if (!volume->mode)
		volume->mode = "0755";
	volume->uid = MAX(volume->uid, 0);
	volume->gid = MAX(volume->gid, 0);
	return result;
}

static const ObjectType volume_object = OBJECT_TYPE(Volume, volume_fields, volume_check);

static const Field mount_fields[] = {
	FIELD(Mount, volume, "volume", text, .flags = FIELD_REQUIRED, .text = &rule_ac_name),
	FIELD(Mount, path, "path", text, .flags = FIELD_REQUIRED, .text = &rule_absolute_path),
	FIELD(Mount, app_volume, "appVolume", pointer, .object = &volume_object),
};

static const ObjectType mount_object = OBJECT_TYPE(Mount, mount_fields, NULL);

static const Field image_fields[] = {
	FIELD(RuntimeApp, image_name, "name", text, .text = &rule_ac_identifier),
	FIELD(RuntimeApp, image_id, "id", text, .flags = FIELD_REQUIRED, .text = &rule_image_id),
	FIELD_PAIRS(RuntimeApp, image_labels, "labels", label_object),
};

static int image_check(JsonReader *r, void *object)
{
	const RuntimeApp *app = object;

	return labels_check_platform(r, "labels", &app->image_labels);
}

static const ObjectType image_object = OBJECT_TYPE(RuntimeApp, image_fields, image_check);

static const Field runtime_app_fields[] = {
	FIELD(RuntimeApp, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_ac_name),
	FIELD(RuntimeApp, image_id, "image", inline, .flags = FIELD_REQUIRED,
		.object = &image_object),
	FIELD(RuntimeApp, app, "app", object, .aux = offsetof(RuntimeApp, has_app),
		.object = &app_object),
	FIELD(RuntimeApp, read_only_rootfs, "readOnlyRootFS", bool),
	FIELD_OBJECTS(RuntimeApp, mounts, n_mounts, "mounts", .object = &mount_object),
	FIELD_PAIRS(RuntimeApp, annotations, "annotations", annotation_object),
};

static const ObjectType runtime_app_object = OBJECT_TYPE(RuntimeApp, runtime_app_fields, NULL);

static const Field exposed_port_fields[] = {
	FIELD(ExposedPort, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_ac_name),
	FIELD(ExposedPort, host_port, "hostPort", number, .flags = FIELD_PRINT_ZERO, .max = 65535),
	FIELD(ExposedPort, host_ip, "hostIP", text, .text = &rule_ip),
	FIELD(ExposedPort, pod_port, "podPort", object, .aux = offsetof(ExposedPort, has_pod_port),
		.object = &port_object),
};

static const ObjectType exposed_port_object = OBJECT_TYPE(ExposedPort, exposed_port_fields, NULL);

static const Field manifest_fields[] = {
	FIELD(PodManifest, ac_version, "acVersion", text, .flags = FIELD_REQUIRED,
		.text = &rule_semver),
	{.name = "acKind",
		.type = &field_constant,
		.flags = FIELD_REQUIRED,
		.constant = "PodManifest"},
	FIELD_OBJECTS(PodManifest, apps, n_apps, "apps", .flags = FIELD_UNIQUE | FIELD_PRINT_NULL,
		.object = &runtime_app_object),
	FIELD_OBJECTS(PodManifest, volumes, n_volumes, "volumes",
		.flags = FIELD_UNIQUE | FIELD_PRINT_NULL, .object = &volume_object),
	FIELD_OBJECTS(PodManifest, isolators, n_isolators, "isolators", .flags = FIELD_PRINT_NULL,
		.object = &isolator_object),
	FIELD(PodManifest, annotations.items, "annotations", objects,
		.aux = offsetof(PodManifest, annotations.n),
		.flags = FIELD_UNIQUE | FIELD_PRINT_NULL, .max = SCHEMA_LIST_MAX,
		.object = &annotation_object),
	FIELD_OBJECTS(PodManifest, ports, n_ports, "ports", .flags = FIELD_PRINT_LIST,
		.object = &exposed_port_object),
	FIELD_MAP(PodManifest, user_annotations, "userAnnotations"),
	FIELD_MAP(PodManifest, user_labels, "userLabels"),
};

static int manifest_check(JsonReader *r, void *object)
{
	const PodManifest *m = object;

	return isolators_check(r, "isolators", m->isolators, m->n_isolators);
}

static const ObjectType manifest_object = OBJECT_TYPE(PodManifest, manifest_fields, manifest_check);

int pod_manifest_parse(const char *text, size_t len, PodManifest **ret, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *m = calloc(1, sizeof *m);
	int r;

	if (!m)
		return fail_oom(err);
	r = fields_read_document(
		text, len, POD_MANIFEST_MAX, "pod manifest", &manifest_object, &m->arena, m, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

PodManifest *pod_manifest_free(PodManifest *m)
{
	if (!m)
		return NULL;
	arena_done(&m->arena);
	free(m);
	return NULL;
}

Json *pod_manifest_to_json(Arena *arena, const PodManifest *m)
{
	return fields_write(arena, &manifest_object, m);
}

const Volume *pod_manifest_volume(const PodManifest *m, const char *name)
{
	for (size_t i = 0; i < m->n_volumes; i++)
		if (streq(m->volumes[i].name, name))
			return &m->volumes[i];
	return NULL;
}

const Volume *pod_manifest_mounted(const PodManifest *m, const Mount *mount)
{
	return mount->app_volume ? mount->app_volume : pod_manifest_volume(m, mount->volume);
}

bool pod_manifest_is_mutable(const PodManifest *m)
{
	const char *value = name_values_find(&m->annotations, POD_MUTABLE_ANNOTATION);

	return value && streq(value, "true");
}

bool pod_manifest_is_implicit(const PodManifest *m, const RuntimeApp *app, const MountPoint *point)
{
	for (size_t i = 0; i < app->n_mounts; i++)
		if (app_same_path(app->mounts[i].path, point->path))
			return false;
	return !pod_manifest_volume(m, point->name);
}
