/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/fd.h"
#include "base/path.h"
#include "cli/fetch.h"
#include "cli/insecure.h"
#include "cli/key-review.h"
#include "cli/verb.h"
#include "spec/ac-types.h"
#include "trust/keystore.h"

typedef struct TrustOptions {
	const char *prefix;
	bool root, skip_review, allow_http;
} TrustOptions;

#define AT(member) offsetof(TrustOptions, member)

static const Option rows[] = {
	{"insecure-allow-http", OPTION_BOOL, AT(allow_http), "false", NULL,
		"fetch keys also over http, where others may change them on the way"},
	{"prefix", OPTION_STRING, AT(prefix), NULL, "PREFIX",
		"name, or beginning of names in whole components, of the images to trust the keys "
		"for"},
	{"root", OPTION_BOOL, AT(root), "false", NULL, "trust the keys for every image"},
	{"skip-fingerprint-review", OPTION_BOOL, AT(skip_review), "false", NULL,
		"do not ask whether the fingerprint is the right one"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* One key on its way into the keystore. */
typedef struct Candidate {
	const char *location;
	char *text;
	size_t len;
	OpenpgpKey key;
} Candidate;

static void candidate_done(Candidate *c)
{
	free(c->text);
	openpgp_key_done(&c->key);
}

static int check_prefix(const char *prefix, Error *err)
{
	const char *scheme = strstr(prefix, "://");

	if (scheme)
		return fail(err, -EINVAL, "--prefix must not contain a URL scheme, omit %.*s://",
			(int)(scheme - prefix), prefix);
	if (ac_identifier_valid(prefix) && keystore_prefix_valid(prefix))
		return 0;
	(void)fail(err, -EINVAL, "--prefix=%s cannot be the beginning of an image's name", prefix);
	error_hint(err, "names have lower-case letters, digits and \"-._~/\" between them; what is "
			"below a prefix is meant without \"/*\"");
	return -EINVAL;
}

static int implicit_root(Error *err)
{
	(void)fail(err, -EINVAL, "aborting due to implicit unbounded trust (root domain)");
	error_hint(err, "--prefix=NAME trusts a key for the images below that name, --root for "
			"every image that there is");
	return -EINVAL;
}

static int no_scope(Error *err)
{
	(void)fail(err, -EINVAL, "--prefix is missing");
	return VERB_USAGE;
}

static int check_scope(const Invocation *inv, const TrustOptions *options, Error *err)
{
	if (options->root && options->prefix[0])
		return fail(err, -EINVAL, "--root and --prefix exclude each other");
	if (options->root && inv->n_args == 0)
		return fail(err, -EINVAL, "--root needs a key, which cannot be found by itself");
	if (!options->root && !options->prefix[0])
		return inv->n_args > 0 ? implicit_root(err) : no_scope(err);
	return options->prefix[0] ? check_prefix(options->prefix, err) : 0;
}

/* The lines that rkt-fetch has printed. > 0: it has told why there are none. */
static int discover(const Invocation *inv, const TrustOptions *options, StrList *ret, Error *err)
{
	_cleanup_free_ char *urls = NULL;
	char *save = NULL;
	int r = fetch_key_urls(inv->global, options->prefix, options->allow_http, &urls, err);

	if (r != 0)
		return r;
	for (char *url = strtok_r(urls, "\n", &save); url; url = strtok_r(NULL, "\n", &save)) {
		const char *copy = arena_strdup(inv->arena, url);

		if (!copy || str_list_add(ret, copy, inv->arena) < 0)
			return fail_oom(err);
	}
	return 0;
}

/* Where the keys are: what was named or, for a prefix alone, what its owner's server names. > 0:
 * rkt-fetch has told why not. */
static int find_locations(
	const Invocation *inv, const TrustOptions *options, StrList *ret, Error *err)
{
	for (size_t i = 0; i < inv->n_args; i++)
		if (str_list_add(ret, inv->args[i], inv->arena) < 0)
			return fail_oom(err);
	return ret->n > 0 ? 0 : discover(inv, options, ret, err);
}

static bool is_https(const char *location)
{
	return startswith(location, "https://");
}

/* > 0: rkt-fetch has told why not. */
static int load(const Invocation *inv, const TrustOptions *options, Candidate *c, Error *err)
{
	int r;

	if (startswith(c->location, "http://") && !options->allow_http) {
		(void)fail(err, -EPERM, "%s is not a secure place for a key", c->location);
		error_hint(err, "--insecure-allow-http takes it from there all the same");
		return -EPERM;
	}
	if (is_https(c->location) || startswith(c->location, "http://"))
		r = fetch_public_key(inv->global, c->location, &c->text, &c->len, err);
	else
		r = fd_read_input(c->location, KEY_FILE_MAX, &c->text, &c->len, err);
	if (r != 0)
		return r;
	r = openpgp_show(c->text, c->len, &c->key, err);
	return r < 0 ? wrap(err, r, "%s", c->location) : 0;
}

static int store_key(
	const Invocation *inv, const TrustOptions *options, const Candidate *c, Error *err)
{
	const Keystore store = {.system_config = inv->global->config.system,
		.local_config = inv->global->config.local};
	_cleanup_free_ char *path = NULL;
	int r = keystore_add(&store, options->root ? NULL : options->prefix, c->key.fingerprint,
		c->text, c->len, &path, err);

	if (r == -EACCES && geteuid() != 0)
		error_hint(err, "this needs root, or the group rkt-admin");
	if (r < 0)
		return r;
	if (options->root)
		(void)printf("Added root key at \"%s\"\n", path);
	else
		(void)printf("Added key for prefix \"%s\" at \"%s\"\n", options->prefix, path);
	return 0;
}

static int trust(
	const Invocation *inv, const TrustOptions *options, const char *location, Error *err)
{
	_cleanup_(candidate_done) Candidate c = {.location = location};
	KeyReview review = {
		.prefix = options->prefix,
		.location = location,
		.skip = options->skip_review ||
			(inv->global->trust_keys_from_https && is_https(location)),
		.out = stdout,
	};
	int r = load(inv, options, &c, err);

	if (r != 0)
		return r;
	r = key_review(&review, &c.key, err);
	if (r == KEY_DECLINED)
		return 0;
	return r < 0 ? r : store_key(inv, options, &c, err);
}

static int run(const Invocation *inv, Error *err)
{
	TrustOptions *options = inv->options;
	StrList locations = {0};
	int r;

	if (inv->global->insecure & INSECURE_IMAGE)
		return fail(err, -EINVAL, "could not get the keystore");
	/* None is that of every name, which an empty one is taken for, too. */
	if (!options->prefix)
		options->prefix = "";
	r = check_scope(inv, options, err);
	if (r == 0)
		r = find_locations(inv, options, &locations, err);
	for (size_t i = 0; i < locations.n && r == 0; i++) {
		r = trust(inv, options, locations.items[i], err);
		if (r < 0)
			return wrap(err, r, "error adding keys");
	}
	return r;
}

const Verb verb_trust = {
	.name = "trust",
	.synopsis = "[OPTIONS] [--prefix=PREFIX | --root] [PUBKEY ...]",
	.brief = "Trust a key for image verification",
	.description =
		"Adds keys to those whose signatures rkt accepts: for the images below a\n"
		"prefix of names, or for every image. PUBKEY is an ASCII-armored OpenPGP key,\n"
		"the first where there are several: a file, or a URL of https. Without one the\n"
		"web page of the prefix says where its keys are. Each fingerprint is shown for\n"
		"review: compare it with what the key's owner has told.\n"
		"\n"
		"Keys are files below /etc/rkt/trustedkeys, named by their fingerprints.\n"
		"Removing the file ends the trust; an empty file of the name of a key below\n"
		"/usr/lib/rkt/trustedkeys does so for that one.",
	.options = sets,
	.options_size = sizeof(TrustOptions),
	.max_args = ARGS_ANY,
	.run = run,
};
