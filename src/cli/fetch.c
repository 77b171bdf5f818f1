/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fetch.h"

#include <stdio.h>
#include "base/process.h"
#include "base/strbuf.h"
#include "cli/insecure.h"
#include "store/store.h"
#include "trust/keystore.h"

/* One line for every image that a command line can name. */
#define OUTPUT_MAX (4u << 20)

/* The status with which rkt-fetch says that it has told why an image could not be fetched. */
#define EXIT_FAILED 254

int fetch_add_option(StrList *argv, Arena *arena, const char *option, const char *value)
{
	_cleanup_free_ char *text = NULL;
	const char *copy;

	if (str_format(&text, "%s%s", option, value) < 0)
		return -ENOMEM;
	copy = arena_strdup(arena, text);
	return copy ? str_list_add(argv, copy, arena) : -ENOMEM;
}

int fetch_add_global_options(StrList *argv, Arena *arena, const GlobalOptions *global)
{
	char insecure[INSECURE_TEXT];
	int r = 0;

	if (global->insecure)
		r = fetch_add_option(argv, arena,
			"--insecure-options=", insecure_format(global->insecure, insecure));
	if (r == 0 && global->debug)
		r = fetch_add_option(argv, arena, "--debug", "");
	if (r == 0 && global->trust_keys_from_https)
		r = fetch_add_option(argv, arena, "--trust-keys-from-https", "");
	if (r == 0)
		r = fetch_add_option(argv, arena, "--system-config=", global->config.system);
	if (r == 0)
		r = fetch_add_option(argv, arena, "--local-config=", global->config.local);
	if (r == 0 && global->config.user)
		r = fetch_add_option(argv, arena, "--user-config=", global->config.user);
	return r;
}

static int build_argv(const Fetch *f, const char *program, const AppArgs *images, size_t n,
	Arena *arena, StrList *ret)
{
	StrList argv = {0};
	int r = str_list_add(&argv, program, arena);

	if (r == 0)
		r = fetch_add_option(&argv, arena, "--dir=", f->data_dir);
	if (r == 0)
		r = fetch_add_global_options(&argv, arena, f->global);
	if (r == 0)
		r = fetch_add_option(&argv, arena, "--component=", f->component);
	if (r == 0)
		r = fetch_add_option(&argv, arena, "--pull-policy=", pull_policy_name(f->policy));
	if (r == 0 && f->keep_archives)
		r = str_list_add(&argv, "--keep-archives", arena);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (images[i].signature)
			r = fetch_add_option(&argv, arena, "--signature=", images[i].signature);
		if (r == 0)
			r = str_list_add(&argv, images[i].image, arena);
	}
	if (r == 0)
		r = str_list_add(&argv, NULL, arena);
	if (r == 0)
		*ret = argv;
	return r;
}

static int broke_down(int status, Error *err)
{
	return fail(err, -EPROTO, "rkt-fetch broke down (status %d)", status);
}

int fetch_images(const Fetch *f, const AppArgs *images, size_t n, char **ret_keys, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *program = NULL, *keys = NULL;
	Process process = PROCESS_INIT(NULL);
	StrList argv = {0};
	int r = process_libexec("rkt-fetch", &program, err);

	if (r < 0)
		return r;
	if (build_argv(f, program, images, n, &arena, &argv) < 0)
		return fail_oom(err);
	process.argv = argv.items;
	/* What is buffered for stdout has to come before what rkt-fetch prints. */
	(void)fflush(stdout);
	r = process_output(&process, OUTPUT_MAX, &keys, NULL, err);
	if (r > 0 && r != EXIT_FAILED)
		return broke_down(r, err);
	if (r >= 0)
		*ret_keys = TAKE_PTR(keys);
	return r;
}

/* What rkt-fetch says to one option that is no image. more may be NULL. */
static int ask_about_keys(const GlobalOptions *global, const char *option, const char *value,
	const char *more, char **ret, size_t *ret_len, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *program = NULL;
	Process process = PROCESS_INIT(NULL);
	StrList argv = {0};
	int r = process_libexec("rkt-fetch", &program, err);

	if (r < 0)
		return r;
	r = str_list_add(&argv, program, &arena);
	if (r == 0)
		r = fetch_add_global_options(&argv, &arena, global);
	if (r == 0)
		r = fetch_add_option(&argv, &arena, "--component=", "trust");
	if (r == 0)
		r = fetch_add_option(&argv, &arena, option, value);
	if (r == 0 && more)
		r = str_list_add(&argv, more, &arena);
	if (r < 0 || str_list_add(&argv, NULL, &arena) < 0)
		return fail_oom(err);
	process.argv = argv.items;
	(void)fflush(stdout);
	r = process_output(&process, KEY_FILE_MAX, ret, ret_len, err);
	return r > 0 && r != EXIT_FAILED ? broke_down(r, err) : r;
}

int fetch_public_key(
	const GlobalOptions *global, const char *url, char **ret, size_t *ret_len, Error *err)
{
	return ask_about_keys(global, "--public-key=", url, NULL, ret, ret_len, err);
}

int fetch_key_urls(
	const GlobalOptions *global, const char *prefix, bool allow_http, char **ret, Error *err)
{
	return ask_about_keys(global, "--find-keys=", prefix,
		allow_http ? "--insecure-allow-http" : NULL, ret, NULL, err);
}
