/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/tar-index.h"

#include <archive.h>
#include <archive_entry.h>
#include "base/cleanup.h"
#include "base/path.h"

#define READ_BLOCK (64u << 10)
#define LINKS_MAX  8

static void archive_freep(struct archive **a)
{
	if (*a)
		(void)archive_read_free(*a);
}

/* What a link in member name means: symbolic ones are relative to its directory, hard ones to the
 * archive. */
static int resolve_link(
	Arena *arena, const char *name, struct archive_entry *entry, const char **ret)
{
	const char *hard = archive_entry_hardlink(entry), *symbolic = archive_entry_symlink(entry);
	_cleanup_free_ char *joined = NULL, *clean = NULL;
	size_t dir = (size_t)(path_base(name) - name), len;

	*ret = NULL;
	if (!hard && !symbolic)
		return 0;
	if (hard || *symbolic == '/')
		dir = 0;
	len = strlen(hard ? hard : symbolic);
	joined = malloc(dir + len + 1);
	if (!joined)
		return -ENOMEM;
	memcpy(joined, name, dir);
	memcpy(joined + dir, hard ? hard : symbolic, len + 1);
	if (path_clean(joined, &clean) < 0)
		return -ENOMEM;
	*ret = arena_strdup(arena, clean);
	return *ret ? 0 : -ENOMEM;
}

static int add_member(
	TarIndex *t, struct archive *a, struct archive_entry *entry, const char *what, Error *err)
{
	_cleanup_free_ char *clean = NULL;
	const char *name = archive_entry_pathname(entry);
	TarMember *m;

	if (t->n == TAR_INDEX_MAX)
		return fail(err, -EFBIG, "%s: more than %d members", what, TAR_INDEX_MAX);
	if (!name)
		return fail(err, -EINVAL, "%s: a member without a name", what);
	if (path_clean(name, &clean) < 0)
		return fail_oom(err);
	m = &t->members[t->n];
	m->name = arena_strdup(&t->arena, clean);
	if (!m->name || resolve_link(&t->arena, m->name, entry, &m->link) < 0)
		return fail_oom(err);
	/* The header is consumed and the data not yet: here the member begins. */
	m->offset = archive_filter_bytes(a, 0);
	m->size = archive_entry_size(entry);
	t->n++;
	return 0;
}

static int read_members(TarIndex *t, struct archive *a, const char *what, Error *err)
{
	for (;;) {
		struct archive_entry *entry;
		int r = archive_read_next_header(a, &entry);

		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_WARN)
			return fail(err, -EINVAL, "%s: bad tar: %s", what, archive_error_string(a));
		r = add_member(t, a, entry, what, err);
		if (r < 0)
			return r;
	}
}

int tar_index_read(int fd, const char *what, TarIndex *ret, Error *err)
{
	_cleanup_tar_index_ TarIndex t = {0};
	_cleanup_(archive_freep) struct archive *a = archive_read_new();
	int r;

	t.members = calloc(TAR_INDEX_MAX, sizeof *t.members);
	if (!a || !t.members)
		return fail_oom(err);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(err, -errno, "seek in %s", what);
	(void)archive_read_support_format_tar(a);
	if (archive_read_open_fd(a, fd, READ_BLOCK) != ARCHIVE_OK)
		return fail(err, -EINVAL, "%s: %s", what, archive_error_string(a));
	r = read_members(&t, a, what, err);
	if (r < 0)
		return r;
	*ret = t;
	t = (TarIndex){0};
	return 0;
}

void tar_index_done(TarIndex *t)
{
	free(t->members);
	t->members = NULL;
	arena_done(&t->arena);
}

static const TarMember *find_exact(const TarIndex *t, const char *name)
{
	/* The last of several wins, as with tar -x. */
	for (size_t i = t->n; i > 0; i--)
		if (streq(t->members[i - 1].name, name))
			return &t->members[i - 1];
	return NULL;
}

const TarMember *tar_index_find(const TarIndex *t, const char *name)
{
	const TarMember *m = find_exact(t, name);

	for (unsigned i = 0; m && m->link && i < LINKS_MAX; i++)
		m = find_exact(t, m->link);
	return m && m->link ? NULL : m;
}
