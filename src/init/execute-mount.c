/* SPDX-License-Identifier: Apache-2.0 */

/* Operations on mounts. */

#include "init/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "isolate/mount.h"
#include "isolate/view-namespace.h"

/* What the pod has mounted can be copied, changed and mounted on from within its mount namespace
 * only. While a pod is started that is where this process is. */
static int enter_mounts(const Execution *x)
{
	return x->visit ? visit_begin(x->visit) : 0;
}

static int leave_mounts(const Execution *x, int r)
{
	int left = x->visit ? visit_end(x->visit) : 0;

	return left < 0 ? left : r;
}

static int attach_at(const Execution *x, int mount, int target)
{
	int r = enter_mounts(x);

	return leave_mounts(x, r < 0 ? r : mount_attach(mount, target));
}

/* A copy of what the pod has mounted at fd. Returns its descriptor. */
static int clone_mounted(const Execution *x, int fd, bool recursive)
{
	int r = enter_mounts(x);

	return leave_mounts(x, r < 0 ? r : mount_clone(fd, "", recursive));
}

/* Attaches a mount where the operation says and, if it is a root, makes it the base. Takes the
 * descriptor over. */
static int attach(Execution *x, const PlanOp *op, int mount)
{
	_cleanup_close_ int fd = mount, target = -1;
	const char *path = plan_string(x->plan, op->path);
	int r;

	if (op->flags & PLAN_ROOT_POD)
		target = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	else
		target = execute_make_directory(x, path, 0755);
	if (target < 0)
		return op->flags & PLAN_ROOT_POD ? -errno : target;
	r = attach_at(x, fd, target);
	if (r < 0)
		return r;
	if (op->flags & PLAN_ROOT_POD)
		x->pod_root = x->base = TAKE_FD(fd);
	else if (op->flags & PLAN_ROOT_APP)
		x->base = TAKE_FD(fd);
	return 0;
}

int execute_overlay(Execution *x, const PlanOp *op)
{
	int fd = mount_create_overlay(plan_string(x->plan, op->data), op->data_len,
		plan_string(x->plan, op->source), plan_string(x->plan, op->aux),
		op->flags & PLAN_VOLATILE);

	return fd < 0 ? fd : attach(x, op, fd);
}

int execute_views(Execution *x, const PlanOp *op)
{
	const char *list = plan_string(x->plan, op->data);
	const char *layer = plan_list_next(list, op->data_len, NULL);
	int r = 0;

	while (r == 0 && layer) {
		const char *layers[VIEWS_AT_ONCE];
		size_t n = 0;

		for (; layer && n < VIEWS_AT_ONCE;
			layer = plan_list_next(list, op->data_len, layer))
			layers[n++] = layer;
		r = view_namespace_mount(x->views, layers, n);
	}
	return r;
}

int execute_mount(Execution *x, const PlanOp *op)
{
	int fd = mount_create(plan_string(x->plan, op->source), plan_string(x->plan, op->data),
		op->data_len, op->num[0]);

	return fd < 0 ? fd : attach(x, op, fd);
}

/* Opens what a mount goes over, making an empty directory or file of the source's kind if there is
 * nothing. */
