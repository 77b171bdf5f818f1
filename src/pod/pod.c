/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/pod.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include "base/duration.h"
#include "base/fd.h"
#include "base/monotonic.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "pod/pod-internal.h"

const char *pod_state_name(PodState state)
{
	static const char *const names[] = {
		[POD_EMBRYO] = "embryo",
		[POD_PREPARING] = "preparing",
		[POD_ABORTED_PREPARE] = "aborted prepare",
		[POD_PREPARED] = "prepared",
		[POD_RUNNING] = "running",
		[POD_DELETING] = "deleting",
		[POD_EXITED_DELETING] = "exited deleting",
		[POD_EXITED] = "exited",
		[POD_EXITED_GARBAGE] = "exited garbage",
		[POD_GARBAGE] = "garbage",
	};

	return names[state];
}

Pod *pod_free(Pod *p)
{
	if (!p)
		return NULL;
	(void)fd_close(p->fd);
	(void)fd_close(p->lock_fd);
	free(p->path);
	free(p);
	return NULL;
}

static Pod *pod_new(const char *uuid)
{
	Pod *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->fd = p->lock_fd = -1;
	memcpy(p->uuid, uuid, UUID_TEXT);
	return p;
}

static int set_place(const Pods *pods, Pod *p, PodDir dir, PodState state)
{
	char *path;

	if (str_format(&path, "%s/pods/%s/%s", pods->data_dir, pod_dirs[dir].name, p->uuid) < 0)
		return -ENOMEM;
	free(p->path);
	p->path = path;
	p->state = state;
	return 0;
}

/* Renames into the state directory to, which is only made when it turns out to be missing. */
static int move(const Pods *pods, Pod *p, PodDir from, PodDir to, Error *err)
{
	char source[POD_NAME_SIZE], target[POD_NAME_SIZE];
	int r;

	pod_name(from, p->uuid, source);
	pod_name(to, p->uuid, target);
	r = path_rename_new(pods->fd, source, pods->fd, target);
	if (r == -ENOENT) {
		if (mkdirat(pods->fd, pod_dirs[to].name, POD_DIR_MODE) < 0 && errno != EEXIST)
			return fail_errno(err, -errno, "create %s/pods/%s", pods->data_dir,
				pod_dirs[to].name);
		r = path_rename_new(pods->fd, source, pods->fd, target);
	}
	if (r < 0)
		return fail_errno(err, r, "move pod \"%s\" from %s to %s", p->uuid,
			pod_dirs[from].name, pod_dirs[to].name);
	return 0;
}

/* Nobody looks at a pod for so long who does not copy from it: so much time, and so many tries,
 * since on a busy machine most of the time passes while others run who look. */
#define LOOK_NS    (2 * NS_PER_SEC)
#define LOOK_TRIES 400

/* Exclusive lock on fd, without waiting for another exclusive holder. Those who look at a pod's
 * state hold a shared lock for some microseconds; they must not make anybody believe that the pod
 * is busy. */
static int lock_past_readers(int fd)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000};
	const int64_t end = monotonic_ns() + LOOK_NS;

	for (unsigned tries = 0; tries < LOOK_TRIES || monotonic_ns() < end; tries++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno != EINTR)
			return -errno;
		(void)flock(fd, LOCK_UN);
		(void)nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

/* Takes the lock that the pod will be known by, on an open file of its own. */
static int lock_new(Pod *p, const char *name, int pods_fd)
{
	p->fd = fd_open_dir(pods_fd, name);
	if (p->fd < 0)
		return p->fd;
	p->lock_fd = fd_open_dir(p->fd, ".");
	if (p->lock_fd < 0)
		return p->lock_fd;
	return lock_past_readers(p->lock_fd);
}

/* Those of gc too: it must be able to do its work on a disk that the pods have filled. */
static void make_first_dirs(const Pods *pods)
{
	static const PodDir dirs[] = {POD_DIR_EMBRYO, POD_DIR_EXITED_GARBAGE, POD_DIR_GARBAGE};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		(void)mkdirat(pods->fd, pod_dirs[dirs[i]].name, POD_DIR_MODE);
}

