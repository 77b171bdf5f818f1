/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-program.h"

#include <stdio.h>
#include "base/process.h"
#include "cli/fetch.h"
#include "cli/stores.h"

static int add_ids(const Invocation *inv, TreeIds ids, StrList *argv)
{
	char first[16], n[16];
	int r;

	if (ids.n == 0)
		return 0;
	(void)snprintf(first, sizeof first, "%u", ids.first);
	(void)snprintf(n, sizeof n, "%u", ids.n);
	r = fetch_add_option(argv, inv->arena, "--first-id=", first);
	return r < 0 ? r : fetch_add_option(argv, inv->arena, "--n-ids=", n);
}

static int build_argv(
	const Invocation *inv, const char *program, const ImageCall *call, StrList *argv)
{
	const char *const *words = call->words->items;
	size_t n = call->words->n;
	int r = str_list_add(argv, program, inv->arena);

	if (r == 0)
		r = fetch_add_option(argv, inv->arena, "--dir=", call->data_dir);
	if (r == 0)
		r = fetch_add_option(argv, inv->arena, "--component=", verb_leaf(inv->verb));
	if (r == 0)
		r = fetch_add_global_options(argv, inv->arena, inv->global);
	if (r == 0)
		r = add_ids(inv, call->ids, argv);
	for (; r == 0 && n > 0 && startswith(*words, "--") && !streq(*words, "--"); words++, n--)
		r = str_list_add(argv, *words, inv->arena);
	if (r == 0)
		r = str_list_add(argv, call->verb, inv->arena);
	if (n > 0 && streq(*words, "--"))
		words++, n--;
	for (; r == 0 && n > 0; words++, n--)
		r = str_list_add(argv, *words, inv->arena);
	return r == 0 ? str_list_add(argv, NULL, inv->arena) : r;
}

int image_program_call(const Invocation *inv, const ImageCall *call, Error *err)
{
	_cleanup_free_ char *program = NULL;
	Process process = PROCESS_INIT(NULL);
	StrList argv = {0};
	pid_t pid;
	int r = process_libexec("rkt-image", &program, err);

	if (r < 0)
		return r;
	if (build_argv(inv, program, call, &argv) < 0)
		return fail_oom(err);
	process.argv = argv.items;
	process.stdin_fd = call->in;
	process.stdout_fd = call->out;
	(void)fflush(stdout);
	pid = process_spawn(&process, err);
	return pid < 0 ? (int)pid : process_wait(pid, err);
}

int image_program(
	const Invocation *inv, const char *data_dir, const char *const *words, size_t n, Error *err)
{
	const StrList list = {.items = (const char **)words, .n = n};
	const ImageCall call = {
		.verb = verb_leaf(inv->verb),
		.data_dir = data_dir,
		.words = &list,
		.in = -1,
		.out = -1,
	};

	return image_program_call(inv, &call, err);
}

int image_program_for_one(const Invocation *inv, bool overwrite, bool rootfs_only, Error *err)
{
	_cleanup_stores_ Stores stores = STORES_INIT;
	const SeenStore *seen = NULL;
	char key[STORE_KEY_LEN + 1];
	const char *words[4];
	size_t n = 0;
	int r = stores_open(inv->global, &stores, err);

	if (r == 0)
		r = stores_find(&stores, inv->args[0], &seen, key, err);
	if (r < 0)
		return r;
	if (overwrite)
		words[n++] = "--overwrite";
	if (rootfs_only)
		words[n++] = "--rootfs-only";
	words[n++] = key;
	words[n++] = inv->args[1];
	return image_program(inv, seen->data_dir, words, n, err);
}
