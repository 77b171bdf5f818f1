/* SPDX-License-Identifier: Apache-2.0 */

/* Reading index, manifest and config of OCI and Docker images. */

#include "spec/oci.h"

#include "spec/schema-internal.h"

#define MANIFESTS_MAX 4096
#define LAYERS_MAX    4096

static bool hex_digits(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

bool oci_digest_valid(const char *s)
{
	const char *sha256 = startswith(s, "sha256:"), *sha512 = startswith(s, "sha512:");

	return (sha256 && hex_digits(sha256, 64)) || (sha512 && hex_digits(sha512, 128));
}

typedef enum MediaKind {
	MEDIA_INDEX,
	MEDIA_MANIFEST,
	MEDIA_CONFIG,
	MEDIA_LAYER,
} MediaKind;

typedef struct MediaType {
	const char *name;
	MediaKind kind;
	OciCompression compression; /* layers */
} MediaType;

static const MediaType media_types[] = {
	{"application/vnd.oci.image.index.v1+json", MEDIA_INDEX},
	{"application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_INDEX},
	{"application/vnd.oci.image.manifest.v1+json", MEDIA_MANIFEST},
	{"application/vnd.docker.distribution.manifest.v2+json", MEDIA_MANIFEST},
	{"application/vnd.oci.image.config.v1+json", MEDIA_CONFIG},
	{"application/vnd.docker.container.image.v1+json", MEDIA_CONFIG},
	{"application/vnd.oci.image.layer.v1.tar", MEDIA_LAYER, OCI_LAYER_TAR},
	{"application/vnd.oci.image.layer.v1.tar+gzip", MEDIA_LAYER, OCI_LAYER_GZIP},
	{"application/vnd.oci.image.layer.v1.tar+zstd", MEDIA_LAYER, OCI_LAYER_ZSTD},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar", MEDIA_LAYER, OCI_LAYER_TAR},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", MEDIA_LAYER,
		OCI_LAYER_GZIP},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", MEDIA_LAYER,
		OCI_LAYER_ZSTD},
	{"application/vnd.docker.image.rootfs.diff.tar", MEDIA_LAYER, OCI_LAYER_TAR},
	{"application/vnd.docker.image.rootfs.diff.tar.gzip", MEDIA_LAYER, OCI_LAYER_GZIP},
	{"application/vnd.docker.image.rootfs.diff.tar.zstd", MEDIA_LAYER, OCI_LAYER_ZSTD},
	{"application/vnd.docker.image.rootfs.foreign.diff.tar", MEDIA_LAYER, OCI_LAYER_TAR},
	{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER, OCI_LAYER_GZIP},
};

static const MediaType *find_media_type(const char *name, MediaKind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(media_types); i++)
		if (media_types[i].kind == kind && streq(media_types[i].name, name))
			return &media_types[i];
	return NULL;
}

bool oci_media_type_is_index(const char *media_type)
{
	return find_media_type(media_type, MEDIA_INDEX) != NULL;
}

static bool manifest_media_type(const char *s)
{
	return find_media_type(s, MEDIA_MANIFEST) != NULL;
}

static bool config_media_type(const char *s)
{
	return find_media_type(s, MEDIA_CONFIG) != NULL;
}

static bool layer_media_type(const char *s)
{
	return find_media_type(s, MEDIA_LAYER) != NULL;
}

static const TextRule rule_digest = {oci_digest_valid,
	"a digest (\"sha256:\" and 64, or \"sha512:\" and 128 hex digits in lower case)"};
static const TextRule rule_index_type = {
	oci_media_type_is_index, "the media type of an index or manifest list"};
static const TextRule rule_manifest_type = {
	manifest_media_type, "the media type of an image manifest"};
static const TextRule rule_config_type = {config_media_type, "the media type of an image config"};
static const TextRule rule_layer_type = {
	layer_media_type, "the media type of a layer (tar, tar+gzip or tar+zstd)"};

static const Field platform_fields[] = {
	FIELD(OciDescriptor, os, "os", text),
	FIELD(OciDescriptor, arch, "architecture", text),
	FIELD(OciDescriptor, variant, "variant", text),
};

