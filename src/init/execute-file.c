/* SPDX-License-Identifier: Apache-2.0 */

/* Operations on files and directories. */

#include "init/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/transfer.h"

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY)

int execute_open_parent(Execution *x, const char *path, const char **ret_name)
{
	/* While parents are missing, this calls itself with what is in the buffer, cutting that
	 * shorter each time: the names behind the cuts stay. Not on the stack, since the stack of a
	 * pod's first process stays for ever. */
	static char buffer[PATH_MAX];
	size_t len = strlen(path);
	char *slash;

	if (len >= sizeof buffer)
		return -ENAMETOOLONG;
	if (path != buffer)
		memcpy(buffer, path, len + 1);
	slash = strrchr(buffer, '/');
	if (!slash || slash[1] == '\0' || streq(slash + 1, ".") || streq(slash + 1, ".."))
		return -EINVAL;
	*slash = '\0';
	*ret_name = slash + 1;
	return execute_make_directory(x, buffer, 0755);
}

int execute_make_directory(Execution *x, const char *path, uint32_t mode)
{
	_cleanup_close_ int parent = -1;
	const char *name;
	int fd;

	fd = path_open_in_root(x->base, path[0] ? path : ".", DIRECTORY_FLAGS, 0);
	if (fd != -ENOENT)
		return fd;
	parent = execute_open_parent(x, path, &name);
	if (parent < 0)
		return parent;
	/* What exists and could not be opened is a link to nowhere. */
	if (mkdirat(parent, name, mode) < 0 && (errno != EEXIST || unlinkat(parent, name, 0) < 0 ||
						       mkdirat(parent, name, mode) < 0))
		return -errno;
	return path_open_in_root(parent, name, DIRECTORY_FLAGS, 0);
}

/* Makes room for a new entry. Whatever an image has put there is removed, never opened: it may be a
 * device or a pipe. */
static int clear_entry(int parent, const char *name)
{
	if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int execute_node(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int parent = -1;
	const char *name;

	parent = execute_open_parent(x, plan_string(x->plan, op->path), &name);
	if (parent < 0)
		return parent;
	return mknodat(parent, name, (mode_t)op->num[0], (dev_t)op->num[1]) < 0 ? -errno : 0;
}

int execute_symlink(Execution *x, const PlanOp *op)
{
	const char *to = plan_string(x->plan, op->source);
	_cleanup_close_ int parent = -1;
	const char *name;
	int r;

	parent = execute_open_parent(x, plan_string(x->plan, op->path), &name);
	if (parent < 0)
		return parent;
	if (symlinkat(to, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	r = clear_entry(parent, name);
	if (r < 0)
		return r;
	return symlinkat(to, parent, name) < 0 ? -errno : 0;
}

int execute_write(Execution *x, const PlanOp *op)
{
	int create = op->flags & PLAN_CREATE ? O_CREAT | O_TRUNC | O_NOFOLLOW : 0;
	_cleanup_close_ int fd = open(
		plan_string(x->plan, op->path), O_WRONLY | O_NOCTTY | O_CLOEXEC | create, 0644);

	if (fd < 0)
		return -errno;
	/* Every user of the pod reads it, whatever the umask of who starts the pod. */
	if (create && fchmod(fd, 0644) < 0)
		return -errno;
	if (op->num[0] && fchown(fd, (uid_t)op->num[0], (gid_t)op->num[1]) < 0)
		return -errno;
	return fd_write(fd, plan_string(x->plan, op->data), op->data_len);
}
