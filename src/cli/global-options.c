/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/global-options.h"

#include <limits.h>
#include "base/path.h"
#include "cli/insecure.h"

#define DATA_DIR "/var/lib/rkt"

static int parse_insecure(void *target, const char *value, Error *err)
{
	return insecure_parse(value, target, err);
}

#define AT(member) offsetof(GlobalOptions, member)

static const Option rows[] = {
	{"cpuprofile", OPTION_STRING, AT(cpu_profile), NULL, "FILE",
		"accepted for old scripts, without effect", OPTION_HIDDEN},
	{"debug", OPTION_BOOL, AT(debug), "false", NULL,
		"print more about what happens, and every cause of an error, to stderr"},
	{"dir", OPTION_STRING, AT(dir), DATA_DIR, "PATH", "directory for images and pods",
		OPTION_COMPUTED},
	{"help", OPTION_BOOL, AT(help), NULL, NULL, "print help", .letter = 'h'},
	{"insecure-options", OPTION_PARSED, AT(insecure), "none", "LIST",
		"comma-separated protections to switch off. Allowed values: none, image, tls, "
		"ondisk, "
		"http, pubkey, capabilities, paths, seccomp, all-fetch, all-run, all",
		OPTION_UNQUOTED, .parse = parse_insecure, .words = insecure_words},
	{"local-config", OPTION_STRING, AT(config.local), "/etc/rkt", "PATH",
		"directory of this machine's configuration"},
	{"memprofile", OPTION_STRING, AT(memory_profile), NULL, "FILE",
		"accepted for old scripts, without effect", OPTION_HIDDEN},
	{"system-config", OPTION_STRING, AT(config.system), "/usr/lib/rkt", "PATH",
		"directory of the vendor's configuration"},
	{"trust-keys-from-https", OPTION_BOOL, AT(trust_keys_from_https), "false", NULL,
		"trust keys that were fetched over https without asking"},
	{"user-config", OPTION_STRING, AT(config.user), NULL, "PATH",
		"directory of the user's configuration"},
};

const OptionSet global_options = OPTION_SET(rows);

static int make_absolute(const char **dir, Arena *arena, Error *err)
{
	_cleanup_free_ char *absolute = NULL;
	int r;

	if (!*dir || **dir == '/')
		return 0;
	if (**dir == '\0')
		return fail(err, -EINVAL, "\"\" is not a valid directory");
	r = path_absolute(*dir, &absolute);
	if (r < 0)
		return fail_errno(err, r, "cannot make \"%s\" absolute", *dir);
	*dir = arena_strdup(arena, absolute);
	return *dir ? 0 : fail_oom(err);
}

int global_options_complete(GlobalOptions *options, Arena *arena, Error *err)
{
	int r;

	/* An empty one is how scripts say that there is none. */
	if (options->config.user && !*options->config.user)
		options->config.user = NULL;
	r = make_absolute(&options->config.system, arena, err);
	if (r == 0)
		r = make_absolute(&options->config.local, arena, err);
	return r < 0 ? r : make_absolute(&options->config.user, arena, err);
}

int global_data_dir(const GlobalOptions *options, char **ret, Error *err)
{
	_cleanup_free_ char *absolute = NULL, *real = NULL;
	_cleanup_config_ Config config = CONFIG_INIT;
	const char *dir = options->dir;
	int r;

	if (!dir) {
		r = config_load(&options->config, CONFIG_PATHS, &config, err);
		if (r < 0)
			return r;
		dir = config.paths.data ? config.paths.data : DATA_DIR;
	}
	if (dir[0] == '\0')
		return fail(err, -EINVAL, "\"\" is not a valid directory");
	r = path_absolute(dir, &absolute);
	if (r < 0)
		return fail_errno(err, r, "cannot make \"%s\" absolute", dir);
	/* A directory that is not there yet is made by whoever needs it first. */
	real = realpath(absolute, NULL);
	*ret = real ? TAKE_PTR(real) : TAKE_PTR(absolute);
	return 0;
}
