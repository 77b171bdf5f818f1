/* SPDX-License-Identifier: Apache-2.0 */
#include "store/entry-attributes.h"

#include <archive.h>
#include <archive_entry.h>
#include <search.h>
#include <stdint.h>
#include "store/xattr-rules.h"

static int compare_names(const void *a, const void *b)
{
	const Xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void keep_pointer(void *p)
{
}

/* libarchive writes each in two forms, both of which it reads: the last one of a name counts. */
static int add_xattr(Attributes *a, const Xattr *x, void **names)
{
	Xattr *next = &a->xattrs[a->n_xattrs], **place;

	*next = *x;
	place = tsearch(next, names, compare_names);
	if (!place)
		return -ENOMEM;
	if (*place == next)
		a->n_xattrs++;
	else
		**place = *x;
	return 0;
}

static int copy_xattr(Attributes *a, const Xattr *x, Arena *arena, void **names)
{
	const Xattr copy = {
		arena_strdup(arena, x->name), arena_memdup(arena, x->value, x->size), x->size};

	return !copy.name || (copy.size > 0 && !copy.value) ? -ENOMEM : add_xattr(a, &copy, names);
}

static int copy_xattrs(struct archive_entry *entry, Arena *arena, Attributes *a)
{
	int n = archive_entry_xattr_reset(entry), r = 0;
	void *names = NULL;
	Xattr x;

	if (n <= 0)
		return 0;
	a->xattrs = arena_new(arena, Xattr, (size_t)n);
	if (!a->xattrs)
		return -ENOMEM;
	while (r == 0 &&
		archive_entry_xattr_next(entry, &x.name, &x.value, &x.size) == ARCHIVE_OK) {
		if (attributes_keep_xattr(x.name))
			r = copy_xattr(a, &x, arena, &names);
	}
	tdestroy(names, keep_pointer);
	return r;
}

/* Leaves out those that the file does not get, and gives it the mode that it gets with them. */
static int apply_rules(Attributes *a, mode_t type, Error *err)
{
	mode_t mode = type | a->mode;
	size_t n = 0;

	for (size_t i = 0; i < a->n_xattrs; i++) {
		int r = xattr_rules_apply(&a->xattrs[i], &mode);

		if (r < 0)
			return fail_errno(err, r, "set attribute %s", a->xattrs[i].name);
		if (r == 0)
			a->xattrs[n++] = a->xattrs[i];
	}
	a->n_xattrs = n;
	a->mode = mode & 07777;
	return 0;
}

/* The mode in the entry's header. Where an ACL came with it, of a form that is not kept, libarchive
 * has put the owning group's permissions in place of the mask, which is what a mode shows. */
static mode_t header_mode(struct archive_entry *entry)
{
	mode_t mode = archive_entry_perm(entry) & 07777;
	int type, permissions, tag, id;
	const char *name;

	if (archive_entry_acl_reset(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS) == 0)
		return mode;
	while (archive_entry_acl_next(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &type, &permissions,
		       &tag, &id, &name) == ARCHIVE_OK)
		if (tag == ARCHIVE_ENTRY_ACL_MASK)
			return (mode & ~(mode_t)070) | ((mode_t)permissions & 07) << 3;
	return mode;
}

int attributes_from_entry(struct archive_entry *entry, Arena *arena, Attributes *ret, Error *err)
{
	int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
	mode_t type = archive_entry_filetype(entry);
	Attributes a = {0};
	int r = 0;

	/* The highest number stands for "no owner" in system calls. */
	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return fail(err, -EINVAL, "owner %lld:%lld is out of range", (long long)uid,
			(long long)gid);
	a.uid = (uid_t)uid;
	a.gid = (gid_t)gid;
	a.mode = header_mode(entry);
	a.mtime.tv_sec = archive_entry_mtime(entry);
	a.mtime.tv_nsec = archive_entry_mtime_nsec(entry);
	if (a.mtime.tv_nsec < 0 || a.mtime.tv_nsec >= 1000000000)
		return fail(err, -EINVAL, "modification time is out of range");
	if (type == AE_IFREG || type == AE_IFDIR) {
		if (copy_xattrs(entry, arena, &a) < 0)
			return fail_oom(err);
		r = apply_rules(&a, type, err);
	}
	if (r == 0)
		*ret = a;
	return r;
}
