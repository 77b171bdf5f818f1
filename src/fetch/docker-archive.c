/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/docker-archive.h"

#include <fcntl.h>
#include "base/json.h"
#include "base/strbuf.h"
#include "fetch/archive-file.h"
#include "fetch/image-tag.h"
#include "fetch/local-file.h"
#include "fetch/oci-image.h"
#include "fetch/tar-index.h"

typedef struct DockerArchive {
	const char *path;
	int fd; /* the uncompressed tar */
	TarIndex index;
	Arena arena;
	Json *images;         /* manifest.json, in arena */
	OciManifest manifest; /* of the chosen image: one descriptor per layer, without digests */
	const TarMember **layers;
} DockerArchive;

static void docker_archive_done(DockerArchive *a)
{
	(void)fd_close(a->fd);
	tar_index_done(&a->index);
	arena_done(&a->arena);
	arena_done(&a->manifest.arena);
	free(a->layers);
}

static int archive_blob(void *userdata, const OciDescriptor *blob, Sink sink, Error *err)
{
	const DockerArchive *a = userdata;
	const TarMember *m = a->layers[blob - a->manifest.layers];
	int r = local_file_send(a->fd, m->offset, m->size, sink, err);

	return r < 0 ? wrap(err, r, "%s: %s", a->path, m->name) : 0;
}

/* NULL, with err filled, when there is none. */
static const TarMember *find_member(const DockerArchive *a, const char *name, Error *err)
{
	const TarMember *m = name ? tar_index_find(&a->index, name) : NULL;

	if (!m)
		(void)fail(err, -EINVAL, "%s: there is no %s in it", a->path,
			name ? name : "name of a config or layer");
	return m;
}

static int read_member(const DockerArchive *a, const char *name, size_t max, char **ret,
	size_t *ret_len, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(max);
	const TarMember *m = find_member(a, name, err);
	int r;

	if (!m)
		return -EINVAL;
	r = local_file_send(a->fd, m->offset, m->size, (Sink){sink_collect, &text}, err);
	if (r < 0)
		return wrap(err, r, "%s: cannot read %s", a->path, name);
	return strbuf_finish(&text, ret, ret_len) < 0 ? fail_oom(err) : 0;
}

static int read_manifest(DockerArchive *a, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	if (!tar_index_find(&a->index, "manifest.json"))
		return fail(err, -EINVAL, "%s is not a docker archive: it has no manifest.json",
			a->path);
	r = read_member(a, "manifest.json", OCI_MANIFEST_MAX, &text, &len, err);
	if (r == 0)
		r = json_parse(&a->arena, text, len, "manifest.json", &a->images, err);
	if (r < 0)
		return wrap(err, r, "%s", a->path);
	if (json_count(a->images) == 0)
		return fail(err, -EINVAL, "%s: manifest.json names no image", a->path);
	return 0;
}

static const char *matching_tag(const Json *image, const char *typed)
{
	const Json *tags = json_get(image, "RepoTags");

	for (const Json *item = json_first(tags); item; item = item->next) {
		const char *tag = json_text(item);

		if (tag && image_tag_matches(tag, typed))
			return tag;
	}
	return NULL;
}

static void hint_tags(const DockerArchive *a, Error *err)
{
	_cleanup_image_tags_ ImageTags tags = IMAGE_TAGS_INIT;

	for (const Json *image = json_first(a->images); image; image = image->next)
		image_tags_add_list(&tags, json_get(image, "RepoTags"));
	image_tags_hint(&tags, err);
}

static int choose(
	const DockerArchive *a, const char *tag, const Json **ret, const char **ret_tag, Error *err)
{
	int r;

	if (!tag && json_count(a->images) == 1) {
		*ret = json_first(a->images);
		*ret_tag = json_text(json_first(json_get(*ret, "RepoTags")));
		return 0;
	}
	if (!tag) {
		r = fail(err, -EINVAL, "%s holds %zu images", a->path, json_count(a->images));
		error_hint(err, "say which one: docker-archive:%s:TAG", a->path);
		return r;
	}
	for (const Json *image = json_first(a->images); image; image = image->next) {
		*ret_tag = matching_tag(image, tag);
		*ret = image;
		if (*ret_tag)
			return 0;
	}
	r = fail(err, -ENOENT, "%s holds no image tagged \"%s\"", a->path, tag);
	hint_tags(a, err);
	return r;
}

static int list_layers(DockerArchive *a, const Json *image, Error *err)
{
	const Json *names = json_get(image, "Layers");
	size_t n = json_count(names), i = 0;

	if (n > STORE_LAYERS_MAX)
		return fail(err, -EINVAL, "%s: %zu layers are more than the allowed %d", a->path, n,
			STORE_LAYERS_MAX);
	a->layers = calloc(n + 1, sizeof *a->layers);
	a->manifest.layers = arena_new(&a->manifest.arena, OciDescriptor, n + 1);
	if (!a->layers || !a->manifest.layers)
		return fail_oom(err);
	for (const Json *name = json_first(names); name; name = name->next, i++) {
		a->layers[i] = find_member(a, json_text(name), err);
		if (!a->layers[i])
			return -EINVAL;
		a->manifest.layers[i].size = a->layers[i]->size;
	}
	a->manifest.n_layers = n;
	return 0;
}

/* "docker.io/library/busybox:1.36" as the parts of an origin, where it is one. */
static void set_origin(const char *repo_tag, Arena *arena, OciOrigin *origin)
{
	DockerRef ref;

	origin->repository = "docker-archive";
	if (!repo_tag || docker_ref_parse(repo_tag, arena, &ref, NULL) < 0)
		return;
	origin->registry = ref.host;
	origin->repository = ref.repository;
	origin->tag = ref.tag;
	origin->original_name = repo_tag;
}

static int import_chosen(DockerArchive *a, const FetchContext *context, const ImageRef *ref,
	const Json *image, const char *repo_tag, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	ImageSource source = {.what = ref->typed, .blob = archive_blob, .userdata = a};
	OciImport import = {.context = context, .source = &source};
	_cleanup_free_ char *config = NULL;
	size_t len;
	int r = list_layers(a, image, err);

	if (r == 0)
		r = read_member(a, json_text(json_get(image, "Config")), OCI_CONFIG_MAX, &config,
			&len, err);
	if (r < 0)
		return r;
	set_origin(repo_tag, &a->manifest.arena, &import.origin);
	return oci_image_import_config(&import, &a->manifest, config, len, ret_key, err);
}

int docker_archive_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_(docker_archive_done) DockerArchive a = {.path = ref->path, .fd = -1};
	const Json *image = NULL;
	const char *repo_tag = NULL;
	int r;

	a.fd = archive_file_open(context, ref->path, err);
	if (a.fd < 0)
		return a.fd;
	r = tar_index_read(a.fd, ref->path, &a.index, err);
	if (r == 0)
		r = read_manifest(&a, err);
	if (r == 0)
		r = choose(&a, ref->tag, &image, &repo_tag, err);
	return r < 0 ? r : import_chosen(&a, context, ref, image, repo_tag, ret_key, err);
}
