/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/oci-layout.h"

#include <dirent.h>
#include <fcntl.h>
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "fetch/image-policy.h"
#include "fetch/image-tag.h"
#include "fetch/local-file.h"
#include "fetch/oci-image.h"

#define LAYOUT_FILE_MAX 4096
#define REFERRER_MAX    (64u << 10)
#define MANIFEST_TYPE   "application/vnd.oci.image.manifest.v1+json"

/* How cosign names what it saves beside an image. */
#define COSIGN_KIND       "dev.cosignproject.cosign/"
#define COSIGN_SIGNATURES COSIGN_KIND "sigs"

typedef struct Layout {
	int dir_fd;
	const char *path;
	ImageSource source;
	OciIndex *index;
} Layout;

static void layout_done(Layout *layout)
{
	(void)oci_index_free(layout->index);
	if (layout->dir_fd >= 0)
		(void)close(layout->dir_fd);
}

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

/* What belongs to another entry: signatures and the like, by cosign's annotation or as a registry
 * would tag them. */
static bool is_image(const OciDescriptor *entry)
{
	const char *tag = entry->ref_name ? entry->ref_name : "", *kind = entry->kind;

	if (kind && startswith(kind, COSIGN_KIND))
		return startswith(kind + strlen(COSIGN_KIND), "image") != NULL;
	return !(startswith(tag, "sha256-") && strspn(tag + 7, "0123456789abcdef") == 64 &&
		 (tag[71] == '\0' || tag[71] == '.'));
}

/* cosign's annotation does not say whose signatures they are: whoever reads them sees that. */
static const OciDescriptor *find_tag(const OciIndex *index, const char *tag)
{
	const OciDescriptor *signatures = NULL;

	for (size_t i = 0; i < index->n_manifests; i++) {
		const OciDescriptor *entry = &index->manifests[i];

		if (entry->ref_name && streq(entry->ref_name, tag))
			return entry;
		if (entry->kind && streq(entry->kind, COSIGN_SIGNATURES))
			signatures = entry;
	}
	return endswith(tag, ".sig") ? signatures : NULL;
}

/* A SigstoreCheck.manifest. */
static int layout_tag(void *userdata, const char *tag, Sink sink, Error *err)
{
	const Layout *layout = userdata;
	const OciDescriptor *entry = find_tag(layout->index, tag);
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	if (!entry)
		return -ENOENT;
	r = image_source_read(&layout->source, entry, true, OCI_MANIFEST_MAX, &text, &len, err);
	return r < 0 ? r : sink_write(&sink, text, len, err);
}

/* Adds the entry of an index for a blob, called by the digits of its digest, that is a manifest
 * which refers to the one with that digest. */
static int add_referrer(int blobs_fd, const char *name, const char *digest, StrBuf *ret, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	const char *subject;
	Json *root = NULL;
	size_t len;
	int r = fd_read_file(blobs_fd, name, REFERRER_MAX, &text, &len, NULL);

	if (r == 0 && memmem(text, len, "\"subject\"", 9))
		r = json_parse(&arena, text, len, "blob", &root, NULL);
	if (r == -ENOMEM)
		return fail_oom(err);
	subject = json_text(json_get(json_get(root, "subject"), "digest"));
	if (subject && streq(subject, digest))
		strbuf_printf(ret,
			"%s{\"mediaType\": \"" MANIFEST_TYPE
			"\", \"digest\": \"sha256:%s\", \"size\": %zu}",
			ret->len > 0 ? ", " : "", name, len);
	return 0;
}

/* A SigstoreCheck.referrers. cosign save does not name them in index.json, so that all small blobs
 * are looked at. */
static int layout_referrers(void *userdata, const char *digest, Sink sink, Error *err)
{
	const Layout *layout = userdata;
	_cleanup_close_ int fd = fd_open_dir(layout->dir_fd, "blobs/sha256");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	_cleanup_strbuf_ StrBuf entries = STRBUF_INIT(OCI_MANIFEST_MAX / 2);
	_cleanup_free_ char *text = NULL;
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "list the blobs of %s", layout->path);
	while (r == 0 && (entry = readdir(dir)))
		if (strlen(entry->d_name) == 64 && strspn(entry->d_name, "0123456789abcdef") == 64)
			r = add_referrer(fd, entry->d_name, digest, &entries, err);
	if (r < 0)
		return r;
	if (str_format(&text, "{\"manifests\": [%s]}", strbuf_text(&entries)) < 0)
		return fail_oom(err);
	return sink_write(&sink, text, strlen(text), err);
}

