/* SPDX-License-Identifier: Apache-2.0 */

/* Names that users give to pods. A name is a file in the pod's directory and nowhere else, so it
 * goes where the pod goes and ends with it; that no two pods have the same one is seen to by giving
 * names under a lock. */

#include "pod/pod.h"

#include "base/fd.h"
#include "base/lock.h"
#include "base/strbuf.h"
#include "pod/pod-internal.h"
#include "spec/ac-types.h"

#define NAME_FILE "name"

/* All that UUIDs consist of. */
#define UUID_CHARACTERS "0123456789abcdef-"

static bool name_valid(const char *name)
{
	return strlen(name) <= POD_NAME_MAX && ac_name_valid(name) &&
	       name[strspn(name, UUID_CHARACTERS)] != '\0';
}

int pod_name_check(const char *name, Error *err)
{
	if (name_valid(name))
		return 0;
	if (strlen(name) <= POD_NAME_MAX && ac_name_valid(name))
		return fail(err, -EINVAL,
			"\"%s\" is not a pod name: it could be the beginning of a UUID: a letter "
			"from "
			"g to z makes it a name",
			name);
	return fail(err, -EINVAL,
		"\"%s\" is not a pod name: lower-case letters, digits and \"-\" between them, %d "
		"at most, with a letter from g to z among them",
		name, POD_NAME_MAX);
}

/* What the file says. One that was cut off when its writer was killed says nothing. */
static int read_name(int dir_fd, const char *path, char **ret)
{
	_cleanup_free_ char *name = NULL;
	int r = fd_read_file(dir_fd, path, POD_NAME_MAX, &name, NULL, NULL);

	if (r < 0)
		return r;
	*ret = name_valid(name) ? TAKE_PTR(name) : NULL;
	return 0;
}

int pod_read_name(const Pod *p, char **ret)
{
	int r = read_name(p->fd, NAME_FILE, ret);

	if (r == -ENOENT)
		*ret = NULL;
	return r == -ENOENT ? 0 : r;
}

/* Whether the pod has the name. It only moves on to later directories meanwhile. */
static bool is_called(const Pods *pods, const char *uuid, const char *name)
{
	for (PodDir dir = POD_DIR_PREPARE; dir <= POD_DIR_EXITED_GARBAGE; dir++) {
		_cleanup_free_ char *path = NULL, *found = NULL;
		char place[POD_NAME_SIZE];

		pod_name(dir, uuid, place);
		if (str_format(&path, "%s/" NAME_FILE, place) < 0)
			return false;
		if (read_name(pods->fd, path, &found) == 0)
			return found && streq(found, name);
	}
	return false;
}

int pod_find_name(const Pods *pods, const char *name, char ret[static UUID_TEXT], Error *err)
{
	Pods quiet = {.data_dir = pods->data_dir, .fd = pods->fd};
	char **uuids;
	size_t n;
	int r;

	if (!name_valid(name))
		return -ENOENT;
	r = pod_uuids(&quiet, &uuids, &n, err);
	if (r < 0)
		return r;
	r = -ENOENT;
	for (size_t i = 0; i < n && r < 0; i++) {
		if (!is_called(pods, uuids[i], name))
			continue;
		memcpy(ret, uuids[i], UUID_TEXT);
		r = 0;
	}
	pod_uuids_free(uuids, n);
	return r;
}

int pod_set_name(const Pods *pods, const Pod *p, const char *name, Error *err)
{
	_cleanup_close_ int lock = -1;
	char owner[UUID_TEXT];
	int r = pod_name_check(name, err);

	if (r < 0)
		return r;
	lock = lock_dir(pods->fd, ".", LOCK_MODE_EXCLUSIVE, true, err);
	if (lock < 0)
		return wrap(err, lock, "cannot lock %s/pods", pods->data_dir);
	r = pod_find_name(pods, name, owner, err);
	if (r == 0 && !streq(owner, p->uuid))
		return fail(err, -EEXIST, "pod \"%s\" is called \"%s\" already", owner, name);
	if (r < 0 && r != -ENOENT)
		return r;
	return fd_write_file(p->fd, NAME_FILE, POD_MANIFEST_MODE, name, strlen(name), err);
}
