/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/file.h>
#include "base/path.h"
#include "base/strbuf.h"
#include "cli/choose-app.h"
#include "cli/fetch.h"
#include "cli/image-program.h"
#include "cli/pod-args.h"
#include "cli/pod-root.h"
#include "pod/user-range.h"

typedef struct ExportOptions {
	const char *app;
	bool overwrite;
} ExportOptions;

#define AT(member) offsetof(ExportOptions, member)

static const Option rows[] = {
	{"app", OPTION_STRING, AT(app), NULL, "NAME",
		"app of the pod to export; not needed when there is only one"},
	{"overwrite", OPTION_BOOL, AT(overwrite), "false", NULL, "replace the output file"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* What rkt-image is told. */
typedef struct Words {
	const Invocation *inv;
	StrList list;
	bool failed;
} Words;

static void add(Words *w, const char *word)
{
	const char *copy = arena_strdup(w->inv->arena, word);

	if (!copy || str_list_add(&w->list, copy, w->inv->arena) < 0)
		w->failed = true;
}

/* Files that a pod with users of its own has made belong to these; those of a copy do not, since it
 * was seen with their numbers. */
static int read_ids(const Pod *pod, TreeIds *ret, Error *err)
{
	UserRange users = {0};
	int r = user_range_read(pod, &users, err);

	if (r == 0 && pod_has_overlay(pod))
		*ret = (TreeIds){users.first, users.n};
	return r;
}

static int make_words(Words *w, const Pod *pod, const RuntimeApp *app, Error *err)
{
	const ExportOptions *options = w->inv->options;
	_cleanup_free_ char *output = NULL, *manifest = NULL;
	int r = path_absolute(w->inv->args[1], &output);

	if (r < 0)
		return fail_errno(err, r, "%s", w->inv->args[1]);
	if (str_format(&manifest, "appsinfo/%s/manifest", app->name) < 0)
		return fail_oom(err);
	if (options->overwrite)
		add(w, "--overwrite");
	add(w, output);
	add(w, manifest);
	r = pod_root_dirs(pod, app, w->inv->arena, &w->list, err);
	return r == 0 && w->failed ? fail_oom(err) : r;
}

static int export(const Invocation *inv, const Pods *pods, const Pod *pod, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	const ExportOptions *options = inv->options;
	Words words = {.inv = inv};
	ImageCall call = {.verb = "export-root",
		.data_dir = pods->data_dir,
		.words = &words.list,
		.in = -1,
		.out = -1};
	const char *name = NULL;
	size_t i = 0;
	int r = pod_read_manifest(pod, &manifest, err);

	if (r == 0)
		r = choose_app(inv, manifest, options->app, &name, err);
	if (r == 0)
		r = pod_root_check_flavor(pod, err);
	if (r < 0)
		return r;
	while (!streq(manifest->apps[i].name, name))
		i++;
	r = read_ids(pod, &call.ids, err);
	if (r == 0)
		r = make_words(&words, pod, &manifest->apps[i], err);
	return r < 0 ? r : image_program_call(inv, &call, err);
}

static int check_extension(const char *path, Error *err)
{
	const char *dot = strrchr(path_base(path), '.');

	if (dot && streq(dot, ".aci"))
		return 0;
	return fail(err, -EINVAL, "extension must be .aci (given %s)", path);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = check_extension(inv->args[1], err);

	if (r == 0)
		r = pod_open_among(inv, inv->args[0], &pods, &pod, err);
	if (r < 0)
		return r;
	/* Who collects pods leaves those alone that somebody has this lock of. */
	if (flock(pod->fd, LOCK_SH | LOCK_NB) < 0 ||
		(pod->state != POD_EXITED && pod->state != POD_EXITED_GARBAGE))
		return fail(err, -EINVAL, "pod is not exited. Only exited pods can be exported");
	return export(inv, &pods, pod, err);
}

const Verb verb_export = {
	.name = "export",
	.synopsis = "[OPTIONS] UUID OUTPUT_ACI_FILE",
	.brief = "Export an app of an exited pod to an ACI file",
	.description =
		"Writes the root filesystem of an app, as the pod has left it, and the "
		"manifest of its image to a file: an ACI, compressed by gzip. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(ExportOptions),
	.min_args = 2,
	.missing = "UUID OUTPUT_ACI_FILE",
	.max_args = 2,
	.flags = VERB_ROOT,
	.run = run,
};
