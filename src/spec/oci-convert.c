/* SPDX-License-Identifier: Apache-2.0 */

/* From an OCI image to an appc manifest: name, labels, annotations. */

#include "spec/oci.h"

#include "base/strbuf.h"
#include "spec/ac-types.h"
#include "spec/oci-convert-internal.h"
#include "spec/platform.h"
#include "spec/schema-internal.h"

/* Lists that grow up to a size known before: n counts what is there. */
static void add_pair(NameValues *pairs, const char *name, const char *value)
{
	if (value && *value)
		pairs->items[pairs->n++] = (NameValue){name, value};
}

/* Takes text over into the arena. */
static int keep(Arena *arena, char *text, const char **ret)
{
	*ret = arena_strdup(arena, text);
	free(text);
	return *ret ? 0 : -ENOMEM;
}

static int convert_name(const OciOrigin *origin, Arena *arena, const char **ret, Error *err)
{
	const char *host = origin->registry && origin->repository ? origin->registry : "";
	const char *path = origin->repository ? origin->repository : origin->original_name;
	_cleanup_free_ char *full = NULL;
	char *name;
	int r;

	r = str_format(&full, "%s%s%s", host, *host ? "/" : "", path ? path : "");
	if (r == 0)
		r = ac_identifier_sanitize(full, &name);
	if (r == -EINVAL)
		return fail(err, r,
			"\"%s\" has no letter or digit that an image name could be made of", full);
	if (r == 0)
		r = keep(arena, name, ret);
	return r < 0 ? fail_oom(err) : 0;
}

static int convert_labels(
	const OciConfig *config, const OciOrigin *origin, Arena *arena, NameValues *ret, Error *err)
{
	const Platform *platform = platform_find_oci(config->arch, config->variant);
	char os[QUOTED_MAX], arch[QUOTED_MAX];

	if (!streq(config->os, "linux") || !platform)
		return fail(err, -EINVAL, "images for %s on %s cannot be used",
			text_quoted(config->os, os, sizeof os),
			text_quoted(config->arch, arch, sizeof arch));
	ret->items = arena_new(arena, NameValue, 3);
	if (!ret->items)
		return fail_oom(err);
	add_pair(ret, "version", origin->tag);
	add_pair(ret, "os", "linux");
	add_pair(ret, "arch", platform->arch);
	return 0;
}

/* A list of texts as the text of a JSON array, NULL for an empty list. */
static int texts_to_json(Arena *arena, const StrList *list, const char **ret)
{
	const Field whole = {.aux = offsetof(StrList, n)};
	Json *array = NULL;
	char *text;
	int r = field_texts.print(arena, &whole, list, &array);

	if (r < 0 || !array)
		return r;
	r = json_print(array, false, &text);
	return r < 0 ? r : keep(arena, text, ret);
}

static bool is_epoch(const char *date)
{
	return startswith(date, "1970-01-01T00:00:00") || startswith(date, "0001-01-01T00:00:00");
}

static int convert_annotations(
	const OciConfig *config, const OciOrigin *origin, Arena *arena, NameValues *ret)
{
	const char *entrypoint = NULL, *cmd = NULL, *layers = NULL, *created = config->created;

	ret->items = arena_new(arena, NameValue, 11);
	if (!ret->items || texts_to_json(arena, &config->entrypoint, &entrypoint) < 0 ||
		texts_to_json(arena, &config->cmd, &cmd) < 0 ||
		texts_to_json(arena, &config->diff_ids, &layers) < 0)
		return -ENOMEM;
	if (created && (is_epoch(created) || !ac_date_valid(created)))
		created = NULL;
	add_pair(ret, "author", config->author);
	add_pair(ret, "created", created);
	add_pair(ret, "appc.io/docker/originalname", origin->original_name);
	add_pair(ret, "appc.io/docker/registryurl", origin->registry);
	add_pair(ret, "appc.io/docker/repository", origin->repository);
	add_pair(ret, "appc.io/docker/imageid", origin->image_id);
	add_pair(ret, "appc.io/docker/manifesthash", origin->manifest_digest);
	add_pair(ret, "appc.io/docker/entrypoint", entrypoint);
	add_pair(ret, "appc.io/docker/cmd", cmd);
	add_pair(ret, OCI_STOP_SIGNAL_ANNOTATION, config->stop_signal);
	add_pair(ret, OCI_LAYERS_ANNOTATION, layers ? layers : "[]");
	return 0;
}

static int check_layers(const OciConfig *config, const OciManifest *manifest, Error *err)
{
	if (!manifest || manifest->n_layers == config->diff_ids.n)
		return 0;
	return fail(err, -EINVAL,
		"rootfs.diff_ids: the config names %zu layers, but the manifest has %zu",
		config->diff_ids.n, manifest->n_layers);
}

static int print_manifest(ImageManifest *m, char **ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (json_print(image_manifest_to_json(&m->arena, m), false, &text) < 0)
		return fail_oom(err);
	len = strlen(text);
	if (len > IMAGE_MANIFEST_MAX)
		return fail(err, -EINVAL,
			"the image's config makes a manifest of %zu bytes: more than the %u that "
			"are accepted",
			len, IMAGE_MANIFEST_MAX);
	*ret = TAKE_PTR(text);
	return 0;
}

int oci_to_appc(const OciConfig *config, const OciManifest *manifest, const OciOrigin *origin,
	char **ret_json, Error *err)
{
	_cleanup_image_manifest_ ImageManifest *m = calloc(1, sizeof *m);
	int r;

	if (!m)
		return fail_oom(err);
	m->ac_version = APPC_VERSION;
	m->has_app = true;
	r = check_layers(config, manifest, err);
	if (r < 0)
		return r;
	r = convert_name(origin, &m->arena, &m->name, err);
	if (r < 0)
		return r;
	r = convert_labels(config, origin, &m->arena, &m->labels, err);
	if (r < 0)
		return r;
	if (convert_annotations(config, origin, &m->arena, &m->annotations) < 0)
		return fail_oom(err);
	r = oci_convert_app(config, &m->arena, &m->app, err);
	if (r < 0)
		return r;
	return print_manifest(m, ret_json, err);
}
