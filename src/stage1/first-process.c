/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/first-process.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include "base/fd.h"
#include "base/namespace-init.h"
#include "base/path.h"
#include "stage1/flavor.h"

int first_process_number(const Pod *pod, pid_t *ret)
{
	const Flavor *flavor = NULL;
	int r = pod_read_pid(pod, ret);

	if (r < 0 || stage1_flavor_of(pod, &flavor, NULL) < 0 || flavor != &flavor_native)
		return r;
	return process_is_in(*ret, pod->fd) ? 0 : -ENOENT;
}

static bool is_held(const Pod *pod)
{
	_cleanup_close_ int fd = pod_hold_ended(pod);

	return fd == -EWOULDBLOCK;
}

int first_process_supervisor(const Pod *pod, pid_t *ret, Error *err)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	int r = first_process_number(pod, ret);

	for (unsigned i = 0; r == -ENOENT && i < 500 && is_held(pod); i++) {
		(void)nanosleep(&pause, NULL);
		r = first_process_number(pod, ret);
	}
	/* It was that of a pod that is over. */
	if (r == -ENOENT && !is_held(pod))
		r = pod_read_pid(pod, ret);
	if (r == -ENOENT)
		return fail(err, r, "pod \"%s\" has not started yet", pod->uuid);
	return r < 0 ? fail_errno(err, r, "read the process id of pod %s", pod->uuid) : 0;
}

int first_process_find(const Pod *pod, pid_t *ret, Error *err)
{
	pid_t pid = 0;
	int r;

	r = first_process_supervisor(pod, &pid, err);
	if (r < 0)
		return r;
	if (faccessat(pod->fd, "ppid", F_OK, 0) == 0)
		pid = namespace_init_of(pid);
	if (pid <= 0)
		return fail(err, -ESRCH, "pod \"%s\" has no process yet, or no more", pod->uuid);
	*ret = pid;
	return 0;
}

/* Where it is below the root of the pod, which several apps share. */
static int open_below(int root, const PodManifest *m, const char *app)
{
	char path[PLAN_COPY_SIZE];

	if (m->n_apps == 1 && !pod_manifest_is_mutable(m))
		return path_open_beneath(root, ".", O_PATH | O_DIRECTORY, 0);
	(void)snprintf(path, sizeof path, "opt/stage2/%s/rootfs", app);
	return path_open_beneath(root, path, O_PATH | O_DIRECTORY, 0);
}

static int open_root_of(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/root", (int)pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The root of the pod's first process, which has that of its supervisor, the host's, until all is
 * mounted: that is waited for. */
static int open_pod_root(pid_t supervisor, pid_t first)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	_cleanup_close_ int host = open_root_of(supervisor);
	struct stat a, b;

	for (unsigned i = 0; host >= 0 && i < 500; i++) {
		_cleanup_close_ int root = open_root_of(first);

		if (root < 0 || fstat(host, &a) < 0 || fstat(root, &b) < 0)
			return -ESRCH;
		if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
			return TAKE_FD(root);
		(void)nanosleep(&pause, NULL);
	}
	return -EAGAIN;
}

int stage1_open_root(const Pod *pod, const PodManifest *m, const char *app, Error *err)
{
	_cleanup_close_ int root = -1;
	const Flavor *flavor = NULL;
	pid_t supervisor = 0, first = 0;
	int fd = -1, r = stage1_flavor_of(pod, &flavor, err);

	if (r == 0 && flavor != &flavor_native)
		r = fail(err, -EOPNOTSUPP,
			"pod \"%s\" is run by another stage1, which alone knows where its files "
			"are",
			pod->uuid);
	if (r == 0)
		r = first_process_find(pod, &first, err);
	if (r == 0)
		r = first_process_supervisor(pod, &supervisor, err);
	if (r < 0)
		return r;
	root = open_pod_root(supervisor, first);
	if (root == -EAGAIN)
		return fail(err, root, "pod \"%s\" has not started yet", pod->uuid);
	/* It is that of the process meant, if the number still is. */
	if (root < 0 || first_process_number(pod, &supervisor) < 0 ||
		namespace_init_of(supervisor) != first)
		return fail(err, -ESRCH, "pod \"%s\" has ended", pod->uuid);
	fd = open_below(root, m, app);
	return fd < 0 ? fail_errno(err, fd, "open the root of app \"%s\"", app) : fd;
}