static int no_such_tag(const OciIndex *index, const ImageRef *ref, Error *err)
{
	_cleanup_image_tags_ ImageTags tags = IMAGE_TAGS_INIT;
	int r = fail(err, -ENOENT, "%s holds no image tagged \"%s\"", ref->path, ref->tag);

	for (size_t i = 0; i < index->n_manifests; i++)
		if (index->manifests[i].ref_name && is_image(&index->manifests[i]))
			image_tags_add(&tags, index->manifests[i].ref_name);
	image_tags_hint(&tags, err);
	return r;
}

static int choose_only(
	const OciIndex *index, const ImageRef *ref, const OciDescriptor **ret, Error *err)
{
	const OciDescriptor *image = NULL;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < index->n_manifests; i++)
		if (is_image(&index->manifests[i])) {
			image = &index->manifests[i];
			n++;
		}
	if (n == 1) {
		*ret = image;
		return 0;
	}
	r = fail(err, -EINVAL, "%s holds %zu images", ref->path, n);
	error_hint(err, "say which one: oci:%s:TAG", ref->path);
	return r;
}

/* The entry that the user means. */
static int choose(const OciIndex *index, const ImageRef *ref, const OciDescriptor **ret, Error *err)
{
	if (!ref->tag)
		return choose_only(index, ref, ret, err);
	for (size_t i = 0; i < index->n_manifests; i++)
		if (index->manifests[i].ref_name &&
			image_tag_matches(index->manifests[i].ref_name, ref->tag)) {
			*ret = &index->manifests[i];
			return 0;
		}
	return no_such_tag(index, ref, err);
}

static int read_index(Layout *layout, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(layout->dir_fd, "index.json", OCI_MANIFEST_MAX, &text, &len, err);

	if (r == 0)
		r = oci_index_parse(text, len, &layout->index, err);
	return r < 0 ? wrap(err, r, "%s: cannot read index.json", layout->path) : 0;
}

static int open_layout(Layout *layout, Error *err)
{
	int r;

	layout->dir_fd = fd_open_dir(AT_FDCWD, layout->path);
	if (layout->dir_fd < 0)
		return fail_errno(err, layout->dir_fd, "open %s", layout->path);
	r = check_version(layout, err);
	return r < 0 ? r : read_index(layout, err);
}

static int import(const FetchContext *context, const ImageRef *ref, Layout *layout,
	const OciDescriptor *chosen, char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_free_ char *text = NULL, *absolute = NULL;
	ImageAdmission admission = {.context = context,
		.ref = ref,
		.check = {.source = &layout->source,
			.manifest = layout_tag,
			.referrers = layout_referrers,
			.userdata = layout}};
	OciImport import = {.context = context,
		.source = &layout->source,
		.admit = image_policy_verify,
		.userdata = &admission};
	size_t len;
	int r = path_absolute(layout->path, &absolute);

	if (r < 0)
		return fail_errno(err, r, "%s", layout->path);
	r = image_source_read(&layout->source, chosen, true, OCI_MANIFEST_MAX, &text, &len, err);
	if (r < 0)
		return r;
	import.origin = (OciOrigin){.repository = path_base(absolute), .tag = chosen->ref_name};
	return oci_image_import(&import, text, len, chosen->media_type, ret_key, err);
}

int oci_layout_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_(layout_done) Layout layout = {.dir_fd = -1,
		.path = ref->path,
		.source = {.what = ref->typed, .blob = layout_blob, .userdata = &layout}};
	const OciDescriptor *chosen = NULL;
	int r = open_layout(&layout, err);

	if (r == 0)
		r = choose(layout.index, ref, &chosen, err);
	return r < 0 ? r : import(context, ref, &layout, chosen, ret_key, err);
}
