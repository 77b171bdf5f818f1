/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer-index.h"

#include <limits.h>
#include <sys/sysmacros.h>
#include "base/path.h"
#include "store/erofs-format.h"
#include "store/layer-index-internal.h"

#define PERMISSIONS 07777

LayerIndex *layer_index_free(LayerIndex *x)
{
	if (x) {
		arena_done(&x->arena);
		free(x->table);
		free(x->parent);
		free(x);
	}
	return NULL;
}

static IndexNode *new_node(LayerIndex *x, mode_t mode)
{
	IndexNode *node = arena_new(&x->arena, IndexNode, 1);

	if (node)
		node->mode = mode;
	return node;
}

int layer_index_new(LayerIndex **ret, Error *err)
{
	_cleanup_layer_index_ LayerIndex *x = calloc(1, sizeof *x);

	if (!x)
		return fail_oom(err);
	x->root = new_node(x, S_IFDIR | 0755);
	x->parent = malloc(PATH_MAX);
	if (!x->root || !x->parent)
		return fail_oom(err);
	x->root->implicit = true;
	*ret = TAKE_PTR(x);
	return 0;
}

static uint64_t hash(const IndexNode *dir, const char *name, size_t len)
{
	uint64_t h = 14695981039346656037u ^ (uintptr_t)dir >> 4;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 1099511628211u;
	return h ^ h >> 29;
}

/* The place of a name in the table: its own, or the free one that it would get. */
static IndexEntry **find(
	IndexEntry **table, size_t size, const IndexNode *dir, const char *name, size_t len)
{
	size_t i = hash(dir, name, len) & (size - 1);

	while (table[i] && !(table[i]->dir == dir && strncmp(table[i]->name, name, len) == 0 &&
				   table[i]->name[len] == '\0'))
		i = (i + 1) & (size - 1);
	return &table[i];
}

/* The entry, if the name is there or was there. */
static IndexEntry *lookup(const LayerIndex *x, const IndexNode *dir, const char *name, size_t len)
{
	return x->size > 0 ? *find(x->table, x->size, dir, name, len) : NULL;
}

static int grow(LayerIndex *x)
{
	size_t size = MAX(x->size * 2, (size_t)1024);
	IndexEntry **table = calloc(size, sizeof *table);

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < x->size; i++) {
		IndexEntry *e = x->table[i];

		if (e)
			*find(table, size, e->dir, e->name, strlen(e->name)) = e;
	}
	free(x->table);
	x->table = table;
	x->size = size;
	return 0;
}

/* The entry for the name, made where there was none. */
static int entry_of(
	LayerIndex *x, IndexNode *dir, const char *name, size_t len, IndexEntry **ret, Error *err)
{
	IndexEntry **place, *e;

	if (len > NAME_MAX)
		return fail_errno(err, -ENAMETOOLONG, "create");
	if (x->n * 2 >= x->size && grow(x) < 0)
		return fail_oom(err);
	place = find(x->table, x->size, dir, name, len);
	*ret = *place;
	if (*ret)
		return 0;
	e = arena_alloc(&x->arena, sizeof *e + len + 1);
	if (!e)
		return fail_oom(err);
	memcpy(e->name, name, len);
	e->dir = dir;
	e->next = dir->names;
	dir->names = *place = *ret = e;
	x->n++;
	return 0;
}

static bool is_whiteout(const IndexNode *node)
{
	return S_ISCHR(node->mode) && node->dev == makedev(0, 0);
}

static bool is_empty(const IndexNode *dir)
{
	for (const IndexEntry *e = dir->names; e; e = e->next)
		if (e->node)
			return false;
	return true;
}

/* The directory below dir whose path ends at end; what is missing is made. */
static int enter_or_make(LayerIndex *x, IndexNode *dir, const char *path, const char *end,
	IndexNode **ret, Error *err)
{
	const char *name = end;
	IndexEntry *e;
	bool whiteout;
	int r;

	while (name > path && name[-1] != '/')
		name--;
	r = entry_of(x, dir, name, (size_t)(end - name), &e, err);
	if (r < 0)
		return r;
	whiteout = e->node && is_whiteout(e->node);
	if (!e->node || whiteout) {
		e->node = new_node(x, S_IFDIR | 0755);
		if (!e->node)
			return fail_oom(err);
		e->node->implicit = true;
		e->node->opaque = whiteout;
	}
	if (!S_ISDIR(e->node->mode))
		return fail(err, -EINVAL, "lies below \"%.*s\", which is %s", (int)(end - path),
			path, S_ISLNK(e->node->mode) ? "a symbolic link" : "not a directory");
	*ret = e->node;
	return 0;
}

