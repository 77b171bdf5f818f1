/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/image/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/number.h"

/* "PID INODE": the inode is that of its mount namespace, which another process that has got the
 * same number is not in. */
#define SUPERVISOR_FILE "stage1/supervisor"
#define SUPERVISOR_MAX  64

int pod_namespace_note(const Pod *pod, Error *err)
{
	char text[SUPERVISOR_MAX];
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st) < 0)
		return fail_errno(err, -errno, "stat /proc/self/ns/mnt");
	(void)snprintf(text, sizeof text, "%d %ju\n", (int)getpid(), (uintmax_t)st.st_ino);
	return fd_write_file(pod->fd, SUPERVISOR_FILE, 0644, text, strlen(text), err);
}

static int parse(char *text, int64_t *ret_pid, uint64_t *ret_inode)
{
	char *space = strchr(text, ' ');

	if (!space)
		return -EINVAL;
	*space++ = '\0';
	space[strcspn(space, "\n")] = '\0';
	if (number_parse_i64(text, 1, INT32_MAX, ret_pid) < 0)
		return -EINVAL;
	return number_parse_u64(space, UINT64_MAX, ret_inode);
}

int pod_namespace_join(const Pod *pod, Error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	char path[48];
	struct stat st;
	uint64_t inode;
	int64_t pid;
	int r = fd_read_file(pod->fd, SUPERVISOR_FILE, SUPERVISOR_MAX, &text, NULL, err);

	if (r < 0)
		return r;
	if (parse(text, &pid, &inode) < 0)
		return fail(err, -EINVAL, SUPERVISOR_FILE " of pod %s is damaged", pod->uuid);
	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != inode)
		return fail(err, -ESRCH, "the supervisor of pod \"%s\" is not there any more",
			pod->uuid);
	if (setns(fd, CLONE_NEWNS) < 0)
		return fail_errno(err, -errno, "join the mount namespace of pod %s", pod->uuid);
	return 0;
}
