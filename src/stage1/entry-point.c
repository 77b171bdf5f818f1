/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/entry-point.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <limits.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/path.h"
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
static int open_program(const EntryPoint *e, int dirfd, const char *path, Error *err)
{
	_cleanup_close_ int fd = mount_clone(dirfd, path, false);
	int r = fd < 0 ? fd : mount_set_attrs(fd, MOUNT_ATTR_RDONLY, false);

	if (r < 0)
		return fail_errno(err, r, "make a read-only mount of %s", e->path);
	return TAKE_FD(fd);
}

/* Executes the file where it is. Returns a negative errno, if at all. */
static int exec_in_place(const EntryPoint *e, int fd)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	(void)execv(path, (char *const *)e->argv);
	return -errno;
}

/* The program is found, and only executing it is left. */
static int become(
	const EntryPoint *e, int (*execute)(const EntryPoint *e, int fd), int fd, Error *err)
{
	int r = e->last ? e->last(e->userdata, err) : 0;

	return r < 0 ? r : fail_errno(err, execute(e, fd), "exec %s", e->path);
}

static int exec_fd(const EntryPoint *e, int fd)
{
	return process_exec_fd(fd, e->argv);
}

static int exec_in_root(const EntryPoint *e, Error *err)
{
	_cleanup_close_ int root = fd_open_dir(AT_FDCWD, e->root), file = -1, program = -1;
	char magic[2] = "";

	file = root < 0 ? root : path_open_in_root(root, e->path, O_RDONLY | O_NONBLOCK, 0);
	if (file < 0)
		return fail_errno(err, file, "open %s of the pod's stage1", e->path);
	if (fd_read(file, magic, sizeof magic) == sizeof magic && memcmp(magic, "#!", 2) == 0)
		return become(e, exec_in_place, file, err);
	program = open_program(e, file, "", err);
	return program < 0 ? program : become(e, exec_fd, program, err);
}

static int exec_on_host(const EntryPoint *e, Error *err)
{
	_cleanup_close_ int program = open_program(e, AT_FDCWD, e->path, err);

	return program < 0 ? program : become(e, exec_fd, program, err);
}

/* What the caller's environment may say is not for them. */
static int strip_environment(void)
{
	static const char *const kept[] = {
		"PATH", "RKT_STAGE1_ENTERCMD", "RKT_STAGE1_ENTERPID", "RKT_STAGE1_ENTERAPP"};
	const char *values[ARRAY_LEN(kept)];

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		values[i] = getenv(kept[i]);
	if (clearenv() != 0)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (values[i] && setenv(kept[i], values[i], 1) < 0)
			return -errno;
	return 0;
}

int entry_point_exec(const EntryPoint *e, const Pod *pod, Error *err)
{
	int r = 0;

	if (e->overflow)
		return fail(err, -E2BIG, "more than %d arguments", ENTRY_POINT_ARGS - 1);
	if (e->arrive)
		r = e->arrive(pod, e->name, e->app, err);
	else if (fchdir(pod->fd) < 0)
		r = fail_errno(err, -errno, "change to the directory of pod %s", pod->uuid);
	if (r == 0 && e->crossing && strip_environment() < 0)
		r = fail_oom(err);
	if (r < 0)
		return r;
	return e->root ? exec_in_root(e, err) : exec_on_host(e, err);
}

typedef struct Child {
	const EntryPoint *entry_point;
	const Pod *pod;
} Child;

static int become_child(const void *userdata, Error *err)
{
	const Child *child = userdata;

	return entry_point_exec(child->entry_point, child->pod, err);
}

int entry_point_run(const EntryPoint *e, const Pod *pod, Error *err)
{
	const Child child = {.entry_point = e, .pod = pod};
	Process p = PROCESS_INIT(e->argv);
	pid_t pid;

	p.become = become_child;
	p.userdata = &child;
	pid = process_spawn(&p, err);
	return pid < 0 ? pid : process_wait(pid, err);
}