static const ObjectType platform_object = OBJECT_TYPE(OciDescriptor, platform_fields, NULL);

static const Field annotation_fields[] = {
	FIELD(OciDescriptor, ref_name, "org.opencontainers.image.ref.name", text),
	FIELD(OciDescriptor, kind, "kind", text),
};

static const ObjectType annotations_object = OBJECT_TYPE(OciDescriptor, annotation_fields, NULL);

/* Rows of a descriptor whose media type obeys a rule (NULL: any). */
#define DESCRIPTOR_FIELDS(rule)                                                                    \
	FIELD(OciDescriptor, media_type, "mediaType", text, .flags = FIELD_REQUIRED,               \
		.text = (rule)),                                                                   \
		FIELD(OciDescriptor, digest, "digest", text, .flags = FIELD_REQUIRED,              \
			.text = &rule_digest),                                                     \
		FIELD(OciDescriptor, size, "size", number,                                         \
			.flags = FIELD_REQUIRED | FIELD_PRINT_ZERO, .max = INT64_MAX),             \
		FIELD(OciDescriptor, os, "platform", inline, .object = &platform_object),          \
		FIELD(OciDescriptor, ref_name, "annotations", inline,                              \
			.object = &annotations_object)

static const Field any_descriptor_fields[] = {DESCRIPTOR_FIELDS(NULL)};
static const Field config_descriptor_fields[] = {DESCRIPTOR_FIELDS(&rule_config_type)};
static const Field layer_descriptor_fields[] = {DESCRIPTOR_FIELDS(&rule_layer_type)};

static int layer_check(JsonReader *r, void *object)
{
	OciDescriptor *layer = object;
	const MediaType *type = find_media_type(layer->media_type, MEDIA_LAYER);

	(void)r;
	if (type)
		layer->compression = type->compression;
	return 0;
}

static const ObjectType any_descriptor = OBJECT_TYPE(OciDescriptor, any_descriptor_fields, NULL);
static const ObjectType config_descriptor =
	OBJECT_TYPE(OciDescriptor, config_descriptor_fields, NULL);
static const ObjectType layer_descriptor =
	OBJECT_TYPE(OciDescriptor, layer_descriptor_fields, layer_check);

typedef struct IndexDocument {
	OciIndex index;
	const char *media_type;
	unsigned schema_version;
} IndexDocument;

static const Field index_fields[] = {
	FIELD(IndexDocument, schema_version, "schemaVersion", number, .flags = FIELD_REQUIRED,
		.min = 2, .max = 2),
	FIELD(IndexDocument, media_type, "mediaType", text, .text = &rule_index_type),
	FIELD(IndexDocument, index.manifests, "manifests", objects,
		.aux = offsetof(IndexDocument, index.n_manifests), .flags = FIELD_REQUIRED,
		.max = MANIFESTS_MAX, .object = &any_descriptor),
};

static const ObjectType index_object = OBJECT_TYPE(IndexDocument, index_fields, NULL);

typedef struct ManifestDocument {
	OciManifest manifest;
	const char *media_type;
	unsigned schema_version;
} ManifestDocument;

static const Field manifest_fields[] = {
	FIELD(ManifestDocument, schema_version, "schemaVersion", number, .flags = FIELD_REQUIRED,
		.min = 2, .max = 2),
	FIELD(ManifestDocument, media_type, "mediaType", text, .text = &rule_manifest_type),
	FIELD(ManifestDocument, manifest.config, "config", object, .flags = FIELD_REQUIRED,
		.aux = FIELD_ALWAYS, .object = &config_descriptor),
	FIELD(ManifestDocument, manifest.layers, "layers", objects,
		.aux = offsetof(ManifestDocument, manifest.n_layers), .max = LAYERS_MAX,
		.object = &layer_descriptor),
};

static const ObjectType manifest_object = OBJECT_TYPE(ManifestDocument, manifest_fields, NULL);

/* The part of the config that says how to run: the names are Go's, hence their capitals. Entrypoint
 * and Cmd together are one command. */