int pod_create(Pods *pods, Pod **ret, Error *err)
{
	_cleanup_pod_ Pod *p = NULL;
	char uuid[UUID_TEXT], name[POD_NAME_SIZE];
	int r;

	r = uuid_generate(uuid);
	if (r < 0)
		return fail_errno(err, r, "make a UUID");
	p = pod_new(uuid);
	if (!p || set_place(pods, p, POD_DIR_PREPARE, POD_PREPARING) < 0)
		return fail_oom(err);
	pod_name(POD_DIR_EMBRYO, uuid, name);
	r = mkdirat(pods->fd, name, POD_DIR_MODE) < 0 ? -errno : 0;
	if (r == -ENOENT) {
		make_first_dirs(pods);
		r = mkdirat(pods->fd, name, POD_DIR_MODE) < 0 ? -errno : 0;
	}
	if (r < 0)
		return fail_errno(err, r, "create %s/pods/%s", pods->data_dir, name);
	r = lock_new(p, name, pods->fd);
	if (r < 0)
		r = fail_errno(err, r, "lock pod \"%s\"", uuid);
	else
		r = move(pods, p, POD_DIR_EMBRYO, POD_DIR_PREPARE, err);
	if (r < 0) {
		(void)unlinkat(pods->fd, name, AT_REMOVEDIR);
		return r;
	}
	*ret = TAKE_PTR(p);
	return 0;
}

int pod_hold_ended(const Pod *p)
{
	_cleanup_close_ int fd = fd_open_dir(p->fd, ".");

	if (fd < 0)
		return fd;
	while (flock(fd, LOCK_SH | LOCK_NB) < 0)
		if (errno != EINTR)
			return -errno;
	return TAKE_FD(fd);
}

/* Whether somebody holds the exclusive lock. The look itself is a shared lock, held for as short as
 * can be. */
static int locked_exclusively(const Pod *p)
{
	while (flock(p->fd, LOCK_SH | LOCK_NB) < 0)
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? 1 : -errno;
	(void)flock(p->fd, LOCK_UN);
	return 0;
}

/* Whether a pod that was opened by this name still has it. Its UUID is in it, so that no other pod
 * can. Most have the file that is looked for; so when they were created is known as well, for lists
 * of many. */
