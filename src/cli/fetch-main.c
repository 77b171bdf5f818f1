/* SPDX-License-Identifier: Apache-2.0 */
/* rkt-fetch: brings images into the store for rkt, which starts it when an image is not there. Keys
 * go to stdout, one line per image in the order asked for; everything else goes to stderr. With
 * --public-key=URL it brings no image but that file, to stdout, and with --find-keys=PREFIX the
 * URLs of the keys for the images below that name, one a line. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include "base/fd-limit.h"
#include "base/log.h"
#include "base/number.h"
#include "base/path.h"
#include "base/transfer.h"
#include "cli/fetching.h"
#include "cli/insecure.h"
#include "cli/key-review.h"
#include "cli/pull-policy.h"
#include "cli/rights.h"
#include "cli/settle-behind.h"
#include "fetch/credentials.h"
#include "fetch/fetch.h"
#include "fetch/http.h"
#include "fetch/image-policy.h"
#include "fetch/key.h"
#include "fetch/name-keys.h"
#include "store/settle.h"

#define EXIT_FAILED 254

typedef struct Options {
	char *data_dir;
	const char *component;
	ConfigDirs config;
	unsigned insecure;
	const char *public_key, *find_keys;
	bool allow_http, trust_keys_from_https, keep_archives;
	PullPolicy pull_policy;
	uint64_t max_bytes, max_entries;
	struct {
		const char *image, *signature;
	} * images;
	size_t n_images;
	const char *signature; /* of the next image */
} Options;

enum {
	OPTION_ARGUMENT = 1, /* getopt's for what is no option */
	OPTION_DIR,
	OPTION_INSECURE,
	OPTION_DEBUG,
	OPTION_COMPONENT,
	OPTION_PULL_POLICY,
	OPTION_MAX_SIZE,
	OPTION_MAX_ENTRIES,
	OPTION_SIGNATURE,
	OPTION_SYSTEM_CONFIG,
	OPTION_LOCAL_CONFIG,
	OPTION_USER_CONFIG,
	OPTION_PUBLIC_KEY,
	OPTION_FIND_KEYS,
	OPTION_ALLOW_HTTP,
	OPTION_TRUST_HTTPS,
	OPTION_KEEP_ARCHIVES,
};

static const struct option long_options[] = {
	{"dir", required_argument, NULL, OPTION_DIR},
	{"insecure-options", required_argument, NULL, OPTION_INSECURE},
	{"debug", no_argument, NULL, OPTION_DEBUG},
	{"component", required_argument, NULL, OPTION_COMPONENT},
	{"pull-policy", required_argument, NULL, OPTION_PULL_POLICY},
	{"max-image-size", required_argument, NULL, OPTION_MAX_SIZE},
	{"max-image-entries", required_argument, NULL, OPTION_MAX_ENTRIES},
	{"signature", required_argument, NULL, OPTION_SIGNATURE},
	{"trust-keys-from-https", no_argument, NULL, OPTION_TRUST_HTTPS},
	{"system-config", required_argument, NULL, OPTION_SYSTEM_CONFIG},
	{"local-config", required_argument, NULL, OPTION_LOCAL_CONFIG},
	{"user-config", required_argument, NULL, OPTION_USER_CONFIG},
	{"public-key", required_argument, NULL, OPTION_PUBLIC_KEY},
	{"find-keys", required_argument, NULL, OPTION_FIND_KEYS},
	{"insecure-allow-http", no_argument, NULL, OPTION_ALLOW_HTTP},
	{"keep-archives", no_argument, NULL, OPTION_KEEP_ARCHIVES},
	{0},
};

static int parse_policy(const char *word, PullPolicy *ret, Error *err)
{
	int r = pull_policy_parse(word, ret);

	if (r < 0)
		return fail(err, r, "unknown pull policy \"%s\": new, never or update", word);
	return 0;
}

static int parse_limit(const char *what, const char *text, uint64_t *ret, Error *err)
{
	int r = number_parse_u64(text, INT64_MAX, ret);

	return r < 0 ? fail(err, r, "--%s=%s is not a number", what, text) : 0;
}

static void add_image(Options *o, const char *image)
{
	o->images[o->n_images].image = image;
	o->images[o->n_images++].signature = o->signature;
	o->signature = NULL;
}

static int set_data_dir(Options *o, const char *dir, Error *err)
{
	char *absolute;
	int r = path_absolute(dir, &absolute);

	if (r < 0)
		return fail_errno(err, r, "data directory %s", dir);
	free(o->data_dir);
	o->data_dir = absolute;
	return 0;
}

static int parse_option(Options *o, int option, Error *err)
{
	switch (option) {
	case OPTION_DIR: return set_data_dir(o, optarg, err);
	case OPTION_INSECURE: return insecure_parse(optarg, &o->insecure, err);
	case OPTION_DEBUG: log_set_debug(true); return 0;
	case OPTION_COMPONENT: log_set_component(optarg); return 0;
	case OPTION_PULL_POLICY: return parse_policy(optarg, &o->pull_policy, err);
	case OPTION_MAX_SIZE: return parse_limit("max-image-size", optarg, &o->max_bytes, err);
	case OPTION_MAX_ENTRIES:
		return parse_limit("max-image-entries", optarg, &o->max_entries, err);
	case OPTION_SIGNATURE: o->signature = optarg; return 0;
	case OPTION_TRUST_HTTPS: o->trust_keys_from_https = true; return 0;
	case OPTION_SYSTEM_CONFIG: o->config.system = optarg; return 0;
	case OPTION_LOCAL_CONFIG: o->config.local = optarg; return 0;
	case OPTION_USER_CONFIG: o->config.user = optarg; return 0;
	case OPTION_PUBLIC_KEY: o->public_key = optarg; return 0;
	case OPTION_FIND_KEYS: o->find_keys = optarg; return 0;
	case OPTION_ALLOW_HTTP: o->allow_http = true; return 0;
	case OPTION_KEEP_ARCHIVES: o->keep_archives = true; return 0;
	case OPTION_ARGUMENT: add_image(o, optarg); return 0;
	default: return fail(err, -EINVAL, "this program is a part of rkt: use \"rkt fetch\"");
	}
}

