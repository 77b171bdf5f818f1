/* SPDX-License-Identifier: Apache-2.0 */
/* rkt-image: what verbs of rkt do with stored images that needs more libraries than the start of a
 * pod. rkt starts it, with whole image IDs. Results go to stdout, everything else to stderr. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "base/fd-limit.h"
#include "base/log.h"
#include "base/number.h"
#include "cli/fetching.h"
#include "cli/insecure.h"
#include "cli/rights.h"
#include "cli/settle-behind.h"
#include "cli/turn-over.h"
#include "image/export.h"
#include "image/extract.h"
#include "image/import.h"
#include "image/pod-tar.h"
#include "image/target.h"
#include "image/verify.h"
#include "store/settle.h"

#define EXIT_FAILED 254

typedef struct Options {
	const char *data_dir;
	ConfigDirs config;
	unsigned insecure;
	bool overwrite, rootfs_only, repair, keep_archives;
	ImportSpec import;
	TreeIds ids;
	Arena arena;        /* of the lists of that */
	char *const *words; /* behind the verb */
	int n_words;
} Options;

enum {
	OPTION_DIR = 1,
	OPTION_DEBUG,
	OPTION_COMPONENT,
	OPTION_OVERWRITE,
	OPTION_ROOTFS_ONLY,
	OPTION_REPAIR,
	OPTION_KEEP_ARCHIVES,
	OPTION_EXEC,
	OPTION_USER,
	OPTION_GROUP,
	OPTION_WORKING_DIR,
	OPTION_ENVIRONMENT,
	OPTION_FIRST_ID,
	OPTION_N_IDS,
	OPTION_INSECURE,
	OPTION_SYSTEM_CONFIG,
	OPTION_LOCAL_CONFIG,
	OPTION_USER_CONFIG,
	OPTION_UNUSED, /* no keys are fetched here */
};

static const struct option long_options[] = {
	{"dir", required_argument, NULL, OPTION_DIR},
	{"debug", no_argument, NULL, OPTION_DEBUG},
	{"component", required_argument, NULL, OPTION_COMPONENT},
	{"overwrite", no_argument, NULL, OPTION_OVERWRITE},
	{"rootfs-only", no_argument, NULL, OPTION_ROOTFS_ONLY},
	{"repair", no_argument, NULL, OPTION_REPAIR},
	{"keep-archives", no_argument, NULL, OPTION_KEEP_ARCHIVES},
	{"exec", required_argument, NULL, OPTION_EXEC},
	{"user", required_argument, NULL, OPTION_USER},
	{"group", required_argument, NULL, OPTION_GROUP},
	{"working-dir", required_argument, NULL, OPTION_WORKING_DIR},
	{"environment", required_argument, NULL, OPTION_ENVIRONMENT},
	{"first-id", required_argument, NULL, OPTION_FIRST_ID},
	{"n-ids", required_argument, NULL, OPTION_N_IDS},
	{"insecure-options", required_argument, NULL, OPTION_INSECURE},
	{"system-config", required_argument, NULL, OPTION_SYSTEM_CONFIG},
	{"local-config", required_argument, NULL, OPTION_LOCAL_CONFIG},
	{"user-config", required_argument, NULL, OPTION_USER_CONFIG},
	{"trust-keys-from-https", no_argument, NULL, OPTION_UNUSED},
	{0},
};

static int not_alone(Error *err)
{
	return fail(err, -EINVAL, "this program is a part of rkt: use \"rkt image\"");
}

static int add_word(Options *o, StrList *list, const char *word, Error *err)
{
	return str_list_add(list, word, &o->arena) < 0 ? fail_oom(err) : 0;
}

static int parse_id(uint32_t *ret, Error *err)
{
	uint64_t number;

	if (number_parse_u64(optarg, UINT32_MAX, &number) < 0)
		return not_alone(err);
	*ret = (uint32_t)number;
	return 0;
}