static const Field run_fields[] = {
	FIELD(OciConfig, user, "User", text),
	FIELD_STRINGS(OciConfig, env, "Env", .max = SCHEMA_LIST_MAX),
	FIELD_STRINGS(OciConfig, entrypoint, "Entrypoint", .max = SCHEMA_LIST_MAX / 2),
	FIELD_STRINGS(OciConfig, cmd, "Cmd", .max = SCHEMA_LIST_MAX / 2),
	FIELD(OciConfig, volumes.items, "Volumes", keys, .aux = offsetof(OciConfig, volumes.n),
		.max = SCHEMA_LIST_MAX),
	FIELD(OciConfig, exposed_ports.items, "ExposedPorts", keys,
		.aux = offsetof(OciConfig, exposed_ports.n), .max = SCHEMA_LIST_MAX),
	FIELD(OciConfig, working_dir, "WorkingDir", text),
	FIELD(OciConfig, stop_signal, "StopSignal", text),
	FIELD_MAP(OciConfig, labels, "Labels"),
};

static const ObjectType run_object = OBJECT_TYPE(OciConfig, run_fields, NULL);

static const Field rootfs_fields[] = {
	FIELD_STRINGS(OciConfig, diff_ids, "diff_ids", .max = LAYERS_MAX, .text = &rule_digest),
};

static const ObjectType rootfs_object = OBJECT_TYPE(OciConfig, rootfs_fields, NULL);

static const Field config_fields[] = {
	FIELD(OciConfig, arch, "architecture", text, .flags = FIELD_REQUIRED),
	FIELD(OciConfig, os, "os", text, .flags = FIELD_REQUIRED),
	FIELD(OciConfig, variant, "variant", text),
	FIELD(OciConfig, author, "author", text),
	FIELD(OciConfig, created, "created", text),
	FIELD(OciConfig, user, "config", inline, .object = &run_object),
	FIELD(OciConfig, diff_ids, "rootfs", inline, .flags = FIELD_REQUIRED,
		.object = &rootfs_object),
};

static const ObjectType config_object = OBJECT_TYPE(OciConfig, config_fields, NULL);

int oci_index_parse(const char *text, size_t len, OciIndex **ret, Error *err)
{
	_cleanup_(oci_index_freep) OciIndex *index = calloc(1, sizeof *index);
	IndexDocument document = {0};
	int r;

	if (!index)
		return fail_oom(err);
	r = fields_read_document(text, len, OCI_MANIFEST_MAX, "image index", &index_object,
		&index->arena, &document, err);
	if (r < 0)
		return r;
	document.index.arena = index->arena;
	*index = document.index;
	*ret = TAKE_PTR(index);
	return 0;
}

OciIndex *oci_index_free(OciIndex *i)
{
	if (!i)
		return NULL;
	arena_done(&i->arena);
	free(i);
	return NULL;
}

int oci_manifest_parse(const char *text, size_t len, OciManifest **ret, Error *err)
{
	_cleanup_(oci_manifest_freep) OciManifest *manifest = calloc(1, sizeof *manifest);
	ManifestDocument document = {0};
	int r;

	if (!manifest)
		return fail_oom(err);
	r = fields_read_document(text, len, OCI_MANIFEST_MAX, "image manifest", &manifest_object,
		&manifest->arena, &document, err);
	if (r < 0)
		return r;
	document.manifest.arena = manifest->arena;
	*manifest = document.manifest;
	*ret = TAKE_PTR(manifest);
	return 0;
}

OciManifest *oci_manifest_free(OciManifest *m)
{
	if (!m)
		return NULL;
	arena_done(&m->arena);
	free(m);
	return NULL;
}

int oci_config_parse(const char *text, size_t len, OciConfig **ret, Error *err)
{
	_cleanup_(oci_config_freep) OciConfig *config = calloc(1, sizeof *config);
	int r;

	if (!config)
		return fail_oom(err);
	r = fields_read_document(text, len, OCI_CONFIG_MAX, "image config", &config_object,
		&config->arena, config, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(config);
	return 0;
}

OciConfig *oci_config_free(OciConfig *c)
{
	if (!c)
		return NULL;
	arena_done(&c->arena);
	free(c);
	return NULL;
}
