/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/roots.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"
#include "store/view-copy.h"

int roots_make_directory(const Pod *pod, const char *name, Error *err)
{
	if (mkdirat(pod->fd, name, 0755) < 0 && errno != EEXIST)
		return fail_errno(err, -errno, "create %s of pod %s", name, pod->uuid);
	return 0;
}

/* With just that mode, whatever the umask, and whatever the pod's directory passes on: its
 * set-group-ID bit and with that its group. */
static int make_exactly(const Pod *pod, const char *name, mode_t mode, Error *err)
{
	if (mkdirat(pod->fd, name, 0700) < 0)
		return errno == EEXIST
			       ? 0
			       : fail_errno(err, -errno, "create %s of pod %s", name, pod->uuid);
	if (fchmodat(pod->fd, name, mode, 0) < 0)
		return fail_errno(err, -errno, "set the mode of %s of pod %s", name, pod->uuid);
	return 0;
}

int roots_make_private(const Pod *pod, const char *name, Error *err)
{
	return make_exactly(pod, name, 0700, err);
}

int roots_make_overlay(const Pod *pod, const char *app, uint32_t first_id, Error *err)
{
	char name[ROOTS_PATH_SIZE];
	int r;

	(void)snprintf(name, sizeof name, "overlay/%s.upper", app);
	r = make_exactly(pod, name, 0755, err);
	if (r == 0 && first_id > 0 && fchownat(pod->fd, name, first_id, first_id, 0) < 0)
		r = fail_errno(err, -errno, "set the owner of %s of pod %s", name, pod->uuid);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof name, "overlay/%s.work", app);
	return roots_make_directory(pod, name, err);
}

/* Makes the directory that the copy goes into, for root only on the way: an image may hold setuid
 * programs. -EEXIST, without error text, for one that is there. */
static int make_place(const Pod *pod, const char *path, Error *err)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(path_base(path) - path));
	int r;

	if (!parent)
		return fail_oom(err);
	r = path_mkdir_parents(pod->fd, "stage1/rootfs", 0755);
	if (r == 0)
		r = path_mkdir_parents(pod->fd, parent, 0700);
	if (r == 0 && mkdirat(pod->fd, path, 0755) < 0)
		r = -errno;
	return r < 0 && r != -EEXIST ? fail_errno(err, r, "create %s of pod %s", path, pod->uuid)
				     : r;
}

static int copy_root(const Pod *pod, const PlanInput *in, size_t app, uint32_t first_id, Error *err)
{
	const char *name = in->manifest->apps[app].name;
	_cleanup_view_ View view = VIEW_INIT;
	_cleanup_close_ int target = -1;
	char path[PLAN_COPY_SIZE];
	int r = make_place(pod, plan_copy_path(name, path), err);

	/* Made when the pod was prepared: a pod does not get that far with half a copy. */
	if (r == -EEXIST)
		return 0;
	if (r < 0)
		return r;
	target = fd_open_dir(pod->fd, path);
	if (target < 0)
		return fail_errno(err, target, "open %s of pod %s", path, pod->uuid);
	if (fchown(target, first_id, first_id) < 0 || fchmod(target, 0755) < 0)
		return fail_errno(err, -errno, "set the owner of %s of pod %s", path, pod->uuid);
	r = view_open_root(&view, in->store, in->images[app], err);
	if (r == 0)
		r = view_copy(&view, target, first_id, err);
	return r < 0 ? wrap(err, r, "cannot copy image %s for app \"%s\"", in->images[app]->key,
			       name)
		     : 0;
}

int roots_copy(const Pod *pod, const PlanInput *in, uint32_t first_id, Error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < in->manifest->n_apps; i++)
		r = copy_root(pod, in, i, first_id, err);
	return r;
}
