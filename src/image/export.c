/* SPDX-License-Identifier: Apache-2.0 */
#include "image/export.h"

#include <fcntl.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "image/archive.h"
#include "image/gzip.h"
#include "isolate/mount.h"

#define LOWERS_MAX (1u << 20)

/* A SinkWrite and a PackWrite. */
static int write_out(void *userdata, const void *data, size_t len, Error *err)
{
	const int *fd = userdata;
	int r = fd_write(*fd, data, len);

	return r < 0 ? fail_errno(err, r, "write") : 0;
}

static int export_archive(const Store *s, const Image *image, int fd, Error *err)
{
	_cleanup_archive_ Archive archive = ARCHIVE_INIT;
	_cleanup_intake_ Intake *intake = NULL;
	char hex[DIGEST_HEX_MAX + 1];
	int r = archive_open(&archive, s, image->key, err);

	if (r == 0)
		r = intake_new(&archive.intake, (Sink){write_out, &fd}, &intake, err);
	if (r == 0)
		r = archive_produce(&archive, (Sink){intake_write, intake}, err);
	if (r == 0)
		r = intake_finish(intake, hex, err);
	return r < 0 ? r : archive_check(image->key, hex, err);
}

int image_export(const Store *s, const Image *image, int fd, Error *err)
{
	_cleanup_view_ View view = VIEW_INIT;
	int r;

	if (image->format == IMAGE_ACI)
		return export_archive(s, image, fd, err);
	r = view_open(&view, s, image, err);
	return r < 0 ? r
		     : pack_aci(image->manifest_text, image->manifest_len, &view, (TreeIds){0},
			       write_out, &fd, err);
}

/* The kernel knows best what is in an overlay. */
static int open_overlay(const PodRoot *root)
{
	_cleanup_strbuf_ StrBuf list = STRBUF_INIT(LOWERS_MAX);
	_cleanup_close_ int mount = -1;

	for (size_t i = 0; i < root->n_dirs; i++)
		strbuf_add(&list, root->dirs[i], strlen(root->dirs[i]) + 1);
	if (list.error)
		return list.error;
	mount = mount_create_overlay(strbuf_text(&list), (uint32_t)list.len, "", "", false);
	/* It cannot be read by itself, only by what is opened in it. */
	return mount < 0 ? mount : fd_open_dir(mount, ".");
}

/* The root filesystem as the pod saw it. Kernels before 6.8 give no overlay that is nowhere
 * mounted; there the directories are merged here. */
static int open_root(const PodRoot *root, View *ret, Error *err)
{
	_cleanup_view_ View v = {.layer_fds = calloc(root->n_dirs, sizeof *v.layer_fds)};
	int fd = root->n_dirs > 1 ? open_overlay(root) : -EOPNOTSUPP;

	if (!v.layer_fds)
		return fail_oom(err);
	if (fd >= 0)
		v.layer_fds[v.n++] = fd;
	else if (fd != -EOPNOTSUPP)
		return fail_errno(err, fd, "mount the overlay of %s", root->dirs[0]);
	for (size_t i = 0; fd < 0 && i < root->n_dirs; i++) {
		int dir = fd_open_dir(AT_FDCWD, root->dirs[i]);

		if (dir < 0)
			return fail_errno(err, dir, "open %s", root->dirs[i]);
		v.layer_fds[v.n++] = dir;
	}
	*ret = v;
	v = (View)VIEW_INIT;
	return 0;
}

int image_export_root(const PodRoot *root, int fd, Error *err)
{
	_cleanup_gzip_ GzipWriter *gzip = NULL;
	_cleanup_free_ char *manifest = NULL;
	_cleanup_view_ View view = VIEW_INIT;
	size_t len;
	int r = fd_read_file(AT_FDCWD, root->manifest, IMAGE_MANIFEST_MAX, &manifest, &len, err);

	if (r == 0)
		r = open_root(root, &view, err);
	if (r == 0)
		r = gzip_writer_new(fd, &gzip, err);
	if (r == 0)
		r = pack_aci(manifest, len, &view, root->ids, gzip_write, gzip, err);
	return r < 0 ? r : gzip_finish(gzip, err);
}