static int parse_option(Options *o, int option, Error *err)
{
	switch (option) {
	case OPTION_DIR: o->data_dir = optarg; return 0;
	case OPTION_DEBUG: log_set_debug(true); return 0;
	case OPTION_COMPONENT: log_set_component(optarg); return 0;
	case OPTION_OVERWRITE: o->overwrite = true; return 0;
	case OPTION_ROOTFS_ONLY: o->rootfs_only = true; return 0;
	case OPTION_REPAIR: o->repair = true; return 0;
	case OPTION_KEEP_ARCHIVES: o->keep_archives = true; return 0;
	case OPTION_EXEC: o->import.exec = optarg; return 0;
	case OPTION_USER: o->import.user = optarg; return 0;
	case OPTION_GROUP: o->import.group = optarg; return 0;
	case OPTION_WORKING_DIR: o->import.working_dir = optarg; return 0;
	case OPTION_ENVIRONMENT: return add_word(o, &o->import.environment, optarg, err);
	case OPTION_FIRST_ID: return parse_id(&o->ids.first, err);
	case OPTION_N_IDS: return parse_id(&o->ids.n, err);
	case OPTION_INSECURE: return insecure_parse(optarg, &o->insecure, err);
	case OPTION_SYSTEM_CONFIG: o->config.system = optarg; return 0;
	case OPTION_LOCAL_CONFIG: o->config.local = optarg; return 0;
	case OPTION_USER_CONFIG: o->config.user = optarg; return 0;
	case OPTION_UNUSED: return 0;
	default: return not_alone(err);
	}
}

static int parse_options(Options *o, int argc, char **argv, Error *err)
{
	int option, r = 0;

	/* "+": what stands behind the verb is never an option. */
	while (r == 0 && (option = getopt_long(argc, argv, "+", long_options, NULL)) != -1)
		r = parse_option(o, option, err);
	return r < 0 || (o->data_dir && optind < argc) ? r : not_alone(err);
}

/* Opens the image, and keeps what it is made of from the collector as long as *ret_lock is open.
 * Whoever may read the store, but not lock it, goes without. */
static int open_image(const Options *o, Store *s, int *ret_lock, Image **ret, Error *err)
{
	int r = *ret_lock = store_lock_prepare(o->data_dir, false, err);

	if (r == -EACCES || r == -EROFS)
		error_clear(err);
	else if (r < 0)
		return r;
	r = image_load(s, o->words[0], ret, err);
	if (r == 0)
		image_touch(s, o->words[0]);
	return r;
}

static int extract_to(const Options *o, Store *s, bool whole, Error *err)
{
	const ExtractOptions options = {.rootfs_only = o->rootfs_only, .whole = whole};
	_cleanup_target_ Target target = TARGET_INIT;
	_cleanup_image_ Image *image = NULL;
	_cleanup_close_ int lock = -1;
	int r = open_image(o, s, &lock, &image, err);

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
	_cleanup_close_ int lock = -1;
	int r = open_image(o, s, &lock, &image, err);

	if (r == 0)
		r = target_make_file(&target, o->words[1], o->overwrite, o->data_dir, err);
	if (r == 0 && geteuid() != 0 && image->format != IMAGE_ACI)
		log_line(NULL, "warning: owners, set-ID bits and devices are not in the file: only "
			       "root can unpack them");
	if (r == 0)
		r = image_export(s, image, target.fd, err);
	return r < 0 ? r : target_publish(&target, err);
}

/* Words: the file to make, that of the manifest, directories of the root filesystem. */
static int export_root(const Options *o, Store *s, Error *err)
{
	_cleanup_target_ Target target = TARGET_INIT;
	PodRoot root = {.ids = o->ids};
	int r;

	if (o->n_words < 3)
		return not_alone(err);
	root.manifest = o->words[1];
	root.dirs = (const char *const *)o->words + 2;
	root.n_dirs = (size_t)o->n_words - 2;
	r = target_make_file(&target, o->words[0], o->overwrite, o->data_dir, err);
	if (r == 0)
		r = image_export_root(&root, target.fd, err);
	return r < 0 ? r : target_publish(&target, err);
}

