/* SPDX-License-Identifier: Apache-2.0 */
#include "image/check.h"

#include "base/fd.h"
#include "base/strbuf.h"
#include "fetch/local-file.h"
#include "image/archive.h"
#include "store/checksum.h"
#include "store/view-check.h"

int layer_check(const Store *s, const char *layer, Error *err)
{
	uint64_t noted, found;
	LayerInfo info;
	int r = store_layer_info(s, layer, &info, err);

	if (r < 0)
		return r;
	if (info.tar_size >= 0)
		return layer_view_check(s, layer, err);
	r = layer_checksum_noted(s, layer, &noted, err);
	if (r == -ENOENT) {
		error_clear(err);
		return 1;
	}
	if (r == -EBADMSG)
		return wrap(err, r, "nobody can tell whether layer %s is whole", layer);
	if (r == 0)
		r = layer_checksum(s, layer, &found, err);
	if (r == 0 && found != noted)
		r = fail(err, -EBADMSG, "layer %s is damaged (checksum %016llx instead of %016llx)",
			layer, (unsigned long long)found, (unsigned long long)noted);
	return r;
}

int manifest_check(const Image *image, Error *err)
{
	char hex[DIGEST_HEX_MAX + 1];
	int r;

	if (image->format == IMAGE_ACI)
		return 0;
	r = digest_buffer(DIGEST_SHA512, image->manifest_text, image->manifest_len, hex, err);
	if (r == 0 && archive_check(image->key, hex, NULL) < 0)
		r = fail(err, -EBADMSG, "the manifest is damaged");
	return r;
}

/* A SinkWrite: only the digest is wanted. */
static int drop(void *userdata, const void *data, size_t len, Error *err)
{
	return 0;
}

static int check_archive(const Store *s, const char *key, Error *err)
{
	_cleanup_archive_ Archive archive = ARCHIVE_INIT;
	_cleanup_intake_ Intake *intake = NULL;
	char hex[DIGEST_HEX_MAX + 1];
	int r = archive_open(&archive, s, key, err);

	if (r == 0)
		r = intake_new(&archive.intake, (Sink){drop, NULL}, &intake, err);
	if (r == 0)
		r = archive_produce(&archive, (Sink){intake_write, intake}, err);
	if (r == 0)
		r = intake_finish(intake, hex, err);
	return r < 0 ? r : archive_check(key, hex, err);
}

/* A SinkWrite, with a Digest. */
static int add_to_digest(void *userdata, const void *data, size_t len, Error *err)
{
	return digest_update(userdata, data, len, err);
}

static int check_document(const Store *s, const char *name, Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_digest_ Digest *digest = NULL;
	_cleanup_close_ int fd = -1;
	char hex[DIGEST_HEX_MAX + 1];
	const char *expected = strchr(name, '-') + 1;
	int64_t size;
	int r;

	if (str_format(&path, "blob/%s", name) < 0)
		return fail_oom(err);
	fd = local_file_open(s->cas_fd, path, &size, err);
	if (fd < 0)
		return fd;
	r = digest_new(startswith(name, "sha512-") ? DIGEST_SHA512 : DIGEST_SHA256, &digest, err);
	if (r == 0)
		r = local_file_send(fd, 0, size, (Sink){add_to_digest, digest}, err);
	if (r == 0)
		r = digest_finish(digest, hex, err);
	if (r == 0 && !streq(hex, expected))
		r = fail(err, -EBADMSG, "blob %s is damaged", name);
	return r;
}

int blob_check(const Store *s, const char *name, Error *err)
{
	int r = strlen(name) == STORE_KEY_LEN && startswith(name, "sha512-")
			? check_archive(s, name, err)
			: check_document(s, name, err);

	/* What cannot be decompressed is damaged. */
	return r == -EINVAL ? -EBADMSG : r;
}