/* The directory that path is to be made in, and the name there. */
static int open_parent(
	LayerIndex *x, const char *path, IndexNode **ret, const char **ret_name, Error *err)
{
	const char *base = path_base(path);
	size_t len = base == path ? 0 : (size_t)(base - path) - 1;
	IndexNode *dir = x->root;

	*ret_name = base;
	if (len > 0 && x->parent_node && strlen(x->parent) == len &&
		memcmp(x->parent, path, len) == 0) {
		*ret = x->parent_node;
		return 0;
	}
	for (const char *end = path; len > 0 && end < path + len;) {
		int r;

		end = strchr(end + 1, '/');
		r = enter_or_make(x, dir, path, end, &dir, err);
		if (r < 0)
			return r;
	}
	memcpy(x->parent, path, len);
	x->parent[len] = '\0';
	x->parent_node = len > 0 ? dir : NULL;
	*ret = dir;
	return 0;
}

/* The entry for path. What is missing on the way is made. */
static int entry_at(LayerIndex *x, const char *path, IndexEntry **ret, Error *err)
{
	const char *name;
	IndexNode *dir;
	int r = open_parent(x, path, &dir, &name, err);

	return r < 0 ? r : entry_of(x, dir, name, strlen(name), ret, err);
}

/* The same, without what was there before. */
static int make_room(LayerIndex *x, const char *path, IndexEntry **ret, Error *err)
{
	IndexEntry *e;
	int r = entry_at(x, path, &e, err);

	if (r < 0)
		return r;
	if (e->node && S_ISDIR(e->node->mode)) {
		if (!is_empty(e->node))
			return fail(err, -EINVAL,
				"would replace a directory of the same name, which is not empty");
		x->parent_node = NULL;
	}
	e->node = NULL;
	*ret = e;
	return 0;
}

static void set_status(IndexNode *node, mode_t type, const Attributes *a)
{
	node->mode = type | (a->mode & PERMISSIONS);
	node->uid = a->uid;
	node->gid = a->gid;
	node->mtime = a->mtime;
}

static int make(LayerIndex *x, const char *path, mode_t type, const Attributes *a, IndexNode **ret,
	Error *err)
{
	IndexEntry *e;
	IndexNode *node;
	int r = make_room(x, path, &e, err);

	if (r < 0)
		return r;
	node = new_node(x, type);
	if (!node)
		return fail_oom(err);
	set_status(node, type, a);
	e->node = *ret = node;
	return 0;
}

int layer_index_file(LayerIndex *x, const char *path, const Attributes *a, uint64_t offset,
	uint64_t size, Error *err)
{
	IndexNode *node;
	int r;

	if (offset % EROFS_BLOCK != 0 || offset / EROFS_BLOCK >= UINT32_MAX ||
		size > 1ull << EROFS_CHUNK_BITS_MAX)
		return fail(err, -EFBIG, "the content is too large, or too far behind others");
	r = make(x, path, S_IFREG, a, &node, err);
	if (r < 0)
		return r;
	node->offset = offset;
	node->size = size;
	return layer_index_set_xattrs(x, node, a, err);
}

/* The directory at path, which is kept where there is one. */
static int make_dir(LayerIndex *x, const char *path, IndexNode **ret, Error *err)
{
	IndexEntry *e;
	bool whiteout;
	int r;

	*ret = x->root;
	if (!*path)
		return 0;
	r = entry_at(x, path, &e, err);
	if (r < 0)
		return r;
	if (!e->node || !S_ISDIR(e->node->mode)) {
		whiteout = e->node && is_whiteout(e->node);
		e->node = new_node(x, S_IFDIR | 0755);
		if (!e->node)
			return fail_oom(err);
		e->node->opaque = whiteout;
	}
	*ret = e->node;
	return 0;
}

