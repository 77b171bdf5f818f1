/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/oci-schema1.h"

#include "spec/schema-internal.h"

#define LAYERS_MAX 4096
#define LAYER_TYPE "application/vnd.docker.image.rootfs.diff.tar.gzip"

bool schema1_media_type(const char *media_type)
{
	return streq(media_type, "application/vnd.docker.distribution.manifest.v1+json") ||
	       streq(media_type, "application/vnd.docker.distribution.manifest.v1+prettyjws");
}

typedef struct LayerOrHistory {
	const char *digest;  /* of "fsLayers" */
	const char *history; /* of "history": a JSON document as text */
} LayerOrHistory;

typedef struct Document {
	unsigned schema_version;
	const char *name, *tag;
	LayerOrHistory *layers, *history; /* uppermost first */
	size_t n_layers, n_history;
} Document;

static const TextRule rule_digest = {oci_digest_valid, "a digest"};

static const Field layer_fields[] = {
	FIELD(LayerOrHistory, digest, "blobSum", text, .flags = FIELD_REQUIRED,
		.text = &rule_digest),
};
static const Field history_fields[] = {
	FIELD(LayerOrHistory, history, "v1Compatibility", text, .flags = FIELD_REQUIRED),
};
static const ObjectType layer_object = OBJECT_TYPE(LayerOrHistory, layer_fields, NULL);
static const ObjectType history_object = OBJECT_TYPE(LayerOrHistory, history_fields, NULL);

static int check_document(JsonReader *r, void *object)
{
	const Document *d = object;

	if (d->n_layers == d->n_history && d->n_layers > 0)
		return 0;
	return reader_fail(r, "history", "must have as many items as fsLayers, and one at least");
}

static const Field document_fields[] = {
	FIELD(Document, schema_version, "schemaVersion", number, .flags = FIELD_REQUIRED, .min = 1,
		.max = 1),
	FIELD(Document, name, "name", text, .flags = FIELD_REQUIRED),
	FIELD(Document, tag, "tag", text, .flags = FIELD_REQUIRED),
	FIELD(Document, layers, "fsLayers", objects, .aux = offsetof(Document, n_layers),
		.flags = FIELD_REQUIRED, .max = LAYERS_MAX, .object = &layer_object),
	FIELD(Document, history, "history", objects, .aux = offsetof(Document, n_history),
		.flags = FIELD_REQUIRED, .max = LAYERS_MAX, .object = &history_object),
};

static const ObjectType document_object = OBJECT_TYPE(Document, document_fields, check_document);

static int read_history(Schema1Manifest *m, const char *text, size_t index, Json **ret, Error *err)
{
	int r = json_parse(&m->arena, text, strlen(text), "v1Compatibility", ret, err);

	if (r == 0 && !json_is(*ret, JSON_OBJECT))
		r = fail(err, -EINVAL, "v1Compatibility: must be an object");
	return r < 0 ? wrap(err, r, "history[%zu]", index) : 0;
}

/* Each layer has to stand on the next one. */
static int check_parent(const Json *layer, const Json *below, size_t index, Error *err)
{
	const char *parent = json_text(json_get(layer, "parent")),
		   *id = below ? json_text(json_get(below, "id")) : NULL;

	if (below ? parent && id && streq(parent, id) : !parent || !*parent)
		return 0;
	return fail(err, -EINVAL,
		"history[%zu]: the layer stands on \"%s\", but below it is \"%s\"", index,
		parent ? parent : "", id ? id : "");
}

/* Takes the layers over, lowest first: one that is there twice in a row is one, and one without
 * content is none. */
static int take_layers(Schema1Manifest *m, const Document *d, Error *err)
{
	Json *below = NULL;

	m->layers = arena_new(&m->arena, OciDescriptor, d->n_layers);
	if (!m->layers)
		return fail_oom(err);
	for (size_t i = d->n_layers; i-- > 0;) {
		const char *id, *id_below = json_text(json_get(below, "id"));
		Json *layer;
		int r = read_history(m, d->history[i].history, i, &layer, err);

		if (r < 0)
			return r;
		id = json_text(json_get(layer, "id"));
		m->image = layer;
		if (id && id_below && streq(id, id_below))
			continue;
		r = check_parent(layer, below, i, err);
		if (r < 0)
			return r;
		below = layer;
		if (json_is(json_get(layer, "throwaway"), JSON_TRUE))
			continue;
		m->layers[m->n_layers++] = (OciDescriptor){
			.media_type = LAYER_TYPE,
			.digest = d->layers[i].digest,
			.size = -1,
			.compression = OCI_LAYER_GZIP,
		};
	}
	return 0;
}

int schema1_parse(const char *text, size_t len, Schema1Manifest **ret, Error *err)
{
	_cleanup_schema1_ Schema1Manifest *m = calloc(1, sizeof *m);
	Document document = {0};
	int r;

	if (!m)
		return fail_oom(err);
	r = fields_read_document(text, len, OCI_MANIFEST_MAX, "image manifest", &document_object,
		&m->arena, &document, err);
	if (r == 0)
		r = take_layers(m, &document, err);
	if (r < 0)
		return r;
	m->name = document.name;
	m->tag = document.tag;
	*ret = TAKE_PTR(m);
	return 0;
}

Schema1Manifest *schema1_free(Schema1Manifest *m)
{
	if (!m)
		return NULL;
	arena_done(&m->arena);
	free(m);
	return NULL;
}

int schema1_config(Schema1Manifest *m, const char *const *diff_ids, char **ret)
{
	Json *ids = json_new(&m->arena, JSON_ARRAY), *rootfs = json_new(&m->arena, JSON_OBJECT);

	for (size_t i = 0; i < m->n_layers; i++)
		ids = json_append(ids, json_new_text(&m->arena, diff_ids[i]));
	rootfs = json_add_text(&m->arena, rootfs, "type", "layers");
	rootfs = json_add(&m->arena, rootfs, "diff_ids", ids);
	/* It has the members of a config but for this one; what else it has does not matter. */
	if (json_get(m->image, "rootfs"))
		return -EINVAL;
	return json_print(json_add(&m->arena, m->image, "rootfs", rootfs), false, ret);
}
