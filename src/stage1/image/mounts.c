/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/image/mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "isolate/mount.h"
#include "isolate/view-namespace.h"
#include "stage1/image/namespace.h"
#include "stage1/image/render.h"
#include "stage1/image/trees.h"
#include "stage1/roots.h"

/* Goes to the pod's directory as this mount namespace shows it: the descriptor of it is of another.
 */
static int change_to(const Pod *pod, Error *err)
{
	return chdir(pod->path) < 0 ? fail_errno(err, -errno, "change to %s", pod->path) : 0;
}

/* The layers among them that are views are mounted first. */
static int mount_views(const Pod *pod, const char *lowers, size_t len, Error *err)
{
	for (const char *l = lowers; l < lowers + len; l += strlen(l) + 1) {
		char dir[PLAN_LAYER_PATH_SIZE];
		int r;

		(void)snprintf(dir, sizeof dir, "%.*s", (int)(path_base(l) - l) - 1, l);
		if (!mount_has_view(dir))
			continue;
		r = view_namespace_mount(-1, (const char *const[]){dir}, 1);
		if (r < 0)
			return fail_errno(err, r, "mount a layer of pod %s at %s", pod->uuid, l);
	}
	return 0;
}

/* Puts an overlay of the layers that trees names on target. All paths are below the working
 * directory. */
static int mount_overlay(const Pod *pod, const char *trees, bool skeleton, const char *upper,
	const char *work, const char *target, Error *err)
{
	_cleanup_close_ int fd = -1, target_fd = -1;
	_cleanup_free_ char *lowers = NULL;
	size_t len;
	int r = stage1_trees_lowers(pod, trees, skeleton, &lowers, &len, err);

	if (r == 0)
		r = mount_views(pod, lowers, len, err);
	if (r < 0)
		return r;
	fd = mount_create_overlay(lowers, (uint32_t)len, upper, work,
		faccessat(AT_FDCWD, STAGE1_DURABLE, F_OK, 0) < 0);
	target_fd = path_open_beneath(AT_FDCWD, target, O_PATH | O_DIRECTORY, 0);
	r = fd < 0 ? fd : target_fd < 0 ? target_fd : mount_attach(fd, target_fd);
	return r < 0 ? fail_errno(err, r, "mount %s of pod %s", target, pod->uuid) : 0;
}

static int mount_stage1(const Pod *pod, bool again, Error *err)
{
	_cleanup_free_ char *upper = NULL, *work = NULL;
	int r = stage1_trees_overlay(pod, &upper, &work, err);

	if (r < 0)
		return r;
	/* An overlay that was never synced is not taken for a whole one a second time, unless its
	 * work directory is new. */
	if (again && (r = path_remove_tree(pod->fd, work)) == 0)
		r = path_mkdir_parents(pod->fd, work, 0755);
	if (r < 0)
		return fail_errno(err, r, "make %s of pod %s anew", work, pod->uuid);
	return mount_overlay(pod, POD_STAGE1_TREES_FILE, false, upper, work, STAGE1_ROOT, err);
}

static int mount_app(const Pod *pod, const char *app, Error *err)
{
	char upper[ROOTS_PATH_SIZE], work[ROOTS_PATH_SIZE], target[PLAN_COPY_SIZE];
	_cleanup_free_ char *trees = NULL;

	if (str_format(&trees, "appsinfo/%s/treeStoreID", app) < 0)
		return fail_oom(err);
	(void)snprintf(upper, sizeof upper, "overlay/%s.upper", app);
	(void)snprintf(work, sizeof work, "overlay/%s.work", app);
	return mount_overlay(pod, trees, true, upper, work, plan_copy_path(app, target), err);
}

static int mount_apps(const Pod *pod, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(pod->fd, "appsinfo");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open appsinfo of pod %s", pod->uuid);
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			r = mount_app(pod, entry->d_name, err);
	return r;
}

/* A new namespace, in the pod's directory. What the host mounts shows up in it, nothing goes back.
 */
static int leave_host(const Pod *pod, Error *err)
{
	int r = unshare(CLONE_NEWNS) < 0 ? -errno : mount_make_slave();

	if (r < 0)
		return fail_errno(err, r, "make a mount namespace for pod %s", pod->uuid);
	return change_to(pod, err);
}

static int begin(const Pod *pod, Error *err)
{
	int r = leave_host(pod, err);

	if (r == 0 && pod_has_overlay(pod))
		r = mount_stage1(pod, false, err);
	if (r == 0 && pod_has_overlay(pod))
		r = mount_apps(pod, err);
	return r < 0 ? r : pod_namespace_note(pod, err);
}

/* Of the apps, which have ended, nothing is needed any more. */
static int return_to_exited(const Pod *pod, Error *err)
{
	int r = leave_host(pod, err);

	return r < 0 || !pod_has_overlay(pod) ? r : mount_stage1(pod, true, err);
}

static int join(const Pod *pod, Error *err)
{
	int r = pod_namespace_join(pod, err);

	return r < 0 ? r : change_to(pod, err);
}

/* In stage1's root as it is mounted: what is below an overlay must be left alone. */
static int join_with_app(const Pod *pod, const char *app, Error *err)
{
	bool overlay = pod_has_overlay(pod);
	_cleanup_close_ int root = -1;
	int r = join(pod, err);

	if (r < 0 || !overlay)
		return r;
	root = fd_open_dir(AT_FDCWD, STAGE1_ROOT);
	if (root < 0)
		return fail_errno(err, root, "open " STAGE1_ROOT " of pod %s", pod->uuid);
	r = render_place(pod, root, app, true, 0, err);
	return r < 0 ? r : mount_app(pod, app, err);
}

int stage1_mounts_arrive(const Pod *pod, const char *name, const char *app, Error *err)
{
	if (streq(name, "run"))
		return begin(pod, err);
	if (streq(name, "gc"))
		return return_to_exited(pod, err);
	return streq(name, "app-add") ? join_with_app(pod, app, err) : join(pod, err);
}

typedef struct Forget {
	const Pod *pod;
	const char *app;
} Forget;

static int forget(const void *userdata, Error *err)
{
	const Forget *f = userdata;
	_cleanup_close_ int root = -1;
	char target[PLAN_COPY_SIZE];
	int r = join(f->pod, err);

	if (r < 0)
		return r;
	/* EINVAL: it is not mounted. */
	if (umount2(plan_copy_path(f->app, target), MNT_DETACH | UMOUNT_NOFOLLOW) < 0 &&
		errno != EINVAL && errno != ENOENT)
		return fail_errno(err, -errno, "unmount %s of pod %s", target, f->pod->uuid);
	root = fd_open_dir(AT_FDCWD, STAGE1_ROOT);
	if (root >= 0)
		render_forget_place(root, f->app);
	_exit(0);
}

int stage1_mounts_forget_app(const Pod *pod, const char *app, Error *err)
{
	static const char *const nothing[] = {"forget", NULL};
	const Forget f = {.pod = pod, .app = app};
	Process p = PROCESS_INIT(nothing);
	pid_t pid;
	int r;

	p.become = forget;
	p.userdata = &f;
	pid = process_spawn(&p, err);
	r = pid < 0 ? pid : process_wait(pid, err);
	return r > 0 ? fail(err, -EIO, "cannot take app \"%s\" from pod %s", app, pod->uuid) : r;
}
