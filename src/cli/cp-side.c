/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cp-side.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"

static const char *path_in_pod(const char *word)
{
	const char *colon = strchr(word, ':'), *slash = strchr(word, '/');

	if (!colon || colon == word || word[0] == '.' || (slash && slash < colon))
		return NULL;
	return colon + 1;
}

CpSide cp_side_of(const char *word)
{
	const char *path = path_in_pod(word);

	return (CpSide){
		.typed = word,
		.path = path ? path : word,
		.in_pod = path,
		.is_stream = streq(word, "-"),
		.root = -1,
		.dir = -1,
	};
}

void cp_side_done(CpSide *s)
{
	(void)fd_close(s->root);
	(void)fd_close(s->dir);
	(void)pod_free(s->pod);
}

static int open_directory(const CpSide *s, const char *path)
{
	int fd;

	if (s->in_pod)
		return path_open_in_root(s->root, path, O_PATH | O_DIRECTORY, 0);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_meant(const CpSide *s)
{
	return open_directory(s, *s->path ? s->path : "/");
}

static int fail_side(const CpSide *s, int r, Error *err)
{
	return fail_errno(err, r, "%s", s->typed);
}

/* Whether the last name of a path names nothing by itself. */
static bool is_dots(const char *name)
{
	return !*name || streq(name, ".") || streq(name, "..");
}

/* Opens the directory of what is meant, and finds its name there. A name may be followed by
 * slashes; the directory is then its own. */
static int resolve(CpSide *s, Error *err)
{
	_cleanup_free_ char *path = strdup(*s->path ? s->path : "/");
	size_t len = path ? strlen(path) : 0;
	const char *base;

	if (!path)
		return fail_oom(err);
	while (len > 1 && path[len - 1] == '/') {
		path[--len] = '\0';
		s->is_dir = true;
	}
	base = path_base(path);
	if (strlen(base) > NAME_MAX)
		return fail_side(s, -ENAMETOOLONG, err);
	if (is_dots(base)) {
		s->is_dir = true;
	} else {
		memcpy(s->name, base, strlen(base) + 1);
		path[base - path] = '\0';
	}
	s->dir = open_directory(s, *path ? path : ".");
	return s->dir < 0 ? fail_side(s, s->dir, err) : 0;
}

/* The name stays. */
int cp_side_enter(CpSide *s, Error *err)
{
	int fd = open_meant(s);

	if (fd < 0)
		return fail_side(s, fd, err);
	(void)fd_close(s->dir);
	s->dir = fd;
	s->entered = true;
	return 0;
}

int cp_side_find(CpSide *s, Error *err)
{
	struct stat st;
	int r = resolve(s, err);

	if (r < 0 || s->is_dir)
		return r < 0 ? r : cp_side_enter(s, err);
	if (fstatat(s->dir, s->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_side(s, -errno, err);
	s->is_dir = S_ISDIR(st.st_mode);
	return 0;
}

/* Devices, fifos and sockets are nothing that a copy replaces, and on the host neither is a link to
 * one, such as /dev/stdout. A link of the pod's is only read in the pod. */
static int check_replaceable(const CpSide *to, Error *err)
{
	struct stat st;

	if (fstatat(to->dir, to->name, &st, to->in_pod ? AT_SYMLINK_NOFOLLOW : 0) < 0 ||
		S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode))
		return 0;
	(void)fail(err, -EEXIST,
		"%s: \"%s\" is a device, a fifo or a socket, which a copy does not replace",
		to->typed, to->name);
	if (!to->in_pod)
		error_hint(err, "\"-\" in place of the path is a tar on stdout");
	return -EEXIST;
}

static int place(CpSide *to, const CpSide *from, Error *err)
{
	int there = open_meant(to);

	if (there >= 0) {
		(void)fd_close(to->dir);
		to->dir = there;
		(void)snprintf(to->name, sizeof to->name, "%s", from->name);
		return 0;
	}
	/* Something else, or a new name. */
	if (there != -ENOENT && there != -ENOTDIR)
		return fail_side(to, there, err);
	if (to->is_dir && (there == -ENOTDIR || !from->is_dir))
		return fail_side(to, there, err);
	return 0;
}

static int enter_or_make(CpSide *to, Error *err)
{
	bool is_new = to->name[0] && mkdirat(to->dir, to->name, 0755) == 0;
	int r;

	if (to->name[0] && !is_new && errno != EEXIST)
		return fail_side(to, -errno, err);
	r = cp_side_enter(to, err);
	if (r == 0 && is_new &&
		fchownat(to->dir, "", to->ids.first, to->ids.first, AT_EMPTY_PATH) < 0)
		r = fail_side(to, -errno, err);
	return r;
}

int cp_side_find_place(CpSide *to, const CpSide *from, Error *err)
{
	int r = resolve(to, err);

	if (r < 0)
		return r;
	if (!from->name[0])
		return enter_or_make(to, err);
	r = place(to, from, err);
	return r < 0 ? r : check_replaceable(to, err);
}
