/* SPDX-License-Identifier: Apache-2.0 */

/* Blobs on their way into the store. */

#include "store/import.h"

#include <fcntl.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/tmp.h"

struct BlobImport {
	const Store *store;
	TmpDir tmp;
	int fd;
	bool on_disk;
};

BlobImport *blob_import_free(BlobImport *b)
{
	if (b) {
		fd_close(b->fd);
		tmp_dir_done(&b->tmp);
		free(b);
	}
	return NULL;
}

int blob_import_begin(const Store *s, BlobImport **ret, Error *err)
{
	_cleanup_blob_import_ BlobImport *b = calloc(1, sizeof *b);
	int r;

	if (!b)
		return fail_oom(err);
	b->store = s;
	b->fd = -1;
	b->tmp = (TmpDir)TMP_DIR_INIT;
	tmp_collect(s);
	r = tmp_dir_make(s, &b->tmp, err);
	if (r < 0)
		return r;
	b->fd = openat(b->tmp.fd, "blob", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (b->fd < 0)
		return fail_errno(err, -errno, "create %s/tmp/%s/blob", s->path, b->tmp.name);
	*ret = TAKE_PTR(b);
	return 0;
}

int blob_import_fd(const BlobImport *b)
{
	return b->fd;
}

static int sync_blob(BlobImport *b, Error *err)
{
	if (!b->on_disk && fdatasync(b->fd) < 0)
		return fail_errno(err, -errno, "write %s/tmp/%s/blob", b->store->path, b->tmp.name);
	b->on_disk = true;
	return 0;
}

int blob_import_commit(BlobImport *b, const char *name, Error *err)
{
	_cleanup_close_ int blobs = -1;
	int r;

	/* Blobs are named by the same kinds of digest as layers. */
	if (!store_layer_name_valid(name))
		return fail(err, -EINVAL, "\"%s\" is not the name of a blob", name);
	blobs = fd_open_dir(b->store->cas_fd, "blob");
	if (blobs < 0)
		return fail_errno(err, blobs, "open %s/blob", b->store->path);
	r = sync_blob(b, err);
	if (r < 0)
		return r;
	if (renameat(b->tmp.fd, "blob", blobs, name) < 0)
		return fail_errno(err, -errno, "create %s/blob/%s", b->store->path, name);
	return 0;
}

int blob_import_text(const Store *s, const char *text, size_t len, BlobImport **ret, Error *err)
{
	_cleanup_blob_import_ BlobImport *b = NULL;
	int r;

	r = blob_import_begin(s, &b, err);
	if (r < 0)
		return r;
	r = fd_write(b->fd, text, len);
	if (r < 0)
		return fail_errno(err, r, "write %s/tmp/%s/blob", s->path, b->tmp.name);
	r = sync_blob(b, err);
	if (r == 0)
		*ret = TAKE_PTR(b);
	return r;
}
