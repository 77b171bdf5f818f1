/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pod-args.h"

#include <ctype.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/log.h"

#define UUID_FILE_MAX 4096

static void print_line(void *userdata, PodStream stream, const char *text)
{
	if (stream == POD_STDOUT)
		(void)puts(text);
	else
		log_line(NULL, "%s", text);
}

int pods_open_below(const char *data_dir, Pods *ret, Error *err)
{
	int r = pods_open(ret, data_dir, false, err);

	if (r == 0)
		ret->listener = (PodListener){.line = print_line};
	return r;
}

int pods_open_told(const Invocation *inv, Pods *ret, Error *err)
{
	_cleanup_free_ char *data_dir = NULL;
	int r = global_data_dir(inv->global, &data_dir, err);

	return r < 0 ? r : pods_open_below(data_dir, ret, err);
}

static int read_uuid_file(const char *path, Arena *arena, StrList *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	const char *start, *uuid;
	size_t len;
	int r = fd_read_input(path, UUID_FILE_MAX, &text, &len, err);

	if (r < 0)
		return wrap(err, r, "unable to resolve UUID from file");
	start = text + strspn(text, " \t\r\n");
	len = strlen(start);
	while (len > 0 && isspace((unsigned char)start[len - 1]))
		len--;
	uuid = arena_strndup(arena, start, len);
	if (!uuid || str_list_add(ret, uuid, arena) < 0)
		return fail_oom(err);
	return 0;
}

int uuid_words(const Invocation *inv, const char *uuid_file, StrList *ret, Error *err)
{
	StrList words = {0};
	int r = 0;

	if (!uuid_file == (inv->n_args == 0)) {
		(void)fail(err, -EINVAL,
			uuid_file ? "a UUID and --uuid-file cannot be given together"
				  : "UUID is missing");
		return VERB_USAGE;
	}
	if (uuid_file)
		r = read_uuid_file(uuid_file, inv->arena, &words, err);
	for (size_t i = 0; i < inv->n_args && r == 0; i++)
		if (str_list_add(&words, inv->args[i], inv->arena) < 0)
			r = fail_oom(err);
	if (r == 0)
		*ret = words;
	return r;
}

int pod_open_typed(const Pods *pods, const char *typed, Pod **ret, Error *err)
{
	char uuid[UUID_TEXT];
	int r = pod_resolve(pods, typed, uuid, err);

	if (r == 0)
		r = pod_open(pods, uuid, ret, err);
	return r < 0 ? wrap(err, r, "problem retrieving pod") : 0;
}

int pod_open_among(const Invocation *inv, const char *typed, Pods *ret_pods, Pod **ret, Error *err)
{
	int r = pods_open_told(inv, ret_pods, err);

	return r < 0 ? r : pod_open_typed(ret_pods, typed, ret, err);
}

int pod_open_only(
	const Invocation *inv, const Pods *pods, const char *uuid_file, Pod **ret, Error *err)
{
	StrList words = {0};
	int r = uuid_words(inv, uuid_file, &words, err);

	return r != 0 ? r : pod_open_typed(pods, words.items[0], ret, err);
}
