/* SPDX-License-Identifier: Apache-2.0 */
#include "init/join.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include "base/cleanup.h"
#include "init/plan-file.h"
#include "init/pod-files.h"
#include "init/say.h"
#include "init/userns.h"

int join_find_app(const char *name, Plan *ret_plan, const PlanApp **ret_app)
{
	Text path = {0};
	int r;

	text_puts(&path, "appsinfo/");
	text_puts(&path, name);
	text_puts(&path, "/plan");
	r = plan_file_open(text_string(&path), ret_plan);
	if (r == -ENOENT)
		r = plan_file_open(PLAN_FILE, ret_plan);
	for (uint32_t i = 0; r == 0 && i < ret_plan->header->n_apps; i++)
		if (streq(plan_string(ret_plan, ret_plan->apps[i].name), name)) {
			*ret_app = &ret_plan->apps[i];
			return 0;
		}
	return r < 0 ? r : -ENOENT;
}

static int open_of(pid_t pid, const char *name, int flags)
{
	Text path = {0};
	int fd;

	text_puts(&path, "/proc/");
	text_number(&path, (uint64_t)pid, 1, ' ');
	text_puts(&path, name);
	fd = open(text_string(&path), flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Whether a number that came from outside is that of this pod's first process; whatever was opened
 * by it before is that process's then. */
static bool is_first_process(pid_t pid)
{
	return pod_files_locked() && pod_files_first_process(pod_files_monitor()) == pid;
}

/* Whether a process of the pod still has the root of the monitor, which is the host's: it takes on
 * the pod's when all is mounted there. */
static bool is_hosts(int root)
{
	_cleanup_close_ int host = open_of(pod_files_monitor(), "/root", O_PATH | O_DIRECTORY);
	struct stat a, b;

	return host < 0 || fstat(host, &a) < 0 || fstat(root, &b) < 0 ||
	       (a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* The root of the pod's first process, as soon as it is the pod's. */
static int open_root(pid_t first)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (unsigned i = 0; i < 500; i++) {
		_cleanup_close_ int root = open_of(first, "/root", O_PATH | O_DIRECTORY);

		if (root < 0)
			return root;
		if (!is_hosts(root))
			return TAKE_FD(root);
		(void)nanosleep(&pause, NULL);
	}
	return -EAGAIN;
}

/* Finds the pod with this first process. */
static int find(pid_t first, Join *ret)
{
	_cleanup_close_ int process = (int)syscall(SYS_pidfd_open, first, 0);
	int opened = process < 0 ? -errno : 0;
	/* The root of its mount namespace would be another one where the host is itself a changed
	 * root directory. */
	_cleanup_close_ int root = opened < 0 ? opened : open_root(first);

	if (opened < 0)
		return opened;
	if (root < 0)
		return root;
	if (!is_first_process(first))
		return -ESRCH;
	*ret = (Join){.process = TAKE_FD(process), .root = TAKE_FD(root)};
	return 0;
}

int join_open(pid_t first, Join *ret)
{
	int r = find(first, ret);

	if (r == 0 && setns(ret->process, CLONE_NEWPID) < 0)
		r = -errno;
	return r;
}

int join_enter(const Join *j, int namespaces)
{
	if (setns(j->process, namespaces) < 0 || fchdir(j->root) < 0 || chroot(".") < 0)
		return -errno;
	return namespaces & CLONE_NEWUSER ? userns_become_root() : 0;
}

int join_pod(pid_t first, int namespaces)
{
	Join j;
	int r = find(first, &j);

	if (r < 0)
		return r;
	r = join_enter(&j, namespaces);
	(void)fd_close(j.process);
	(void)fd_close(j.root);
	return r;
}

int visit_open(pid_t first, Visit *ret)
{
	ret->pod_root = open_of(first, "/root", O_PATH | O_DIRECTORY);
	ret->pod = open_of(first, "/ns/mnt", O_RDONLY);
	if (ret->pod_root < 0 || ret->pod < 0)
		return -ESRCH;
	if (mount_place_note(&ret->host) < 0)
		return -EIO;
	return is_first_process(first) ? 0 : -ESRCH;
}

int visit_begin(const Visit *v)
{
	return setns(v->pod, CLONE_NEWNS) < 0 || fchdir(v->pod_root) < 0 ? -errno : 0;
}

int visit_end(const Visit *v)
{
	return mount_place_return(&v->host);
}
