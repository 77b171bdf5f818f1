/* SPDX-License-Identifier: Apache-2.0 */

/* The state directories: opening, listing and searching them. */

#include "pod/pod.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "pod/pod-internal.h"

const PodDirInfo pod_dirs[POD_DIRS] = {
	[POD_DIR_EMBRYO] = {"embryo", POD_EMBRYO, POD_EMBRYO},
	[POD_DIR_PREPARE] = {"prepare", POD_ABORTED_PREPARE, POD_PREPARING},
	[POD_DIR_PREPARED] = {"prepared", POD_PREPARED, POD_PREPARED},
	[POD_DIR_RUN] = {"run", POD_EXITED, POD_RUNNING},
	[POD_DIR_EXITED_GARBAGE] = {"exited-garbage", POD_EXITED_GARBAGE, POD_EXITED_DELETING},
	[POD_DIR_GARBAGE] = {"garbage", POD_GARBAGE, POD_DELETING},
};

PodDir pod_dir_of(PodState state)
{
	for (PodDir dir = 0; dir < POD_DIRS; dir++)
		if (pod_dirs[dir].unlocked == state || pod_dirs[dir].locked == state)
			return dir;
	return POD_DIR_GARBAGE;
}

void pod_name(PodDir dir, const char *uuid, char ret[static POD_NAME_SIZE])
{
	(void)snprintf(ret, POD_NAME_SIZE, "%s/%s", pod_dirs[dir].name, uuid);
}

void pods_say(const Pods *pods, PodStream stream, const char *fmt, ...)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(4096);
	va_list ap;

	if (!pods->listener.line)
		return;
	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	pods->listener.line(pods->listener.userdata, stream, strbuf_text(&text));
}

int pods_open(Pods *ret, const char *data_dir, bool create, Error *err)
{
	_cleanup_free_ char *absolute = NULL, *path = NULL;
	int fd, r;

	r = path_absolute(data_dir, &absolute);
	if (r < 0)
		return fail_errno(err, r, "data directory %s", data_dir);
	if (str_format(&path, "%s/pods", absolute) < 0)
		return fail_oom(err);
	fd = fd_open_dir(AT_FDCWD, path);
	if (fd == -ENOENT && create) {
		r = path_mkdir_parents(AT_FDCWD, path, POD_DIR_MODE);
		if (r < 0)
			return fail_errno(err, r, "create %s", path);
		fd = fd_open_dir(AT_FDCWD, path);
	}
	if (fd < 0 && (fd != -ENOENT || create))
		return fail_errno(err, fd, "open %s", path);
	*ret = (Pods){.data_dir = TAKE_PTR(absolute), .fd = MAX(fd, -1)};
	return 0;
}

void pods_done(Pods *p)
{
	free(p->data_dir);
	p->data_dir = NULL;
	p->fd = fd_close(p->fd);
}

int pod_dir_sync(const Pods *pods, PodDir dir, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(pods->fd, pod_dirs[dir].name);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fail_errno(err, fd, "open pods/%s", pod_dirs[dir].name);
	if (fsync(fd) < 0)
		return fail_errno(err, -errno, "sync pods/%s", pod_dirs[dir].name);
	return 0;
}

static bool is_pod(const Pods *pods, int dir_fd, const struct dirent *entry)
{
	struct stat st;
	bool directory = entry->d_type == DT_DIR;

	if (entry->d_type == DT_UNKNOWN) {
		if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return false;
		directory = S_ISDIR(st.st_mode);
	}
	if (!directory) {
		pods_say(pods, POD_STDERR, "unrecognized entry: \"%s\", ignoring", entry->d_name);
		return false;
	}
	if (!uuid_valid(entry->d_name)) {
		pods_say(pods, POD_STDERR, "skipping \"%s\": not a valid UUID", entry->d_name);
		return false;
	}
	return true;
}

static int list_add(char ***list, size_t *n, const char *uuid)
{
	/* Grows at powers of two, so that n alone says how much room there is. */
	if ((*n & (*n - 1)) == 0) {
		char **bigger = reallocarray(*list, *n ? *n * 2 : 1, sizeof *bigger);

		if (!bigger)
			return -ENOMEM;
		*list = bigger;
	}
	(*list)[*n] = strdup(uuid);
	if (!(*list)[*n])
		return -ENOMEM;
	(*n)++;
	return 0;
}