/* What it takes to bring parts of images anew. Signatures were verified when the image came, and
 * everything has to have the digests that it had; what it depends on, and the store has no longer,
 * is fetched as ever. */
static int begin(Fetching *ret, const Options *o, Store *s, Error *err)
{
	int r = fetching_begin(ret, s, o->data_dir, &o->config, o->insecure, err);

	ret->context.keep_archives = o->keep_archives;
	return r;
}

/* An image that is verified. */
typedef struct Verification {
	const char *key, *typed;
	bool rebuilt; /* something that may be of use has come into the store */
} Verification;

/* Of image_verify(). */
static void say_rebuilding(void *userdata, const Error *reason)
{
	Verification *v = userdata;
	char text[ERROR_TEXT];

	v->rebuilt = true;
	log_line(NULL, "tree cache verification failed for image %s: %s;  rebuilding...", v->typed,
		error_message(reason, text, sizeof text));
}

static int verify_one(const FetchContext *context, Verification *v, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r = image_load(context->store, v->key, &image, err);

	if (r == 0)
		r = image_verify(context, image, say_rebuilding, v, err);
	if (r < 0)
		return r;
	if (image->n_layers == 0)
		log_line(NULL, "image \"%s\" not rendered; no verification needed", v->typed);
	else if (r > 0)
		log_line(NULL,
			"image \"%s\" cannot be verified: not all of its layers have a checksum "
			"yet",
			v->typed);
	else
		(void)printf("successfully verified checksum for image: \"%s\" (\"%s\")\n",
			v->typed, v->key);
	return 0;
}

/* Words: ID and what was typed for it, again and again. */
static int verify(const Options *o, Store *s, Error *err)
{
	_cleanup_fetching_ Fetching f = FETCHING_INIT;
	Verification v = {.rebuilt = false};
	int r = begin(&f, o, s, err);

	if (r == 0)
		r = store_drop_lost_layers(s, err);
	for (int i = 0; r == 0 && i + 1 < o->n_words; i += 2) {
		v.key = o->words[i];
		v.typed = o->words[i + 1];
		r = verify_one(&f.context, &v, err);
	}
	if (v.rebuilt)
		settle_behind(s);
	return r;
}

static void say_damaged(void *userdata, const char *key, const Error *reason)
{
	char text[ERROR_TEXT];

	(void)printf("image %s: %s\n", key, error_message(reason, text, sizeof text));
	(void)fflush(stdout);
}

static void say_repaired(void *userdata, const char *key)
{
	(void)printf("image %s: repaired\n", key);
	(void)fflush(stdout);
}

static void say_not_repaired(void *userdata, const char *key, const Error *reason)
{
	char text[ERROR_TEXT];

	(void)printf("image %s: cannot be repaired: %s\n", key,
		error_message(reason, text, sizeof text));
	(void)fflush(stdout);
	if (reason->hint[0])
		log_line(NULL, "hint: %s", reason->hint);
}

/* Nothing is wrong with it, as far as anybody can tell. */
static void say_unchecked(void *userdata, const char *key, const char *layer)
{
	log_line(NULL, "image %s: layer %s has no checksum yet, and was not checked", key, layer);
}

static int fsck(const Options *o, Store *s, Error *err)
{
	_cleanup_fetching_ Fetching f = FETCHING_INIT;
	StoreCheck check = {.repair = o->repair,
		.damaged = say_damaged,
		.repaired = say_repaired,
		.not_repaired = say_not_repaired,
		.unchecked = say_unchecked};
	int r;

	if (s->cas_fd < 0)
		return 0;
	r = begin(&f, o, s, err);
	/* Images that were lost are among what is to be repaired. */
	if (r == 0 && o->repair)
		r = store_drop_lost_layers(s, err);
	if (r == 0)
		r = store_check(&f.context, &check, err);
	if (o->repair && check.n_damaged > 0)
		settle_behind(s);
	if (r < 0 || check.n_damaged == check.n_repaired)
		return r;
	r = fail(err, -EBADMSG, "%zu problem(s) found, %zu repaired", check.n_damaged,
		check.n_repaired);
	if (!o->repair)
		error_hint(err, "--repair makes anew what is damaged");
	return r;
}

