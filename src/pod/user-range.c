/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/user-range.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include "base/fd.h"
#include "base/number.h"
#include "pod/pod-internal.h"

#define TEXT_MAX 32

int user_range_parse(const char *text, UserRange *ret)
{
	char first[TEXT_MAX], n[TEXT_MAX];
	size_t first_len = strcspn(text, ":");
	const char *rest = text + first_len + 1;
	uint64_t first_id, n_ids;
	size_t n_len;

	if (text[first_len] == '\0' || first_len >= sizeof first)
		return -EINVAL;
	n_len = strcspn(rest, "\n");
	if (n_len >= sizeof n || (rest[n_len] && rest[n_len + 1]))
		return -EINVAL;
	memcpy(first, text, first_len);
	first[first_len] = '\0';
	memcpy(n, rest, n_len);
	n[n_len] = '\0';
	/* The last number stands for "nobody" in system calls. */
	if (number_parse_u64(first, UINT32_MAX, &first_id) < 0 ||
		number_parse_u64(n, UINT32_MAX, &n_ids) < 0 || n_ids == 0 ||
		first_id + n_ids > UINT32_MAX)
		return -EINVAL;
	*ret = (UserRange){(uint32_t)first_id, (uint32_t)n_ids};
	return 0;
}

/* Reads the file at path below dirfd. -ENOENT without error text. */
static int read_range(int dirfd, const char *path, UserRange *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = fd_read_file(dirfd, path, TEXT_MAX, &text, NULL, err);

	if (r < 0)
		return r;
	r = user_range_parse(text, ret);
	return r < 0 ? fail(err, r, "%s: \"%s\" is no range of users", path, text) : 0;
}

/* The multiples of USER_RANGE_SIZE that are taken. */
typedef struct Taken {
	bool at[USER_RANGE_LAST + 1];
} Taken;

static void take(Taken *taken, UserRange range)
{
	uint64_t end = (uint64_t)range.first + range.n;

	for (uint64_t i = range.first / USER_RANGE_SIZE;
		i * USER_RANGE_SIZE < end && i <= USER_RANGE_LAST; i++)
		taken->at[i] = true;
}

/* Pods only move on, in the order of the directories: none is missed. A file that cannot be read is
 * a pod's that is coming or going, or has no range that it could use. */
static int take_of_pods(const Pods *pods, PodDir dir, Taken *taken, Error *err)
{
	char **uuids = NULL;
	size_t n = 0;
	int r = pod_dir_scan(pods, dir, &uuids, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		char pod[POD_NAME_SIZE], path[POD_NAME_SIZE + sizeof USER_RANGE_FILE + 1];
		UserRange range;

		pod_name(dir, uuids[i], pod);
		(void)snprintf(path, sizeof path, "%s/" USER_RANGE_FILE, pod);
		if (read_range(pods->fd, path, &range, NULL) == 0)
			take(taken, range);
	}
	pod_uuids_free(uuids, n);
	return r;
}

int user_range_find_free(const Pods *pods, UserRange *ret, Error *err)
{
	_cleanup_free_ Taken *taken = calloc(1, sizeof *taken);
	uint32_t start;

	if (!taken)
		return fail_oom(err);
	for (PodDir dir = 0; pods->fd >= 0 && dir < POD_DIRS; dir++) {
		int r = take_of_pods(pods, dir, taken, err);

		if (r < 0)
			return r;
	}
	if (getrandom(&start, sizeof start, 0) != sizeof start)
		return fail_errno(err, -errno, "choose a range of users");
	for (uint32_t i = 0; i < USER_RANGE_LAST; i++) {
		uint32_t at = 1 + (start + i) % USER_RANGE_LAST;

		if (taken->at[at])
			continue;
		*ret = (UserRange){at * USER_RANGE_SIZE, USER_RANGE_SIZE};
		return 0;
	}
	return fail(err, -EUSERS, "all ranges of users are taken by other pods (try rkt gc)");
}

static int write_range(const Pod *pod, UserRange range, Error *err)
{
	char text[TEXT_MAX];
	int len = snprintf(text, sizeof text, "%u:%u", range.first, range.n);

	return fd_write_file(pod->fd, USER_RANGE_FILE, 0644, text, (size_t)len, err);
}

int user_range_assign(const Pods *pods, const Pod *pod, UserRange *ret, Error *err)
{
	/* Among those who choose, one after the other. */
	_cleanup_close_ int lock = fd_open_dir(pods->fd, ".");
	UserRange range;
	int r;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return fail_errno(err, lock < 0 ? lock : -errno, "lock %s/pods", pods->data_dir);
	r = user_range_find_free(pods, &range, err);
	if (r == 0)
		r = write_range(pod, range, err);
	if (r == 0)
		*ret = range;
	return r;
}

int user_range_read(const Pod *pod, UserRange *ret, Error *err)
{
	int r = read_range(pod->fd, USER_RANGE_FILE, ret, err);

	if (r != -ENOENT)
		return r < 0 ? wrap(err, r, "pod \"%s\"", pod->uuid) : 0;
	error_clear(err);
	*ret = (UserRange){0};
	return 0;
}
