/* SPDX-License-Identifier: Apache-2.0 */
#include "image/extract.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "fetch/pipeline.h"
#include "image/archive.h"
#include "store/view-copy.h"

static int write_manifest(const Image *image, int target, Error *err)
{
	return fd_write_file(
		target, "manifest", 0644, image->manifest_text, image->manifest_len, err);
}

/* An UnpackOptions.file: of an ACI without its root only the root is wanted. */
static int pass_over(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	return 0;
}

/* The archive of an ACI, as it came. */
static int unpack_archive(
	const Store *s, const Image *image, int target, bool rootfs_only, Error *err)
{
	_cleanup_archive_ Archive archive = ARCHIVE_INIT;
	char hex[DIGEST_HEX_MAX + 1];
	UnpackResult result;
	Pipeline pipeline = {
		.produce = archive_produce,
		.userdata = &archive,
		.unpack = {.what = image->key,
			.limits = {.max_bytes = UINT64_MAX, .max_entries = UINT64_MAX}},
		.root_fd = target,
	};
	int r = archive_open(&archive, s, image->key, err);

	if (r < 0)
		return r;
	pipeline.intake = archive.intake;
	if (rootfs_only) {
		pipeline.unpack.strip = "rootfs";
		pipeline.unpack.file = pass_over;
		pipeline.unpack.file_max = IMAGE_MANIFEST_MAX;
	}
	r = pipeline_run(&pipeline, &result, hex, err);
	return r < 0 ? r : archive_check(image->key, hex, err);
}

/* What the layers show. */
static int copy_layers(const Store *s, const Image *image, int rootfs, Error *err)
{
	_cleanup_view_ View view = VIEW_INIT;
	uint64_t bytes;
	int r = view_open(&view, s, image, err);

	if (r < 0 || view.n == 0)
		return r;
	return view_merge(&(ViewPart){.view = &view}, 1, rootfs, &bytes, err);
}

static int fill(const Store *s, const Image *image, int target, Error *err)
{
	_cleanup_close_ int rootfs = -1;
	int r = write_manifest(image, target, err);

	if (r < 0)
		return r;
	if (mkdirat(target, "rootfs", 0755) < 0)
		return fail_errno(err, -errno, "create rootfs");
	rootfs = fd_open_dir(target, "rootfs");
	return rootfs < 0 ? fail_errno(err, rootfs, "open rootfs")
			  : copy_layers(s, image, rootfs, err);
}

/* Whether the archive has all that there is to see: it can be read by more than root. */
static bool is_in_archive(const Image *image, const ExtractOptions *options)
{
	if (image->format != IMAGE_ACI)
		return false;
	return !options->whole || (image->n_layers == 1 && streq(image->layers[0], image->key));
}

int image_extract(
	const Store *s, const Image *image, int target, const ExtractOptions *options, Error *err)
{
	if (is_in_archive(image, options))
		return unpack_archive(s, image, target, options->rootfs_only, err);
	return options->rootfs_only ? copy_layers(s, image, target, err)
				    : fill(s, image, target, err);
}
