/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/image/render.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "stage1/image/mounts.h"
#include "stage1/image/trees.h"
#include "stage1/roots.h"
#include "store/view-copy.h"

/* Makes path below root_fd, a directory at a time, through no link. Returns the descriptor of the
 * last one. */
static int make_directories(int root_fd, const char *path, mode_t mode, uint32_t owner)
{
	_cleanup_close_ int fd = fd_open_dir(root_fd, ".");
	char name[PLAN_NAME_MAX + 1];

	while (fd >= 0 && *path) {
		size_t len = strcspn(path, "/");
		int next;

		if (len >= sizeof name)
			return -ENAMETOOLONG;
		memcpy(name, path, len);
		name[len] = '\0';
		if (mkdirat(fd, name, mode) == 0) {
			if (owner > 0 && fchownat(fd, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0)
				return -errno;
		} else if (errno != EEXIST) {
			return -errno;
		}
		next = path_open_beneath(fd, name, O_RDONLY | O_DIRECTORY, 0);
		(void)fd_close(fd);
		fd = next;
		path += len + (path[len] == '/');
	}
	return fd < 0 ? fd : TAKE_FD(fd);
}

static int write_owned(
	int dirfd, const char *name, const void *data, size_t len, uint32_t owner, Error *err)
{
	int r;

	/* Whatever is there is stage1's: it may be a link. */
	(void)unlinkat(dirfd, name, 0);
	r = fd_write_file(dirfd, name, 0644, data, len, err);
	if (r == 0 && owner > 0 && fchownat(dirfd, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0)
		r = fail_errno(err, -errno, "set the owner of %s", name);
	return r;
}

int render_place(
	const Pod *pod, int root_fd, const char *app, bool overlay, uint32_t first_id, Error *err)
{
	char path[PLAN_COPY_SIZE], saved[PLAN_NAME_MAX + 32];
	_cleanup_free_ char *manifest = NULL;
	_cleanup_close_ int fd = -1;
	size_t len;
	int r;

	/* For root only on the way: an image may hold setuid programs. */
	(void)snprintf(path, sizeof path, "opt/stage2/%s", app);
	fd = make_directories(root_fd, path, 0700, first_id);
	r = fd < 0                                                          ? fd
	    : overlay && mkdirat(fd, "rootfs", 0755) < 0 && errno != EEXIST ? -errno
									    : 0;
	if (r < 0)
		return fail_errno(err, r, "create %s in the stage1 of pod %s", path, pod->uuid);
	(void)snprintf(saved, sizeof saved, "appsinfo/%s/manifest", app);
	r = fd_read_file(pod->fd, saved, IMAGE_MANIFEST_MAX, &manifest, &len, err);
	return r < 0 ? r : write_owned(fd, "manifest", manifest, len, first_id, err);
}

void render_forget_place(int root_fd, const char *app)
{
	_cleanup_close_ int fd =
		path_open_beneath(root_fd, "opt/stage2", O_RDONLY | O_DIRECTORY, 0);

	if (fd >= 0)
		(void)path_remove_tree(fd, app);
}

/* What stage1's root is made of: the upper half of an overlay, or a copy. Opens it. */
static int make_root(const Pod *pod, const PlanInput *in, const Image *stage1, Error *err)
{
	_cleanup_view_ View view = VIEW_INIT;
	_cleanup_close_ int fd = -1;
	int r = 0;

	if (!in->options.no_overlay)
		return stage1_trees_make_overlay(pod, err);
	fd = fd_open_dir(pod->fd, STAGE1_ROOT);
	if (fd < 0)
		return fail_errno(err, fd, "open " STAGE1_ROOT " of pod %s", pod->uuid);
	r = view_open(&view, in->store, stage1, err);
	if (r == 0)
		r = view_copy(&view, fd, in->options.first_id, err);
	if (r == 0 && in->options.first_id > 0 &&
		fchown(fd, in->options.first_id, in->options.first_id) < 0)
		r = fail_errno(
			err, -errno, "set the owner of " STAGE1_ROOT " of pod %s", pod->uuid);
	return r < 0 ? wrap(err, r, "cannot copy stage1 image %s", stage1->key) : TAKE_FD(fd);
}

/* The root of an app, and its place in stage1's. */
static int make_app(const Pod *pod, const PlanInput *in, int root_fd, const char *app, Error *err)
{
	bool overlay = !in->options.no_overlay;
	int r = render_place(pod, root_fd, app, overlay, in->options.first_id, err);

	return r < 0 || !overlay ? r : roots_make_overlay(pod, app, 0, err);
}

int render_stage1(const Pod *pod, const PlanInput *in, const Image *stage1, Error *err)
{
	static const char *const directories[] = {"stage1", STAGE1_ROOT};
	_cleanup_close_ int fd = -1, status = -1;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(directories) && r == 0; i++)
		r = roots_make_directory(pod, directories[i], err);
	if (r == 0)
		r = roots_make_private(pod, "overlay", err);
	if (r == 0)
		r = stage1_trees_write(pod, stage1, err);
	if (r < 0)
		return r;
	fd = make_root(pod, in, stage1, err);
	if (fd < 0)
		return fd;
	/* Where it says how apps ended; in the upper half, rkt finds it there afterwards. */
	status = make_directories(fd, "rkt/status", 0755, in->options.first_id);
	if (status < 0)
		return fail_errno(
			err, status, "create rkt/status in the stage1 of pod %s", pod->uuid);
	for (size_t i = 0; i < in->manifest->n_apps && r == 0; i++)
		r = make_app(pod, in, fd, in->manifest->apps[i].name, err);
	if (r == 0 && in->options.no_overlay)
		r = roots_copy(pod, in, in->options.first_id, err);
	return r;
}

int render_names(const Pod *pod, const PlanInput *in, Error *err)
{
	const struct {
		const char *name, *text;
	} files[] = {
		{"rkt-resolv.conf", in->options.resolv_conf},
		{"rkt-hosts", in->options.hosts},
	};
	uint32_t owner = in->options.first_id;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(files) && r == 0; i++) {
		_cleanup_close_ int root = -1, etc = -1;

		if (!files[i].text)
			continue;
		root = in->options.no_overlay ? fd_open_dir(pod->fd, STAGE1_ROOT)
					      : stage1_trees_make_overlay(pod, err);
		etc = root < 0 ? root : make_directories(root, "etc", 0755, owner);
		if (etc < 0)
			return fail_errno(err, etc, "open /etc in the stage1 of pod %s", pod->uuid);
		r = write_owned(
			etc, files[i].name, files[i].text, strlen(files[i].text), owner, err);
	}
	return r;
}
