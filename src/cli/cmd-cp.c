/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/log.h"
#include "cli/choose-app.h"
#include "cli/cp-side.h"
#include "cli/image-program.h"
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

static void say_passed_over(const char *path, const char *why)
{
	log_line(NULL, "passed over: %s is %s", path, why);
}

static int copy(CpSide *from, CpSide *to, Error *err)
{
	TreeCopy c = {.from_ids = from->ids, .to_ids = to->ids, .passed_over = say_passed_over};
	_cleanup_close_ int content = -1;
	int r = cp_side_find(from, err);

	if (r == 0)
		r = cp_side_find_place(to, from, err);
	if (r < 0)
		return r;
	c.harmless = from->in_pod;
	c.to = to->dir;
	c.from = from->dir;
	if (from->name[0]) {
		c.name = from->entered ? "." : from->name;
		c.as = to->name;
	} else {
		/* Descriptors of O_PATH cannot be read. */
		content = fd_open_dir(from->dir, ".");
		if (content < 0)
			return fail_errno(err, content, "%s", from->typed);
		c.from = content;
	}
	r = tree_copy(&c, err);
	return r > 0 ? fail(err, -EINVAL, "nothing was copied") : r;
}

/* The directory is the standard input of rkt-image, or its standard output. */
static int copy_to_stdout(const Invocation *inv, CpSide *from, const char *data_dir, Error *err)
{
	const char *words[3] = {"--"};
	const StrList list = {words, ARRAY_LEN(words)};
	ImageCall call = {
		.verb = "pack", .data_dir = data_dir, .words = &list, .ids = from->ids, .out = -1};
	int r = cp_side_find(from, err);

	if (r < 0)
		return r;
	words[1] = from->entered ? "." : from->name;
	words[2] = from->name[0] ? from->name : ".";
	call.in = from->dir;
	return image_program_call(inv, &call, err);
}

static int copy_from_stdin(const Invocation *inv, CpSide *to, const char *data_dir, Error *err)
{
	const StrList none = {NULL, 0};
	ImageCall call = {
		.verb = "unpack", .data_dir = data_dir, .words = &none, .ids = to->ids, .in = -1};
	int r = cp_side_enter(to, err);

	if (r < 0)
		return r;
	call.out = to->dir;
	return image_program_call(inv, &call, err);
}

static int open_pod(const Invocation *inv, CpSide *side, bool write, Pods *pods, Error *err)
{
	Pod **pod = &side->pod;
	const char *word =
		arena_strndup(inv->arena, side->typed, (size_t)(side->path - side->typed) - 1);
	int r = word ? pod_open_among(inv, word, pods, pod, err) : fail_oom(err);

	if (r < 0 || (*pod)->state == POD_RUNNING)
		return r;
	/* Who collects pods leaves those alone that somebody has this lock of. */
	if (flock((*pod)->fd, LOCK_SH | LOCK_NB) < 0 ||
		((*pod)->state != POD_EXITED && (*pod)->state != POD_EXITED_GARBAGE))
		return fail(err, -EINVAL, "pod \"%s\" has not run yet, or is being removed",
			(*pod)->uuid);
	return write ? fail(err, -EROFS, "pod \"%s\" has ended: files can only be copied from it",
			       (*pod)->uuid)
		     : 0;
}

static int open_app(const Invocation *inv, CpSide *side, bool write, Pods *pods, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	const CpOptions *options = inv->options;
	const Pod *pod;
	UserRange users = {0};
	const char *app = NULL;
	int r = open_pod(inv, side, write, pods, err);

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

/* A tar is for programs. */
static int check_stream(const CpSide *s, int fd, Error *err)
{
	if (!s->is_stream || !isatty(fd))
		return 0;
	(void)fail(err, -EINVAL, "\"-\" is a tar, and %s is a terminal",
		fd == STDIN_FILENO ? "stdin" : "stdout");
	error_hint(err, "redirect it; \"./-\" is a file of that name");
	return -EINVAL;
}

static int check_sides(const CpSide *from, const CpSide *to, Error *err)
{
	int r;

	if (from->in_pod == to->in_pod) {
		(void)fail(err, -EINVAL,
			"one of both must be POD:PATH, and the other a path here or \"-\"");
		return VERB_USAGE;
	}
	r = check_stream(from, STDIN_FILENO, err);
	return r < 0 ? r : check_stream(to, STDOUT_FILENO, err);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_(cp_side_done) CpSide from = cp_side_of(inv->args[0]);
	_cleanup_(cp_side_done) CpSide to = cp_side_of(inv->args[1]);
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_close_ int cwd = -1;
	int r = check_sides(&from, &to, err);

	if (r != 0)
		return r;
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = open_app(inv, from.in_pod ? &from : &to, to.in_pod, &pods, err);
	/* Paths of the host begin where the caller is. */
	if (r == 0 && (cwd < 0 || fchdir(cwd) < 0))
		r = fail_errno(err, -errno, "change back to the working directory");
	if (r < 0)
		return r;
	if (from.is_stream)
		return copy_from_stdin(inv, &to, pods.data_dir, err);
	if (to.is_stream)
		return copy_to_stdout(inv, &from, pods.data_dir, err);
	return copy(&from, &to, err);
}

const Verb verb_cp = {
	.name = "cp",
	.synopsis = "[--app=NAME] POD:PATH PATH|- | PATH|- POD:PATH",
	.brief = "Copy files from or to an app of a pod",
	.description =
		"Copies a file, a directory with all that is in it, or a symbolic link as such, "
		"from an app's root filesystem to the host, or the other way, with modes, "
		"modification times, extended attributes of users (\"user.\") where the filesystem "
		"has them, and owners; those of a pod with users of its own are the pod's numbers "
		"on the host. Hard links among what is copied stay such. The pod runs, or has run "
		"and is not collected yet: then files can only be copied from it, and its volumes "
		"are no longer there.\n\n"
		"Into a directory that is there the copy goes by its own name, otherwise it gets "
		"the name that was given. Behind a directory, \"/.\" means what is in it. Files "
		"that are in the way are replaced, directories are filled and keep their own "
		"attributes; where a device, a fifo or a socket is, or on the host a link to one, "
		"nothing is copied. PATH in the pod is resolved as the app would, from its \"/\". "
		"A path of the host that has a colon, or is \"-\", begins with \"/\" or "
		"\"./\".\n\n"
		"In place of a path of the host, \"-\" is a tar: \"POD:PATH -\" writes one to "
		"stdout, with the names that a copy into a directory would get, and \"- POD:PATH\" "
		"unpacks the one that comes by stdin, compressed or not, in a directory that is "
		"there. What is unpacked stays in that directory: names that are absolute or have "
		"\"..\" are refused, and so is what lies below a symbolic link. A tar that is cut "
		"off is an error; what came before that has been copied. Where copying to stdout "
		"fails, the tar has no end.\n\n"
		"Devices, fifos, sockets and what is in /proc, /sys and their like is passed over, "
		"and said; it is an error where that is all that was to be copied. Other extended "
		"attributes (capabilities, ACLs) are not copied, and from a pod set-user-ID and "
		"set-group-ID bits are left out. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(CpOptions),
	.min_args = 2,
	.missing = "SRC DST",
	.max_args = 2,
	.flags = VERB_ROOT,
	.run = run,
};
