/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/oci-layout.h"

#include <fcntl.h>
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "fetch/image-tag.h"
#include "fetch/local-file.h"
#include "fetch/oci-image.h"

#define LAYOUT_FILE_MAX 4096

typedef struct Layout {
	int dir_fd;
	const char *path;
} Layout;

static int layout_blob(void *userdata, const OciDescriptor *blob, Sink sink, Error *err)
{
	const Layout *layout = userdata;
	_cleanup_close_ int fd = -1;
	char path[200];
	int64_t size;
	char *colon;
	int r;

	/* Digests were checked for their form: no "/" or ".." in them. */
	(void)snprintf(path, sizeof path, "blobs/%s", blob->digest);
	colon = strchr(path, ':');
	if (colon)
		*colon = '/';
	fd = local_file_open(layout->dir_fd, path, &size, err);
	if (fd < 0)
		return wrap(err, fd, "%s", layout->path);
	r = local_file_send(fd, 0, size, sink, err);
	return r < 0 ? wrap(err, r, "%s/%s", layout->path, path) : 0;
}

static int check_version(const Layout *layout, Error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(arena_done) Arena arena = {0};
	Json *root = NULL;
	const char *version;
	size_t len;
	int r = fd_read_file(layout->dir_fd, "oci-layout", LAYOUT_FILE_MAX, &text, &len, err);

	if (r == -ENOENT)
		return fail(err, r, "%s is not an OCI image layout: it has no file oci-layout",
			layout->path);
	if (r == 0)
		r = json_parse(&arena, text, len, "oci-layout", &root, err);
	if (r < 0)
		return wrap(err, r, "%s", layout->path);
	version = json_text(json_get(root, "imageLayoutVersion"));
	if (!version || !startswith(version, "1."))
		return fail(err, -EINVAL, "%s: unknown image layout version \"%s\"", layout->path,
			version ? version : "");
	return 0;
}

static int no_such_tag(const OciIndex *index, const ImageRef *ref, Error *err)
{
	_cleanup_image_tags_ ImageTags tags = IMAGE_TAGS_INIT;
	int r = fail(err, -ENOENT, "%s holds no image tagged \"%s\"", ref->path, ref->tag);

	for (size_t i = 0; i < index->n_manifests; i++)
		if (index->manifests[i].ref_name)
			image_tags_add(&tags, index->manifests[i].ref_name);
	image_tags_hint(&tags, err);
	return r;
}

/* The entry that the user means. */
static int choose(const OciIndex *index, const ImageRef *ref, const OciDescriptor **ret, Error *err)
{
	if (!ref->tag && index->n_manifests == 1) {
		*ret = &index->manifests[0];
		return 0;
	}
	if (!ref->tag) {
		int r = fail(err, -EINVAL, "%s holds %zu images", ref->path, index->n_manifests);

		error_hint(err, "say which one: oci:%s:TAG", ref->path);
		return r;
	}
	for (size_t i = 0; i < index->n_manifests; i++)
		if (index->manifests[i].ref_name &&
			image_tag_matches(index->manifests[i].ref_name, ref->tag)) {
			*ret = &index->manifests[i];
			return 0;
		}
	return no_such_tag(index, ref, err);
}

static int read_index(const Layout *layout, OciIndex **ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(layout->dir_fd, "index.json", OCI_MANIFEST_MAX, &text, &len, err);

	if (r == 0)
		r = oci_index_parse(text, len, ret, err);
	return r < 0 ? wrap(err, r, "%s: cannot read index.json", layout->path) : 0;
}

int oci_layout_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_close_ int dir_fd = fd_open_dir(AT_FDCWD, ref->path);
	_cleanup_(oci_index_freep) OciIndex *index = NULL;
	_cleanup_free_ char *text = NULL, *absolute = NULL;
	Layout layout = {dir_fd, ref->path};
	ImageSource source = {.what = ref->typed, .blob = layout_blob, .userdata = &layout};
	OciImport import = {.context = context, .source = &source};
	const OciDescriptor *chosen = NULL;
	size_t len;
	int r;

	if (dir_fd < 0)
		return fail_errno(err, dir_fd, "open %s", ref->path);
	r = path_absolute(ref->path, &absolute);
	if (r < 0)
		return fail_errno(err, r, "%s", ref->path);
	r = check_version(&layout, err);
	if (r == 0)
		r = read_index(&layout, &index, err);
	if (r == 0)
		r = choose(index, ref, &chosen, err);
	if (r == 0)
		r = image_source_read(&source, chosen, true, OCI_MANIFEST_MAX, &text, &len, err);
	if (r < 0)
		return r;
	import.origin = (OciOrigin){.repository = path_base(absolute), .tag = chosen->ref_name};
	return oci_image_import(&import, text, len, chosen->media_type, ret_key, err);
}
