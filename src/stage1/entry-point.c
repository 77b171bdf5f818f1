/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/entry-point.h"

#include <fcntl.h>
#include <linux/mount.h>
#include "base/fd.h"
#include "base/process.h"
#include "isolate/mount.h"

void entry_point_init(EntryPoint *e, const char *path, const char *argv0)
{
	*e = (EntryPoint){.path = path};
	entry_point_add(e, argv0);
}

void entry_point_add(EntryPoint *e, const char *arg)
{
	if (e->n + 1 >= ENTRY_POINT_ARGS)
		e->overflow = true;
	else
		e->argv[e->n++] = arg;
}

/* The program in a read-only mount of its own. Returns its descriptor. */
static int open_program(const EntryPoint *e, Error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (e->overflow)
		return fail(err, -E2BIG, "more than %d arguments", ENTRY_POINT_ARGS - 1);
	fd = mount_clone(AT_FDCWD, e->path, false);
	r = fd < 0 ? fd : mount_set_attrs(fd, MOUNT_ATTR_RDONLY, false);
	if (r < 0)
		return fail_errno(err, r, "make a read-only mount of %s", e->path);
	return TAKE_FD(fd);
}

int entry_point_exec(const EntryPoint *e, const Pod *pod, Error *err)
{
	_cleanup_close_ int fd = open_program(e, err);

	if (fd < 0)
		return fd;
	if (fchdir(pod->fd) < 0)
		return fail_errno(err, -errno, "change to the directory of pod %s", pod->uuid);
	return fail_errno(err, process_exec_fd(fd, e->argv), "exec %s", e->path);
}

int entry_point_run(const EntryPoint *e, const Pod *pod, Error *err)
{
	_cleanup_close_ int program = open_program(e, err);
	Process p = PROCESS_INIT(e->argv);
	pid_t pid;

	if (program < 0)
		return program;
	p.cwd_fd = pod->fd;
	p.program_fd = program;
	pid = process_spawn(&p, err);
	return pid < 0 ? pid : process_wait(pid, err);
}
