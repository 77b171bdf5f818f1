/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/choose-app.h"
#include "cli/pod-args.h"
#include "cli/pod-root.h"
#include "pod/user-range.h"
#include "store/tree-copy.h"

typedef struct CpOptions {
	const char *app;
} CpOptions;

static const Option rows[] = {
	{"app", OPTION_STRING, offsetof(CpOptions, app), NULL, "NAME",
		"app of the pod to copy from or to; not needed when there is only one"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* One side of the copy. */
typedef struct Side {
	const char *typed;
	const char *path; /* behind "POD:" */
	bool in_pod;
	int root;                /* of the app, which paths are resolved in; -1 on the host */
	int dir;                 /* the directory of what is meant ... */
	char name[NAME_MAX + 1]; /* ... and its name there, "" for the directory itself */
	bool is_dir;             /* it ends with a slash, "." or "..": a directory is meant */
	TreeIds ids;
	Pod *pod; /* one that has ended is kept until all is copied; NULL on the host */
} Side;

#define SIDE_INIT                                                                                  \
	{                                                                                          \
		.root = -1, .dir = -1                                                              \
	}

static void side_done(Side *s)
{
	(void)fd_close(s->root);
	(void)fd_close(s->dir);
	(void)pod_free(s->pod);
}

/* "POD:PATH", or a path of the host: one that is absolute or begins with "." is. */
static const char *path_in_pod(const char *word)
{
	const char *colon = strchr(word, ':'), *slash = strchr(word, '/');

	if (!colon || colon == word || word[0] == '.' || (slash && slash < colon))
		return NULL;
	return colon + 1;
}

static int open_directory(const Side *s, const char *path)
{
	int fd;

	if (s->in_pod)
		return path_open_in_root(s->root, path, O_PATH | O_DIRECTORY, 0);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int fail_side(const Side *s, int r, Error *err)
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
static int resolve(Side *s, Error *err)
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

/* Enters what was meant, which is a directory, following a link. The name stays. */
static int enter(Side *s, Error *err)
{
	int fd = open_directory(s, *s->path ? s->path : "/");

	if (fd < 0)
		return fail_side(s, fd, err);
	(void)fd_close(s->dir);
	s->dir = fd;
	return 0;
}

/* Where the copy goes: into a directory that is there, with the source's name; or by its own name.
 */
static int place(Side *to, const char *name, bool source_is_dir, Error *err)
{
	int there = open_directory(to, *to->path ? to->path : "/");

	if (there >= 0) {
		(void)fd_close(to->dir);
		to->dir = there;
		(void)snprintf(to->name, sizeof to->name, "%s", name);
		return 0;
	}
	/* Something else, or a new name. */
	if (there != -ENOENT && there != -ENOTDIR)
		return fail_side(to, there, err);
	if (to->is_dir && (there == -ENOTDIR || !source_is_dir))
		return fail_side(to, there, err);
	return 0;
}

static void say_passed_over(const char *path, const char *why)
{
	log_line(NULL, "passed over: %s is %s", path, why);
}

/* The content of a directory goes into one that is there or is made. */
static int enter_target(Side *to, Error *err)
{
	bool is_new = to->name[0] && mkdirat(to->dir, to->name, 0755) == 0;
	int r;

	if (to->name[0] && !is_new && errno != EEXIST)
		return fail_side(to, -errno, err);
	r = enter(to, err);
	if (r == 0 && is_new &&
		fchownat(to->dir, "", to->ids.first, to->ids.first, AT_EMPTY_PATH) < 0)
		r = fail_side(to, -errno, err);
	return r;
}

static int is_directory(const Side *s, bool *ret, Error *err)
{
	struct stat st;

	if (fstatat(s->dir, s->name, &st, s->name[0] ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH) < 0)
		return fail_side(s, -errno, err);
	*ret = S_ISDIR(st.st_mode) || s->is_dir;
	return 0;
}

/* Descriptors of O_PATH cannot be read. */
static int reopen(int fd)
{
	return fd_open_dir(fd, ".");
}

static int copy(Side *from, Side *to, Error *err)
{
	TreeCopy c = {.from_ids = from->ids, .to_ids = to->ids, .passed_over = say_passed_over};
	_cleanup_close_ int content = -1;
	bool directory = true;
	int r = resolve(from, err);

	if (r == 0)
		r = resolve(to, err);
	if (r == 0 && from->is_dir)
		r = enter(from, err);
	if (r == 0 && !from->is_dir)
		r = is_directory(from, &directory, err);
	if (r == 0)
		r = from->name[0] ? place(to, from->name, directory, err) : enter_target(to, err);
	if (r < 0)
		return r;
	c.harmless = from->in_pod;
	c.to = to->dir;
	c.from = from->dir;
	if (from->name[0]) {
		c.name = from->is_dir ? "." : from->name;
		c.as = to->name;
	} else {
		content = reopen(from->dir);
		if (content < 0)
			return fail_side(from, content, err);
		c.from = content;
	}
	r = tree_copy(&c, err);
	return r > 0 ? fail(err, -EINVAL, "nothing was copied") : r;
}

static int open_pod(const Invocation *inv, Side *side, bool write, Pods *pods, Error *err)
{
	Pod **pod = &side->pod;
	const char *word =
		arena_strndup(inv->arena, side->typed, (size_t)(side->path - side->typed) - 1);
	int r = word ? pod_open_among(inv, word, pods, pod, err) : fail_oom(err);

	if (r < 0 || (*pod)->state == POD_RUNNING)
		return r;
	/* Who collects pods waits for those who have this lock. */
	if (flock((*pod)->fd, LOCK_SH | LOCK_NB) < 0 ||
		((*pod)->state != POD_EXITED && (*pod)->state != POD_EXITED_GARBAGE))
		return fail(err, -EINVAL, "pod \"%s\" has not run yet, or is being removed",
			(*pod)->uuid);
	return write ? fail(err, -EROFS, "pod \"%s\" has ended: files can only be copied from it",
			       (*pod)->uuid)
		     : 0;
}

static int open_app(const Invocation *inv, Side *side, bool write, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	const CpOptions *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	const Pod *pod;
	UserRange users = {0};
	const char *app = NULL;
	int r = open_pod(inv, side, write, &pods, err);

	pod = side->pod;
	if (r == 0)
		r = pod_read_manifest(pod, &manifest, err);
	if (r == 0)
		r = choose_app(inv, manifest, options->app, &app, err);
	if (r == 0)
		r = user_range_read(pod, &users, err);
	if (r == 0)
		r = side->root = pod_root_open(pod, manifest, app, inv->arena, err);
	/* A copy of an image was seen with the pod's numbers, which it has on disk. */
	if (pod && (pod->state == POD_RUNNING || pod_has_overlay(pod)))
		side->ids = (TreeIds){users.first, users.n};
	return r < 0 ? r : 0;
}

static int check_sides(const Side *from, const Side *to, Error *err)
{
	if (streq(from->typed, "-") || streq(to->typed, "-")) {
		(void)fail(err, -EINVAL, "\"-\" is no path: stdin and stdout cannot be copied");
		error_hint(err, "\"./-\" is a file of that name");
		return -EINVAL;
	}
	if (from->in_pod == to->in_pod) {
		(void)fail(err, -EINVAL, "one of both must be POD:PATH, and the other a path here");
		return VERB_USAGE;
	}
	return 0;
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_(side_done) Side from = SIDE_INIT, to = SIDE_INIT;
	Side *sides[] = {&from, &to};
	int cwd, r;

	for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
		const char *path = path_in_pod(inv->args[i]);

		sides[i]->typed = inv->args[i];
		sides[i]->in_pod = path;
		sides[i]->path = path ? path : inv->args[i];
	}
	r = check_sides(&from, &to, err);
	if (r != 0)
		return r;
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = open_app(inv, from.in_pod ? &from : &to, to.in_pod, err);
	/* Paths of the host begin where the caller is. */
	if (r == 0 && (cwd < 0 || fchdir(cwd) < 0))
		r = fail_errno(err, -errno, "change back to the working directory");
	(void)fd_close(cwd);
	return r < 0 ? r : copy(&from, &to, err);
}

const Verb verb_cp = {
	.name = "cp",
	.synopsis = "[--app=NAME] POD:PATH PATH | PATH POD:PATH",
	.brief = "Copy files from or to an app of a pod",
	.description =
		"Copies a file, a directory with all that is in it, or a symbolic link as such, "
		"from "
		"an app's root filesystem to the host, or the other way, with modes, modification "
		"times and owners; those of a pod with users of its own are the pod's numbers on "
		"the "
		"host. The pod runs, or has run and is not collected yet: then files can only be "
		"copied from it, and its volumes are no longer there.\n\n"
		"Into a directory that is there the copy goes by its own name, otherwise it gets "
		"the "
		"name that was given. Behind a directory, \"/.\" means what is in it. Files that "
		"are "
		"in the way are replaced, directories are filled and keep their own attributes. "
		"PATH "
		"in the pod is resolved as the app would, from its \"/\". A path of the host that "
		"has a colon, or is \"-\", begins with \"/\" or \"./\".\n\n"
		"Devices, fifos, sockets and what is in /proc, /sys and their like is passed over, "
		"and said; it is an error where that is all that was to be copied. Extended "
		"attributes are not copied, hard links become files of their "
		"own, "
		"and from a pod set-user-ID and set-group-ID bits are left out. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(CpOptions),
	.min_args = 2,
	.missing = "SRC DST",
	.max_args = 2,
	.flags = VERB_ROOT,
	.run = run,
};