/* Words: source, name, arguments of what --exec names. */
static int import(const Options *o, Store *s, Error *err)
{
	const StrList args = {
		.items = (const char **)o->words + 2, .n = (size_t)MAX(o->n_words - 2, 0)};
	ImportSpec spec = o->import;
	_cleanup_fetching_ Fetching f = FETCHING_INIT;
	char key[STORE_KEY_LEN + 1];
	int r;

	if (o->n_words < 2)
		return not_alone(err);
	spec.streamed = streq(o->words[0], "-");
	spec.source = spec.streamed ? "the standard input" : o->words[0];
	spec.name = o->words[1];
	spec.args = args;
	r = begin(&f, o, s, err);
	if (r == 0)
		r = store_drop_lost(s, err);
	if (r == 0)
		r = image_import_root(&f.context, &spec, key, err);
	settle_behind(s);
	if (r == 0)
		(void)printf("%s\n", key);
	return r;
}

static void say_passed_over(const char *path, const char *why)
{
	log_line(NULL, "passed over: %s is %s", path, why);
}

/* Words: a name in the directory that is the standard input, and what it is called in the tar. */
static int pack(const Options *o, Store *s, Error *err)
{
	const PackTree tree = {
		.dir = STDIN_FILENO,
		.name = o->words[0],
		.as = o->words[1],
		.ids = o->ids,
		.passed_over = say_passed_over,
	};

	return pod_tar_pack(&tree, STDOUT_FILENO, err);
}

/* The directory is the standard output. */
static int unpack(const Options *o, Store *s, Error *err)
{
	const UnpackAmong among = {.ids = o->ids, .passed_over = say_passed_over};

	return pod_tar_unpack(STDIN_FILENO, STDOUT_FILENO, &among, err);
}

static int turn(const Options *o, Store *s, Error *err)
{
	return s->cas_fd < 0 ? 0 : turn_over(s, o->data_dir, err);
}

#define ANY_NUMBER (-1)

static const struct {
	const char *name;
	int n_words;
	int (*run)(const Options *o, Store *s, Error *err);
} verbs[] = {
	{"export", 2, export},
	{"export-root", ANY_NUMBER, export_root},
	{"extract", 2, extract},
	{"fsck", 0, fsck},
	{"import", ANY_NUMBER, import},
	{"pack", 2, pack},
	{"render", 2, render},
	{"turn-over", 0, turn},
	{"unpack", 0, unpack},
	{"verify", ANY_NUMBER, verify},
};

static int run(Options *o, const char *verb, Error *err)
{
	_cleanup_store_ Store store = STORE_INIT;
	int r = store_open(&store, o->data_dir, streq(verb, "import"), err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (streq(verbs[i].name, verb) &&
			(verbs[i].n_words == o->n_words || verbs[i].n_words == ANY_NUMBER))
			return verbs[i].run(o, &store, err);
	return not_alone(err);
}

int main(int argc, char **argv)
{
	Options o = {.config = {.local = "/etc/rkt", .system = "/usr/lib/rkt"}};
	Error err = ERROR_INIT;
	int r;

	log_set_component("image");
	opterr = 0;
	(void)signal(SIGPIPE, SIG_IGN);
	fd_raise_limit();
	r = parse_options(&o, argc, argv, &err);
	if (r == 0) {
		o.words = argv + optind + 1;
		o.n_words = argc - optind - 1;
		r = run(&o, argv[optind], &err);
	}
	if (r < 0 && o.data_dir)
		rights_hint(o.data_dir, &err);
	arena_done(&o.arena);
	if (r == 0)
		return 0;
	log_error(&err);
	return EXIT_FAILED;
}
