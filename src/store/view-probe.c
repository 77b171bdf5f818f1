/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-probe.h"

#include <fcntl.h>
#include "base/fd.h"
#include "isolate/mount.h"
#include "store/layer-index.h"
#include "store/tmp.h"

#define CONTENT_SIZE 512

/* Of no layer. */
#define DIGEST "00000000000000000000000000000000"

/* A layer with one file, "probe". */
static int make_layer(int dir, const char *content, Error *err)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	_cleanup_close_ int fd = -1;
	const Attributes a = {.mode = 0600};
	int r = layer_index_new(&index, err);

	if (r == 0)
		r = layer_index_file(index, "probe", &a, 0, CONTENT_SIZE, err);
	if (r == 0)
		r = fd_write_file(dir, "tar", 0600, content, CONTENT_SIZE, err);
	if (r < 0)
		return r;
	fd = openat(dir, "index", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(err, -errno, "create an index");
	return layer_index_write(index, CONTENT_SIZE, DIGEST, fd, err);
}

static int look(int dir, const char *content, Error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int mount = -1;
	char path[32];
	size_t len;
	int r;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
	mount = mount_create_view(path);
	if (mount == -ENODEV)
		return fail(err, mount, "the kernel has no EROFS");
	if (mount == -ENOTBLK)
		return fail(err, mount,
			"EROFS takes no files of this filesystem (tmpfs, overlayfs), or none at "
			"all in this kernel");
	if (mount < 0)
		return fail_errno(err, mount, "mount a view");
	r = fd_read_file(mount, "probe", CONTENT_SIZE, &text, &len, err);
	if (r == 0 && (len != CONTENT_SIZE || memcmp(text, content, len) != 0))
		r = fail(err, -EIO, "a view does not show what is in it");
	return r;
}

int view_probe(const Store *s, Error *err)
{
	_cleanup_tmp_dir_ TmpDir tmp = TMP_DIR_INIT;
	char content[CONTENT_SIZE];
	int r;

	if (geteuid() != 0)
		return fail(err, -EPERM, "only root can mount them");
	if (!mount_knows_views())
		return fail(err, -EOPNOTSUPP, "the kernel is older than 6.12.2");
	r = tmp_dir_make(s, &tmp, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (char)(i % 251);
	r = make_layer(tmp.fd, content, err);
	return r < 0 ? r : look(tmp.fd, content, err);
}
