/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-program.h"

#include <stdio.h>
#include "base/process.h"
#include "cli/fetch.h"
#include "cli/stores.h"

static int build_argv(const Invocation *inv, const char *program, const char *verb,
	const char *data_dir, const char *const *words, size_t n, StrList *argv)
{
	int r = str_list_add(argv, program, inv->arena);

	if (r == 0)
		r = fetch_add_option(argv, inv->arena, "--dir=", data_dir);
	if (r == 0)
		r = fetch_add_option(argv, inv->arena, "--component=", verb_leaf(inv->verb));
	if (r == 0)
		r = fetch_add_global_options(argv, inv->arena, inv->global);
	for (; r == 0 && n > 0 && startswith(*words, "--"); words++, n--)
		r = str_list_add(argv, *words, inv->arena);
	if (r == 0)
		r = str_list_add(argv, verb, inv->arena);
	for (; r == 0 && n > 0; words++, n--)
		r = str_list_add(argv, *words, inv->arena);
	return r == 0 ? str_list_add(argv, NULL, inv->arena) : r;
}

int image_program(
	const Invocation *inv, const char *data_dir, const char *const *words, size_t n, Error *err)
{
	return image_program_verb(inv, verb_leaf(inv->verb), data_dir, words, n, err);
}

int image_program_verb(const Invocation *inv, const char *verb, const char *data_dir,
	const char *const *words, size_t n, Error *err)
{
	_cleanup_free_ char *program = NULL;
	Process process = PROCESS_INIT(NULL);
	StrList argv = {0};
	pid_t pid;
	int r = process_libexec("rkt-image", &program, err);

	if (r < 0)
		return r;
	if (build_argv(inv, program, verb, data_dir, words, n, &argv) < 0)
		return fail_oom(err);
	process.argv = argv.items;
	(void)fflush(stdout);
	pid = process_spawn(&process, err);
	return pid < 0 ? (int)pid : process_wait(pid, err);
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