static int open_target(Execution *x, const char *path, int source)
{
	_cleanup_close_ int parent = -1, made = -1;
	const char *name;
	struct stat st;
	int fd;

	fd = path_open_in_root(x->base, path, O_PATH, 0);
	if (fd != -ENOENT)
		return fd;
	if (fstat(source, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return execute_make_directory(x, path, 0755);
	parent = execute_open_parent(x, path, &name);
	if (parent < 0)
		return parent;
	made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* What exists and could not be opened is a link to nowhere. */
	if (made < 0 && errno == EEXIST && unlinkat(parent, name, 0) == 0)
		made = openat(
			parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (made < 0)
		return -errno;
	return path_open_in_root(x->base, path, O_PATH, 0);
}

static int clone_source(Execution *x, const PlanOp *op)
{
	bool recursive = op->flags & PLAN_BIND_RECURSIVE;
	const char *source = plan_string(x->plan, op->source);
	_cleanup_close_ int fd = -1;

	if (!(op->flags & PLAN_BIND_FROM_POD))
		return mount_clone(AT_FDCWD, source, recursive);
	fd = path_open_in_root(x->pod_root, source, O_PATH, 0);
	return fd < 0 ? fd : clone_mounted(x, fd, recursive);
}

int execute_bind(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int source = -1, target = -1;
	int r;

	if (op->flags & PLAN_BIND_IF_DNS) {
		r = execute_wait_for_go(x);
		if (r < 0 || x->dns == 0)
			return r;
	}
	source = clone_source(x, op);

	if (source < 0)
		return source;
	if (op->flags & PLAN_BIND_READONLY) {
		r = mount_set_attrs(source, MOUNT_ATTR_RDONLY, op->flags & PLAN_BIND_RECURSIVE);
		if (r < 0)
			return r;
	}
	if (op->flags & (PLAN_ROOT_POD | PLAN_ROOT_APP))
		return attach(x, op, TAKE_FD(source));
	target = open_target(x, plan_string(x->plan, op->path), source);
	return target < 0 ? target : attach_at(x, source, target);
}

/* Directories are hidden by an empty one that nobody can write to, the same one everywhere. */
static int mask_directory(Execution *x, int target)
{
	static const char options[] = "mode=000\0size=4k";
	_cleanup_close_ int fd = -1;
	int r;

	if (x->mask_dir >= 0)
		fd = clone_mounted(x, x->mask_dir, false);
	else
		fd = mount_create("tmpfs", options, sizeof options,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		return fd;
	r = attach_at(x, fd, target);
	if (r == 0 && x->mask_dir < 0)
		x->mask_dir = TAKE_FD(fd);
	return r;
}

int execute_mask(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int target = -1, null = -1;
	struct stat st;
	int r;

	target = path_open_in_root(x->base, plan_string(x->plan, op->path), O_PATH, 0);
	if (target == -ENOENT)
		return 0;
	if (target < 0)
		return target;
	if (fstat(target, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return mask_directory(x, target);
	null = mount_clone(AT_FDCWD, "/dev/null", false);
	if (null < 0)
		return null;
	/* It is the host's: its owner and mode are not the pod's to change. */
	r = mount_set_attrs(null, MOUNT_ATTR_RDONLY, false);
	return r < 0 ? r : attach_at(x, null, target);
}

int execute_readonly(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int target = -1, fd = -1;
	int r;

	target = path_open_in_root(x->base, plan_string(x->plan, op->path), O_PATH, 0);
	if (target == -ENOENT)
		return 0;
	if (target < 0)
		return target;
	fd = clone_mounted(x, target, true);
	if (fd < 0)
		return fd;
	r = mount_set_attrs(fd, MOUNT_ATTR_RDONLY, true);
	return r < 0 ? r : attach_at(x, fd, target);
}

int execute_readonly_root(Execution *x, const PlanOp *op)
{
	int r = enter_mounts(x);

	return leave_mounts(x, r < 0 ? r : mount_set_attrs(x->base, MOUNT_ATTR_RDONLY, false));
}

int execute_base(Execution *x, const PlanOp *op)
{
	x->base = x->pod_root;
	return 0;
}

/* What was mounted before the pod had its user namespace cannot be moved there, nor what is mounted
 * in it be taken away. A copy, which is put over it, has only the latter. */
static int pivot_to_copy(int root)
{
	_cleanup_close_ int copy = mount_clone(root, "", true);
	int r;

	if (copy < 0)
		return copy;
	r = mount_attach(copy, root);
	return r < 0 ? r : mount_pivot(copy);
}

int execute_pivot(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int root = -1, fd = -1;
	const char *path = plan_string(x->plan, op->path);

	if (path[0] == '\0')
		return mount_pivot(x->base);
	/* An app has its own mount namespace by now, where x->base is not: its root is found anew,
	 * from "/". */
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = path_open_in_root(root, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	return op->flags & PLAN_PIVOT_COPY ? pivot_to_copy(fd) : mount_pivot(fd);
}
