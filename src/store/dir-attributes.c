/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dir-attributes.h"

#include <fcntl.h>
#include <search.h>
#include "base/beneath.h"
#include "base/cleanup.h"

struct DirAttributesItem {
	const char *path;
	size_t order; /* of being noted */
	Attributes attributes;
};

typedef struct Made {
	dev_t dev;
	ino_t ino;
} Made;

static int compare_made(const void *a, const void *b)
{
	const Made *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return (x->ino > y->ino) - (x->ino < y->ino);
}

int dir_attributes_note_made(DirAttributes *dirs, const struct stat *st, Error *err)
{
	Made *made = arena_new(&dirs->arena, Made, 1);

	if (!made)
		return fail_oom(err);
	*made = (Made){st->st_dev, st->st_ino};
	return tsearch(made, &dirs->made, compare_made) ? 0 : fail_oom(err);
}

bool dir_attributes_made(const DirAttributes *dirs, const struct stat *st)
{
	const Made made = {st->st_dev, st->st_ino};

	return tfind(&made, &dirs->made, compare_made);
}

static void leave_to_arena(void *made)
{
	(void)made;
}

void dir_attributes_done(DirAttributes *dirs)
{
	tdestroy(TAKE_PTR(dirs->made), leave_to_arena);
	arena_done(&dirs->arena);
	free(TAKE_PTR(dirs->items));
	dirs->n = dirs->size = 0;
}

static int reserve(DirAttributes *dirs)
{
	size_t size = dirs->n < dirs->size ? dirs->size : MAX(dirs->size * 2, (size_t)256);
	DirAttributesItem *items;

	if (size == dirs->size)
		return 0;
	items = realloc(dirs->items, size * sizeof *items);
	if (!items)
		return -ENOMEM;
	dirs->items = items;
	dirs->size = size;
	return 0;
}

int dir_attributes_add(DirAttributes *dirs, const char *path, const Attributes *a, Error *err)
{
	DirAttributesItem item = {.order = dirs->n, .attributes = *a};

	dirs->used += sizeof item + strlen(path) + 1;
	for (size_t i = 0; i < a->n_xattrs; i++)
		dirs->used += sizeof(Xattr) + strlen(a->xattrs[i].name) + a->xattrs[i].size;
	if (dirs->used > DIR_ATTRIBUTES_MAX)
		return fail(err, -EFBIG, "too many directories");
	item.path = arena_strdup(&dirs->arena, path);
	if (!item.path || reserve(dirs) < 0)
		return fail_oom(err);
	dirs->items[dirs->n++] = item;
	return 0;
}

/* Descending by path, so that what is below a directory comes before it; of equal paths the last
 * noted first. */
static int compare(const void *a, const void *b)
{
	const DirAttributesItem *x = a, *y = b;
	int order = strcmp(y->path, x->path);

	return order ? order : (x->order < y->order) - (x->order > y->order);
}

static int apply_one(const DirAttributes *dirs, const DirAttributesItem *item, int root,
	const AttributePolicy *policy, Error *err)
{
	_cleanup_close_ int fd = path_open_beneath(
		root, *item->path ? item->path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct stat now;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return fail_errno(err, fd, "open the directory");
	if (fstat(fd, &now) < 0)
		return fail_errno(err, -errno, "stat the directory");
	if (policy->always && !dir_attributes_made(dirs, &now))
		return 0;
	return attributes_apply(&item->attributes, policy, fd, &now, err);
}

int dir_attributes_apply(DirAttributes *dirs, int root, const AttributePolicy *policy,
	const char **ret_path, Error *err)
{
	if (dirs->n > 0)
		qsort(dirs->items, dirs->n, sizeof *dirs->items, compare);
	for (size_t i = 0; i < dirs->n; i++) {
		const DirAttributesItem *item = &dirs->items[i];
		int r;

		if (i > 0 && streq(item->path, dirs->items[i - 1].path))
			continue;
		r = apply_one(dirs, item, root, policy, err);
		if (r < 0) {
			*ret_path = item->path;
			return r;
		}
	}
	return 0;
}

int dir_attributes_each_implicit(const DirAttributes *dirs,
	int (*told)(void *userdata, const char *path, Error *err), void *userdata, Error *err)
{
	const char *last = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dirs->n; i++) {
		const DirAttributesItem *item = &dirs->items[i];
		bool first = !last || !streq(item->path, last);

		last = item->path;
		if (first && item->attributes.implicit)
			r = told(userdata, item->path, err);
	}
	/* The root comes last, if it was noted. */
	return r == 0 && (!last || *last) ? told(userdata, "", err) : r;
}
