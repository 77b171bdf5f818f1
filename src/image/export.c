/* SPDX-License-Identifier: Apache-2.0 */
#include "image/export.h"

#include "base/fd.h"
#include "image/archive.h"
#include "store/pack.h"

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
		     : pack_aci(image->manifest_text, image->manifest_len, &view, write_out, &fd,
			       err);
}
