/* SPDX-License-Identifier: Apache-2.0 */

/* What a pod's files tell about its course: times, process, exit codes, readiness. */

#include "pod/pod.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/number.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "pod/pod-internal.h"
#include "spec/ac-types.h"

#define STAGE1_ROOT     "stage1/rootfs"
#define SMALL_FILE      64
#define TREE_IDS_MAX    (STORE_LAYERS_MAX * 160)
#define SUPERVISOR_FILE "rkt/supervisor-status"

static int64_t modified_at(const Pod *p, const char *name)
{
	struct stat st;

	if (fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return timestamp_of(st.st_mtim);
}

bool pod_has_run(const Pod *p)
{
	switch (p->state) {
	case POD_RUNNING:
	case POD_EXITED:
	case POD_EXITED_GARBAGE:
	case POD_EXITED_DELETING:
	case POD_DELETING:
	case POD_GARBAGE: return true;
	case POD_EMBRYO:
	case POD_PREPARING:
	case POD_ABORTED_PREPARE:
	case POD_PREPARED: break;
	}
	return false;
}

int64_t pod_created_at(const Pod *p)
{
	int64_t t;

	if (p->state != POD_PREPARED && !pod_has_run(p))
		return 0;
	t = p->created ? p->created : modified_at(p, POD_CREATED_FILE);
	return t ? t : modified_at(p, "pod");
}

int64_t pod_started_at(const Pod *p)
{
	int64_t t;

	if (!pod_has_run(p))
		return 0;
	t = modified_at(p, "ppid");
	return t ? t : modified_at(p, "pid");
}

int64_t pod_gc_marked_at(const Pod *p)
{
	struct stat st;

	switch (p->state) {
	case POD_EXITED_GARBAGE:
	case POD_EXITED_DELETING:
	case POD_GARBAGE:
	case POD_DELETING: return fstat(p->fd, &st) < 0 ? 0 : timestamp_of(st.st_ctim);
	default: return 0;
	}
}

/* Reads one decimal number with at most a newline behind it. */
static int read_number(int fd, int64_t min, int64_t max, int64_t *ret)
{
	char text[SMALL_FILE];
	ssize_t n = fd_read(fd, text, sizeof text - 1);

	if (n < 0)
		return (int)n;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return number_parse_i64(text, min, max, ret) < 0 ? -EINVAL : 0;
}

int pod_read_pid(const Pod *p, pid_t *ret)
{
	_cleanup_close_ int fd = path_open_beneath(p->fd, "ppid", O_RDONLY, 0);
	int64_t pid;
	int r;

	if (fd == -ENOENT)
		fd = path_open_beneath(p->fd, "pid", O_RDONLY, 0);
	if (fd < 0)
		return fd;
	r = read_number(fd, 1, INT_MAX, &pid);
	if (r < 0)
		return r;
	*ret = (pid_t)pid;
	return 0;
}

/* The directory that keeps what stage1 wrote after its overlay is gone: "overlay/<lowest
 * of stage1's trees>/upper". */
static int stage1_upper(const Pod *p, char **ret)
{
	_cleanup_free_ char *id = NULL;
	int r;

	r = fd_read_file(p->fd, "stage1TreeStoreID", TREE_IDS_MAX, &id, NULL, NULL);
	if (r < 0)
		return r;
	id[strcspn(id, "\n")] = '\0';
	return str_format(ret, "overlay/%s/upper", id);
}

/* Runs openat2 for path below one possible root. */
static int open_below(const Pod *p, const char *root, const char *path, int flags)
{
	_cleanup_free_ char *full = NULL;

	if (str_format(&full, "%s/%s", root, path) < 0)
		return -ENOMEM;
	return path_open_beneath(p->fd, full, flags, 0);
}

static int open_stage1(const Pod *p, const char *path, int flags)
{
	_cleanup_free_ char *upper = NULL;
	int fd = open_below(p, STAGE1_ROOT, path, flags);

	if (fd != -ENOENT || stage1_upper(p, &upper) < 0)
		return fd;
	return open_below(p, upper, path, flags);
}

/* The number in an app's file in a directory of stage1's. */
static int read_number_of(
	const Pod *p, const char *directory, const char *app, int64_t min, int64_t *ret)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;

	if (!ac_name_valid(app))
		return -EINVAL;
	if (str_format(&path, "%s/%s", directory, app) < 0)
		return -ENOMEM;
	fd = open_stage1(p, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? fd : read_number(fd, min, INT_MAX, ret);
}

int pod_read_app_status(const Pod *p, const char *app, int *ret)
{
	int64_t code;
	int r = read_number_of(p, "rkt/status", app, INT_MIN, &code);

	if (r == 0)
		*ret = (int)code;
	return r;
}

int64_t pod_app_restarts(const Pod *p, const char *app)
{
	int64_t n;

	return read_number_of(p, "rkt/restarts", app, 0, &n) < 0 ? 0 : n;
}

static int64_t status_changed_at(const Pod *p, const char *app, const char *suffix)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (str_format(&path, "rkt/status/%s%s", app, suffix) < 0)
		return 0;
	fd = open_stage1(p, path, O_PATH | O_NOFOLLOW);
	return fd < 0 || fstat(fd, &st) < 0 ? 0 : timestamp_of(st.st_mtim);
}

void pod_app_times(const Pod *p, const char *app, PodAppTimes *ret)
{
	*ret = (PodAppTimes){
		.created_at = status_changed_at(p, app, "-created"),
		.started_at = status_changed_at(p, app, "-started"),
		.finished_at = status_changed_at(p, app, ""),
	};
}

bool pod_app_memory_killed(const Pod *p, const char *app)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;

	if (!ac_name_valid(app) || str_format(&path, "rkt/memory-killed/%s", app) < 0)
		return false;
	fd = open_stage1(p, path, O_PATH | O_NOFOLLOW);
	return fd >= 0;
}

bool pod_is_ready(const Pod *p)
{
	_cleanup_close_ int fd = open_stage1(p, SUPERVISOR_FILE, O_PATH | O_NOFOLLOW);
	char target[SMALL_FILE];
	ssize_t n;

	if (fd < 0)
		return false;
	n = readlinkat(fd, "", target, sizeof target - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return streq(target, "ready");
}