int layer_index_dir(LayerIndex *x, const char *path, const Attributes *a, Error *err)
{
	IndexNode *node;
	int r = make_dir(x, path, &node, err);

	if (r < 0)
		return r;
	set_status(node, S_IFDIR, a);
	node->implicit = false;
	return layer_index_set_xattrs(x, node, a, err);
}

int layer_index_symlink(
	LayerIndex *x, const char *path, const char *target, const Attributes *a, Error *err)
{
	IndexNode *node;
	int r;

	if (!*target)
		return fail(err, -EINVAL, "symbolic link without a target");
	if (strlen(target) >= PATH_MAX)
		return fail(err, -ENAMETOOLONG, "the target of the symbolic link is too long");
	r = make(x, path, S_IFLNK, a, &node, err);
	if (r < 0)
		return r;
	node->mode = S_IFLNK | 0777;
	node->size = strlen(target);
	node->target = arena_strdup(&x->arena, target);
	return node->target ? 0 : fail_oom(err);
}

/* What is at path, not followed; NULL when there is nothing. */
static IndexNode *find_node(const LayerIndex *x, const char *path)
{
	IndexNode *node = x->root;

	while (node && *path) {
		size_t len = strcspn(path, "/");
		IndexEntry *e = S_ISDIR(node->mode) ? lookup(x, node, path, len) : NULL;

		node = e ? e->node : NULL;
		path += len + (path[len] == '/');
	}
	return node;
}

int layer_index_hardlink(LayerIndex *x, const char *path, const char *target, Error *err)
{
	IndexNode *node;
	IndexEntry *e;
	const char *name;
	/* A whiteout that is the target may become a directory on the way. */
	int r = open_parent(x, path, &node, &name, err);

	if (r < 0)
		return r;
	node = find_node(x, target);
	if (!node)
		return fail(err, -EINVAL, "hard link to \"%s\", which the archive does not contain",
			target);
	if (S_ISDIR(node->mode))
		return fail(err, -EINVAL, "hard link to \"%s\", which is a directory", target);
	r = make_room(x, path, &e, err);
	if (r == 0)
		e->node = node;
	return r;
}

int layer_index_node(
	LayerIndex *x, const char *path, mode_t type, dev_t dev, const Attributes *a, Error *err)
{
	IndexNode *node = NULL;
	int r = make(x, path, type, a, &node, err);

	if (node)
		node->dev = dev;
	return r;
}

int layer_index_whiteout(LayerIndex *x, const char *path, Error *err)
{
	IndexEntry *e;
	int r = entry_at(x, path, &e, err);

	if (r < 0)
		return r;
	/* What this layer has itself stays; it hides what is below, a directory only if it is
	 * opaque. */
	if (!e->node) {
		e->node = new_node(x, S_IFCHR);
		return e->node ? 0 : fail_oom(err);
	}
	if (S_ISDIR(e->node->mode))
		e->node->opaque = true;
	return 0;
}

int layer_index_opaque(LayerIndex *x, const char *path, Error *err)
{
	const char *name;
	IndexNode *dir = x->root;
	int r = 0;

	if (*path) {
		r = open_parent(x, path, &dir, &name, err);
		if (r == 0)
			r = enter_or_make(x, dir, path, path + strlen(path), &dir, err);
	}
	if (r == 0)
		dir->opaque = true;
	return r;
}

/* Tells the directories below dir, whose path is the len bytes in path. */
static int tell_implicit(const IndexNode *dir, char path[static PATH_MAX], size_t len,
	int (*told)(void *userdata, const char *path, Error *err), void *userdata, Error *err)
{
	int r = dir->implicit ? told(userdata, path, err) : 0;

	for (const IndexEntry *e = dir->names; r == 0 && e; e = e->next) {
		int more;

		if (!e->node || !S_ISDIR(e->node->mode))
			continue;
		more = snprintf(path + len, PATH_MAX - len, "%s%s", len > 0 ? "/" : "", e->name);
		r = tell_implicit(e->node, path, len + (size_t)more, told, userdata, err);
		path[len] = '\0';
	}
	return r;
}

int layer_index_each_implicit(const LayerIndex *x,
	int (*told)(void *userdata, const char *path, Error *err), void *userdata, Error *err)
{
	char path[PATH_MAX] = "";

	return tell_implicit(x->root, path, 0, told, userdata, err);
}
