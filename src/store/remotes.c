/* SPDX-License-Identifier: Apache-2.0 */

/* Where an image came from, as far as the references say. */

#include "store/store.h"

#include "base/fd.h"
#include "base/strbuf.h"
#include "store/escape.h"
#include "store/refs.h"

#define DEPTH_MAX 16 /* pieces that a reference is cut into */

typedef struct Search {
	const Store *store;
	const char *key;
	Arena *arena;
	StrList *found;
} Search;

/* escaped: a reference as its file is called, all of its pieces. What is none is passed over. */
static int consider(const Search *s, char *escaped, Error *err)
{
	RemoteRecord record;
	const char *copy;

	if (escape_undo(escaped) < 0 || refs_find_remote(s->store, escaped, &record, NULL) < 0 ||
		!streq(record.key, s->key))
		return 0;
	copy = arena_strdup(s->arena, escaped);
	return !copy || str_list_add(s->found, copy, s->arena) < 0 ? fail_oom(err) : 0;
}

/* before: the pieces that lead to the directory path. */
static int search(
	const Search *s, int dirfd, const char *path, const char *before, int depth, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(dirfd, path);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/ref/remote", s->store->path);
	while (r == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *text = NULL;
		size_t len = strlen(entry->d_name);
		bool is_piece = entry->d_name[len - 1] == '+';

		if (entry->d_name[0] == '.' || (is_piece && depth == DEPTH_MAX))
			continue;
		if (str_format(&text, "%s%.*s", before, (int)(len - is_piece), entry->d_name) < 0)
			return fail_oom(err);
		r = is_piece ? search(s, fd, entry->d_name, text, depth + 1, err)
			     : consider(s, text, err);
	}
	return r;
}

int store_remotes_of(const Store *s, const char *key, Arena *arena, StrList *ret, Error *err)
{
	const Search all = {.store = s, .key = key, .arena = arena, .found = ret};

	return s->cas_fd < 0 ? 0 : search(&all, s->cas_fd, "ref/remote", "", 0, err);
}
