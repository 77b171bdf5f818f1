/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/image-manifest.h"

#include "base/strbuf.h"
#include "spec/platform.h"
#include "spec/schema-internal.h"

static const Field dependency_fields[] = {
	FIELD(Dependency, image_name, "imageName", text, .flags = FIELD_REQUIRED,
		.text = &rule_ac_identifier),
	FIELD(Dependency, image_id, "imageID", text, .text = &rule_image_id),
	FIELD_PAIRS(Dependency, labels, "labels", label_object),
	FIELD(Dependency, size, "size", number, .max = INT64_MAX),
};

static int dependency_check(JsonReader *r, void *object)
{
	const Dependency *dependency = object;

	return labels_check_platform(r, "labels", &dependency->labels);
}

static const ObjectType dependency_object =
	OBJECT_TYPE(Dependency, dependency_fields, dependency_check);

static const Field manifest_fields[] = {
	{.name = "acKind",
		.type = &field_constant,
		.flags = FIELD_REQUIRED,
		.constant = "ImageManifest"},
	FIELD(ImageManifest, ac_version, "acVersion", text, .flags = FIELD_REQUIRED,
		.text = &rule_semver),
	FIELD(ImageManifest, name, "name", text, .flags = FIELD_REQUIRED,
		.text = &rule_ac_identifier),
	FIELD_PAIRS(ImageManifest, labels, "labels", label_object),
	FIELD(ImageManifest, app, "app", object, .aux = offsetof(ImageManifest, has_app),
		.object = &app_object),
	FIELD_OBJECTS(ImageManifest, dependencies, n_dependencies, "dependencies",
		.object = &dependency_object),
	FIELD_STRINGS(ImageManifest, path_whitelist, "pathWhitelist", .max = IMAGE_MANIFEST_MAX,
		.text = &rule_absolute_path),
	FIELD_PAIRS(ImageManifest, annotations, "annotations", annotation_object),
};

static int manifest_check(JsonReader *r, void *object)
{
	const ImageManifest *m = object;

	return labels_check_platform(r, "labels", &m->labels);
}

static const ObjectType manifest_object =
	OBJECT_TYPE(ImageManifest, manifest_fields, manifest_check);

int image_manifest_parse(const char *text, size_t len, ImageManifest **ret, Error *err)
{
	_cleanup_image_manifest_ ImageManifest *m = calloc(1, sizeof *m);
	int r;

	if (!m)
		return fail_oom(err);
	r = fields_read_document(text, len, IMAGE_MANIFEST_MAX, "image manifest", &manifest_object,
		&m->arena, m, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

ImageManifest *image_manifest_free(ImageManifest *m)
{
	if (!m)
		return NULL;
	arena_done(&m->arena);
	free(m);
	return NULL;
}

Json *image_manifest_to_json(Arena *arena, const ImageManifest *m)
{
	return fields_write(arena, &manifest_object, m);
}

const char *image_manifest_label(const ImageManifest *m, const char *name)
{
	return name_values_find(&m->labels, name);
}

const char *image_manifest_annotation(const ImageManifest *m, const char *name)
{
	return name_values_find(&m->annotations, name);
}

int image_manifest_display_name(const ImageManifest *m, char **ret)
{
	const char *version = image_manifest_label(m, "version");

	return str_format(ret, "%s%s%s", m->name, version ? ":" : "", version ? version : "");
}

int image_manifest_check_platform(const ImageManifest *m, Error *err)
{
	const char *os = image_manifest_label(m, "os"), *arch = image_manifest_label(m, "arch");
	char text[2 * ERROR_TEXT];
	Error problem = ERROR_INIT;
	int r;

	if (!os)
		return fail(err, -EINVAL, "missing os label in the image manifest");
	if (!arch)
		return fail(err, -EINVAL, "missing arch label in the image manifest");
	if (!streq(os, "linux"))
		return fail(err, -EINVAL, "bad os %s (must be one of: linux)",
			text_quoted(os, text, sizeof text));
	r = platform_check(os, arch, &problem);
	return r < 0 ? fail(err, r, "labels: %s", error_message(&problem, text, sizeof text)) : 0;
}

const char *image_manifest_host_arch(void)
{
	const Platform *host = platform_host();

	return host ? host->arch : "unknown";
}