static bool still_at(int pods_fd, const char *name, int64_t *ret_created)
{
	char path[POD_NAME_SIZE + sizeof "/" POD_CREATED_FILE];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/" POD_CREATED_FILE, name);
	*ret_created = 0;
	if (fstatat(pods_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return faccessat(pods_fd, name, F_OK, 0) == 0;
	*ret_created = timestamp_of(st.st_mtim);
	return true;
}

int pod_open_in(const Pods *pods, PodDir dir, const char *uuid, Pod **ret, Error *err)
{
	_cleanup_pod_ Pod *p = NULL;
	char name[POD_NAME_SIZE];
	int fd, locked = 0;

	if (pods->fd < 0)
		return -ENOENT;
	pod_name(dir, uuid, name);
	fd = openat(pods->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return fail_errno(err, -errno, "open %s/pods/%s", pods->data_dir, name);
	p = pod_new(uuid);
	if (!p) {
		(void)fd_close(fd);
		return fail_oom(err);
	}
	p->fd = fd;
	if (pod_dirs[dir].locked != pod_dirs[dir].unlocked)
		locked = locked_exclusively(p);
	/* What the lock said only counts if the pod was still here when it was asked. */
	if (!still_at(pods->fd, name, &p->created))
		return -ENOENT;
	if (locked < 0)
		return fail_errno(err, locked, "lock %s/pods/%s", pods->data_dir, name);
	if (set_place(pods, p, dir, locked ? pod_dirs[dir].locked : pod_dirs[dir].unlocked) < 0)
		return fail_oom(err);
	*ret = TAKE_PTR(p);
	return 0;
}

int pod_open(const Pods *pods, const char *uuid, Pod **ret, Error *err)
{
	int r;

	if (!uuid_valid(uuid))
		return fail(err, -EINVAL, "\"%s\" is not a valid UUID", uuid);
	/* Where most are; then from the first to the last, as it moves. */
	r = pod_open_in(pods, POD_DIR_RUN, uuid, ret, err);
	for (PodDir dir = 0; dir < POD_DIRS && r == -ENOENT; dir++)
		r = pod_open_in(pods, dir, uuid, ret, err);
	return r == -ENOENT ? fail(err, r, "pod \"%s\" was not present", uuid) : r;
}

static int lock_past_holders(int fd)
{
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int lock_by(const Pods *pods, Pod *p, int (*lock)(int fd), Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(p->fd, ".");
	char name[POD_NAME_SIZE];
	int r;

	/* A removed directory cannot be opened again. */
	if (fd == -ENOENT)
		return fail(err, -ENOENT, "pod \"%s\" was not present", p->uuid);
	if (fd < 0)
		return fail_errno(err, fd, "open pod \"%s\"", p->uuid);
	r = lock(fd);
	if (r == -EWOULDBLOCK)
		return r;
	if (r == -EBUSY)
		return fail(err, r, "pod \"%s\" is being copied from or exported", p->uuid);
	if (r < 0)
		return fail_errno(err, r, "lock pod \"%s\"", p->uuid);
	pod_name(pod_dir_of(p->state), p->uuid, name);
	if (!still_at(pods->fd, name, &p->created))
		return fail(err, -ENOENT, "pod \"%s\" is no longer in %s", p->uuid, p->path);
	p->lock_fd = TAKE_FD(fd);
	p->state = pod_dirs[pod_dir_of(p->state)].locked;
	return 0;
}

int pod_lock(const Pods *pods, Pod *p, Error *err)
{
	return lock_by(pods, p, lock_past_readers, err);
}

int pod_lock_ended(const Pods *pods, Pod *p, Error *err)
{
	return lock_by(pods, p, lock_past_holders, err);
}

void pod_unlock(Pod *p)
{
	p->lock_fd = fd_close(p->lock_fd);
	p->state = pod_dirs[pod_dir_of(p->state)].unlocked;
}

static int move_and_note(const Pods *pods, Pod *p, PodDir to, Error *err)
{
	int r = move(pods, p, pod_dir_of(p->state), to, err);

	if (r < 0)
		return r;
	r = set_place(pods, p, to, p->lock_fd >= 0 ? pod_dirs[to].locked : pod_dirs[to].unlocked);
	return r < 0 ? fail_oom(err) : 0;
}

int pod_move_to_prepared(const Pods *pods, Pod *p, Error *err)
{
	int r;

	if (syncfs(p->fd) < 0)
		return fail_errno(err, -errno, "sync pod \"%s\"", p->uuid);
	r = move_and_note(pods, p, POD_DIR_PREPARED, err);
	if (r < 0)
		return r;
	pod_unlock(p);
	return pod_dir_sync(pods, POD_DIR_PREPARED, err);
}

int pod_move_to_run(const Pods *pods, Pod *p, Error *err)
{
	if (p->lock_fd < 0)
		return fail(err, -ENOLCK, "pod \"%s\" cannot run: its lock is not held", p->uuid);
	return move_and_note(pods, p, POD_DIR_RUN, err);
}

int pod_move_to_garbage(const Pods *pods, Pod *p, bool sync, Error *err)
{
	PodDir from = pod_dir_of(p->state);
	PodDir to = from == POD_DIR_RUN ? POD_DIR_EXITED_GARBAGE : POD_DIR_GARBAGE;
	_cleanup_close_ int hold = from == POD_DIR_RUN ? pod_hold_ended(p) : -1;
	int r;

	if (hold == -EWOULDBLOCK)
		return hold;
	if (from == POD_DIR_RUN && hold < 0)
		return fail_errno(err, hold, "lock %s", p->path);
	r = move_and_note(pods, p, to, err);
	if (r < 0 || !sync)
		return r;
	return pod_dir_sync(pods, to, err);
}

int pod_delete(const Pods *pods, Pod *p, Error *err)
{
	/* What holds an app's files, and can therefore be in use or be unremovable. */
	static const char *const content[] = {"stage1", "overlay", "sharedVolumes"};
	char name[POD_NAME_SIZE];
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(content) && r == 0; i++)
		r = path_remove_tree(p->fd, content[i]);
	if (r == 0) {
		pod_name(pod_dir_of(p->state), p->uuid, name);
		r = path_remove_tree(pods->fd, name);
	}
	return r < 0 ? fail_errno(err, r, "remove %s", p->path) : 0;
}
