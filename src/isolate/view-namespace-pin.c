/* SPDX-License-Identifier: Apache-2.0 */

/* Making the namespace that holds the views of layers. */

#include "isolate/view-namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "isolate/mount.h"

/* In a new process: a mount namespace with an empty root, and nothing of what there was. */
static int become_empty(void)
{
	static const char options[] = "mode=700\0size=1m";
	_cleanup_close_ int root = -1, target = -1;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	root = mount_create("tmpfs", options, sizeof options, 0);
	/* Any directory that every machine has. */
	target = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || target < 0)
		return root < 0 ? root : -errno;
	return mount_attach(root, target) < 0 ? -EIO : mount_pivot(root);
}

/* Its mount namespace is there when the process has written a byte, and as long as it waits for
 * one.
 */
static _noreturn_ void hold(const cpu_set_t *cpus, int done, int go)
{
	int r = sched_setaffinity(0, sizeof *cpus, cpus) < 0 ? -errno : become_empty();
	char byte = 0;

	if (r == 0 && write(done, &byte, 1) == 1)
		r = read(go, &byte, 1) < 0;
	_exit(r != 0);
}

/* Pins the mount namespace of a process by the file that target is. */
static int pin(pid_t pid, int target)
{
	char path[64];
	_cleanup_close_ int mount = -1;

	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
	mount = mount_clone(AT_FDCWD, path, false);
	return mount < 0 ? mount : mount_attach(mount, target);
}

/* Makes the namespace on these processors. -ELOOP: see below. */
static int make(int target, const cpu_set_t *cpus)
{
	int done[2], go[2], status, r = -EIO;
	char byte;
	pid_t pid;

	if (pipe2(done, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(go, O_CLOEXEC) < 0) {
		(void)fd_close(done[0]);
		(void)fd_close(done[1]);
		return -errno;
	}
	pid = fork();
	if (pid == 0) {
		(void)fd_close(go[1]);
		hold(cpus, done[1], go[0]);
	}
	(void)fd_close(done[1]);
	(void)fd_close(go[0]);
	if (pid < 0)
		r = -errno;
	else if (read(done[0], &byte, 1) == 1)
		r = pin(pid, target);
	(void)fd_close(done[0]);
	(void)fd_close(go[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return r;
}

/* A mount namespace can only be pinned in one that has a lower number, and each processor numbers
 * those that are made on it from a stock of its own (Linux 6.18): on that where ours was made, the
 * new one's number is higher. */
static int make_anywhere(int target)
{
	cpu_set_t all, one;
	int r = sched_getaffinity(0, sizeof all, &all) < 0 ? -errno : make(target, &all);

	for (int cpu = 0; r == -ELOOP && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all)) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			r = make(target, &one);
		}
	return r;
}

int view_namespace_pin(int dirfd, const char *name)
{
	_cleanup_close_ int file = -1, there = view_namespace_open(dirfd, name);

	if (there != -ENOENT)
		return MIN(there, 0);
	/* What is locked is the file below; whoever comes second finds the namespace on it. */
	file = openat(dirfd, name, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	if (flock(file, LOCK_EX) < 0)
		return -errno;
	there = view_namespace_open(dirfd, name);
	return there >= 0 ? 0 : make_anywhere(file);
}