int pod_dir_scan(const Pods *pods, PodDir dir, char ***uuids, size_t *n, Error *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_closedir_ DIR *stream = NULL;
	const struct dirent *entry;

	if (pods->fd < 0)
		return 0;
	fd = fd_open_dir(pods->fd, pod_dirs[dir].name);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fail_errno(err, fd, "open pods/%s", pod_dirs[dir].name);
	stream = fd_opendir(fd);
	if (!stream)
		return fail_errno(err, -errno, "read pods/%s", pod_dirs[dir].name);
	while (errno = 0, (entry = readdir(stream))) {
		if (streq(entry->d_name, ".") || streq(entry->d_name, "..") ||
			!is_pod(pods, fd, entry))
			continue;
		if (list_add(uuids, n, entry->d_name) < 0)
			return fail_oom(err);
	}
	return errno ? fail_errno(err, -errno, "read pods/%s", pod_dirs[dir].name) : 0;
}

void pod_uuids_free(char **uuids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(uuids[i]);
	free(uuids);
}

static int compare_uuids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A pod that moves during the scan is met twice. */
static size_t drop_duplicates(char **uuids, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && streq(uuids[kept - 1], uuids[i]))
			free(uuids[i]);
		else
			uuids[kept++] = uuids[i];
	}
	return kept;
}

int pod_uuids(const Pods *pods, char ***ret, size_t *ret_n, Error *err)
{
	char **uuids = NULL;
	size_t n = 0;

	for (PodDir dir = POD_DIR_PREPARE; dir <= POD_DIR_EXITED_GARBAGE; dir++) {
		int r = pod_dir_scan(pods, dir, &uuids, &n, err);

		if (r < 0) {
			pod_uuids_free(uuids, n);
			return r;
		}
	}
	if (n > 0)
		qsort(uuids, n, sizeof *uuids, compare_uuids);
	*ret = uuids;
	*ret_n = drop_duplicates(uuids, n);
	return 0;
}

static bool pod_listed(const Pods *pods, const char *uuid)
{
	char name[POD_NAME_SIZE];

	for (PodDir dir = POD_DIR_PREPARE; dir <= POD_DIR_EXITED_GARBAGE; dir++) {
		pod_name(dir, uuid, name);
		if (faccessat(pods->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

/* Counts the pods whose UUID starts with prefix and copies the last of them. */
static int match_prefix(const Pods *pods, const char *prefix, char ret[static UUID_TEXT],
	size_t *ret_hits, Error *err)
{
	Pods quiet = {.data_dir = pods->data_dir, .fd = pods->fd};
	char **uuids;
	size_t n, hits = 0;
	int r;

	r = pod_uuids(&quiet, &uuids, &n, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (!startswith(uuids[i], prefix))
			continue;
		memcpy(ret, uuids[i], UUID_TEXT);
		hits++;
	}
	pod_uuids_free(uuids, n);
	*ret_hits = hits;
	return 0;
}

int pod_resolve(const Pods *pods, const char *typed, char ret[static UUID_TEXT], Error *err)
{
	char lower[UUID_TEXT], found[UUID_TEXT];
	size_t len = strlen(typed), hits = 0;
	int r;

	if (len == 0)
		return fail(err, -EINVAL, "UUID cannot be empty");
	r = pod_find_name(pods, typed, ret, err);
	if (r != -ENOENT)
		return r;
	if (len >= sizeof lower)
		return fail(err, -ENOENT, "no matches found for \"%s\"", typed);
	for (size_t i = 0; i <= len; i++)
		lower[i] = (char)tolower((unsigned char)typed[i]);
	if (uuid_valid(lower) && pods->fd >= 0 && pod_listed(pods, lower)) {
		memcpy(ret, lower, UUID_TEXT);
		return 0;
	}
	r = match_prefix(pods, lower, found, &hits, err);
	if (r < 0)
		return r;
	if (hits == 0)
		return fail(err, -ENOENT, "no matches found for \"%s\"", typed);
	if (hits > 1)
		return fail(err, -ENOTUNIQ, "ambiguous uuid, %zu matches", hits);
	memcpy(ret, found, UUID_TEXT);
	return 0;
}