static int parse_options(Options *o, int argc, char **argv, Error *err)
{
	int option, r;

	o->images = calloc((size_t)argc, sizeof *o->images);
	if (!o->images)
		return fail_oom(err);
	/* "-": images are options too, so that a signature belongs to the image behind it. */
	while ((option = getopt_long(argc, argv, "-", long_options, NULL)) != -1) {
		r = parse_option(o, option, err);
		if (r < 0)
			return r;
	}
	for (; optind < argc; optind++)
		add_image(o, argv[optind]);
	if (!o->public_key && !o->find_keys && (!o->data_dir || o->n_images == 0))
		return fail(err, -EINVAL, "--dir and an image are needed");
	return 0;
}

/* A FetchContext.accept_key. stdout is for the keys of images, and what is piped to stdin for the
 * app. */
static int accept_key(
	void *userdata, const char *prefix, const char *url, const OpenpgpKey *key, Error *err)
{
	const Options *o = userdata;
	KeyReview review = {.prefix = prefix,
		.location = url,
		.skip = o->trust_keys_from_https && startswith(url, "https://"),
		.piped_stdin = true,
		.out = stderr};
	int r = key_review(&review, key, err);

	return r < 0 ? r : r == KEY_TRUSTED ? KEY_ACCEPTED : KEY_REFUSED;
}

static int fetch_all(Options *o, Store *store, Error *err)
{
	_cleanup_fetching_ Fetching f = FETCHING_INIT;
	_cleanup_policy_ Policy *policy = NULL;
	FetchContext *context = &f.context;
	int r = image_policy_load(o->config.local, &policy, err);

	if (r == 0)
		r = fetching_begin(&f, store, o->data_dir, &o->config, o->insecure, err);
	if (r < 0)
		return r;
	context->pull_policy = o->pull_policy;
	context->accept_key = accept_key;
	context->userdata = o;
	context->policy = policy;
	context->keep_archives = o->keep_archives;
	context->max_bytes = o->max_bytes;
	context->max_entries = o->max_entries;
	for (size_t i = 0; i < o->n_images; i++) {
		char key[STORE_KEY_LEN + 1];

		context->signature = o->images[i].signature;
		r = fetch_image(context, o->images[i].image, key, err);
		if (r < 0)
			return r;
		if (printf("%s\n", key) < 0 || fflush(stdout) != 0)
			return fail_errno(err, -EIO, "write to stdout");
	}
	return 0;
}

static int run(Options *o, Error *err)
{
	_cleanup_store_ Store store = STORE_INIT;
	int r = store_open(&store, o->data_dir, true, err);

	if (r == 0)
		r = store_drop_lost(&store, err);
	if (r < 0)
		return r;
	r = fetch_all(o, &store, err);
	/* Also of what is not complete all that came is worth keeping. */
	settle_behind(&store);
	return r;
}

/* For a key it takes both words to go without the checks of TLS. */
static bool keys_skip_tls(const Options *o)
{
	const unsigned insecure = INSECURE_TLS | INSECURE_PUBKEY;

	return (o->insecure & insecure) == insecure;
}

static int print_key_urls(const Options *o, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_credentials_ Credentials *credentials = NULL;
	FetchContext context = {.insecure_tls = keys_skip_tls(o)};
	StrList urls = {0};
	int r = credentials_new(&o->config, &credentials, err);

	if (r == 0)
		r = http_setup(err);
	if (r < 0)
		return r;
	context.credentials = credentials;
	r = name_keys_find(&context, o->find_keys, o->allow_http, &arena, &urls, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < urls.n; i++)
		(void)printf("%s\n", urls.items[i]);
	return fflush(stdout) == 0 ? 0 : fail_errno(err, -EIO, "write to stdout");
}

/* Who spells http:// out gets it: rkt has asked whether that is meant. */
static int bring_key(const Options *o, Error *err)
{
	HttpOptions options = {
		.allow_http = startswith(o->public_key, "http:"), .insecure_tls = keys_skip_tls(o)};
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = http_setup(err);

	if (r == 0)
		r = key_fetch(&options, o->public_key, &text, &len, err);
	if (r < 0)
		return r;
	r = fd_write(STDOUT_FILENO, text, len);
	return r < 0 ? fail_errno(err, r, "write to stdout") : 0;
}

int main(int argc, char **argv)
{
	Options o = {.config = {.local = "/etc/rkt", .system = "/usr/lib/rkt"},
		.pull_policy = PULL_UPDATE,
		.max_bytes = FETCH_MAX_BYTES,
		.max_entries = FETCH_MAX_ENTRIES};
	Error err = ERROR_INIT;
	int r;

	log_set_component("fetch");
	opterr = 0;
	(void)signal(SIGPIPE, SIG_IGN);
	fd_raise_limit();
	r = parse_options(&o, argc, argv, &err);
	if (r == 0)
		r = o.public_key  ? bring_key(&o, &err)
		    : o.find_keys ? print_key_urls(&o, &err)
				  : run(&o, &err);
	if (r < 0 && o.data_dir)
		rights_hint(o.data_dir, &err);
	free(o.data_dir);
	free(o.images);
	if (r == 0)
		return 0;
	log_error(&err);
	return EXIT_FAILED;
}
