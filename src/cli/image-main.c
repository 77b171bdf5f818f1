/* SPDX-License-Identifier: Apache-2.0 */
/* rkt-image: what verbs of rkt do with stored images that needs more libraries than the start of a
 * pod. rkt starts it, with whole image IDs. Results go to stdout, everything else to stderr. */
#include <getopt.h>
#include <signal.h>
#include "base/log.h"
#include "cli/rights.h"
#include "image/export.h"
#include "image/extract.h"
#include "image/target.h"

#define EXIT_FAILED 254

typedef struct Options {
	const char *data_dir;
	bool overwrite, rootfs_only;
	char *const *words; /* behind the verb */
	int n_words;
} Options;

enum {
	OPTION_DIR = 1,
	OPTION_DEBUG,
	OPTION_COMPONENT,
	OPTION_OVERWRITE,
	OPTION_ROOTFS_ONLY,
};

static const struct option long_options[] = {
	{"dir", required_argument, NULL, OPTION_DIR},
	{"debug", no_argument, NULL, OPTION_DEBUG},
	{"component", required_argument, NULL, OPTION_COMPONENT},
	{"overwrite", no_argument, NULL, OPTION_OVERWRITE},
	{"rootfs-only", no_argument, NULL, OPTION_ROOTFS_ONLY},
	{0},
};

static int not_alone(Error *err)
{
	return fail(err, -EINVAL, "this program is a part of rkt: use \"rkt image\"");
}

static int parse_options(Options *o, int argc, char **argv, Error *err)
{
	int option;

	/* "+": what stands behind the verb is never an option. */
	while ((option = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_DIR: o->data_dir = optarg; break;
		case OPTION_DEBUG: log_set_debug(true); break;
		case OPTION_COMPONENT: log_set_component(optarg); break;
		case OPTION_OVERWRITE: o->overwrite = true; break;
		case OPTION_ROOTFS_ONLY: o->rootfs_only = true; break;
		default: return not_alone(err);
		}
	}
	return o->data_dir && optind < argc ? 0 : not_alone(err);
}

static int open_image(const Options *o, Store *s, Image **ret, Error *err)
{
	int r = image_load(s, o->words[0], ret, err);

	if (r == 0)
		image_touch(s, o->words[0]);
	return r;
}

static int extract_to(const Options *o, Store *s, bool whole, Error *err)
{
	const ExtractOptions options = {.rootfs_only = o->rootfs_only, .whole = whole};
	_cleanup_target_ Target target = TARGET_INIT;
	_cleanup_image_ Image *image = NULL;
	int r = open_image(o, s, &image, err);

	if (r == 0)
		r = target_make_dir(&target, o->words[1], o->overwrite, o->data_dir, err);
	if (r == 0)
		r = image_extract(s, image, target.fd, &options, err);
	return r < 0 ? r : target_publish(&target, err);
}

static int extract(const Options *o, Store *s, Error *err)
{
	return extract_to(o, s, false, err);
}

static int render(const Options *o, Store *s, Error *err)
{
	return extract_to(o, s, true, err);
}

static int export(const Options *o, Store *s, Error *err)
{
	_cleanup_target_ Target target = TARGET_INIT;
	_cleanup_image_ Image *image = NULL;
	int r = open_image(o, s, &image, err);

	if (r == 0)
		r = target_make_file(&target, o->words[1], o->overwrite, err);
	if (r == 0)
		r = image_export(s, image, target.fd, err);
	return r < 0 ? r : target_publish(&target, err);
}

static const struct {
	const char *name;
	int n_words;
	int (*run)(const Options *o, Store *s, Error *err);
} verbs[] = {
	{"export", 2, export},
	{"extract", 2, extract},
	{"render", 2, render},
};

static int run(Options *o, const char *verb, Error *err)
{
	_cleanup_store_ Store store = STORE_INIT;
	int r = store_open(&store, o->data_dir, false, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (streq(verbs[i].name, verb) && verbs[i].n_words == o->n_words)
			return verbs[i].run(o, &store, err);
	return not_alone(err);
}

int main(int argc, char **argv)
{
	Options o = {.data_dir = NULL};
	Error err = ERROR_INIT;
	int r;

	log_set_component("image");
	opterr = 0;
	(void)signal(SIGPIPE, SIG_IGN);
	r = parse_options(&o, argc, argv, &err);
	if (r == 0) {
		o.words = argv + optind + 1;
		o.n_words = argc - optind - 1;
		r = run(&o, argv[optind], &err);
	}
	if (r < 0 && o.data_dir)
		rights_hint(o.data_dir, &err);
	if (r == 0)
		return 0;
	log_error(&err);
	return EXIT_FAILED;
}
