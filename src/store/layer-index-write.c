/* SPDX-License-Identifier: Apache-2.0 */

/* A layer's index as an EROFS image: first all inodes, each with what belongs behind it, then the
 * blocks of directories and links that do not fit there. Content is the tar's, the image's second
 * device. */

#include "store/layer-index-internal.h"

#include <endian.h>
#include <sys/sysmacros.h>
#include "base/fd.h"
#include "store/erofs-format.h"

#define FIRST_PLACE (EROFS_SUPER_OFFSET + sizeof(ErofsSuper) + sizeof(ErofsDevice))
#define OPAQUE_NAME "overlay.opaque"

typedef struct Layout {
	LayerIndex *index;
	IndexNode *last; /* of the nodes so far */
	uint64_t inodes;
	uint64_t place; /* the next free byte */
	uint64_t block; /* the next free block */
} Layout;

typedef struct Output {
	int fd;
	int error;
	uint64_t written; /* bytes, with those in the buffer */
	size_t len;
	uint8_t buffer[65536];
} Output;

static uint64_t align(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

/* Bytes of attributes behind the inode. */
static uint64_t xattrs_size(const IndexNode *node)
{
	uint64_t opaque = node->opaque ? align(sizeof(ErofsXattr) + strlen(OPAQUE_NAME) + 1, 4) : 0;

	return node->xattrs_len + opaque > 0 ? sizeof(ErofsXattrHeader) + node->xattrs_len + opaque
					     : 0;
}

static uint64_t head_size(const IndexNode *node)
{
	return sizeof(ErofsInode) + xattrs_size(node);
}

static bool has_chunk(const IndexNode *node)
{
	return S_ISREG(node->mode) && node->size > 0;
}

static bool has_data(const IndexNode *node)
{
	return S_ISDIR(node->mode) || S_ISLNK(node->mode);
}

static int compare_names(const void *a, const void *b)
{
	const IndexEntry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int add_name(LayerIndex *x, IndexNode *dir, const char *name, IndexNode *node)
{
	IndexEntry *e = arena_alloc(&x->arena, sizeof *e + strlen(name) + 1);

	if (!e)
		return -ENOMEM;
	*e = (IndexEntry){.next = dir->names, .dir = dir, .node = node};
	memcpy(e->name, name, strlen(name));
	dir->names = e;
	return 0;
}

/* Puts the names that are there, with "." and "..", in their order. */
static int sort_names(LayerIndex *x, IndexNode *dir, IndexNode *above)
{
	_cleanup_free_ IndexEntry **names = NULL;
	size_t n = 0, i = 0;

	if (add_name(x, dir, ".", dir) < 0 || add_name(x, dir, "..", above) < 0)
		return -ENOMEM;
	for (const IndexEntry *e = dir->names; e; e = e->next)
		n += e->node != NULL;
	names = calloc(n, sizeof *names);
	if (!names)
		return -ENOMEM;
	for (IndexEntry *e = dir->names; e; e = e->next)
		if (e->node)
			names[i++] = e;
	qsort(names, n, sizeof *names, compare_names);
	for (i = 0; i < n; i++)
		names[i]->next = i + 1 < n ? names[i + 1] : NULL;
	dir->names = names[0];
	return 0;
}

/* The first name that is not in the block that begins with first; what that block takes, in bytes.
 */
static const IndexEntry *block_end(const IndexEntry *first, size_t *ret_used)
{
	const IndexEntry *e = first;
	size_t used = 0, more;

	while (e && used + (more = sizeof(ErofsDirent) + strlen(e->name)) <= EROFS_BLOCK) {
		used += more;
		e = e->next;
	}
	*ret_used = used;
	return e;
}

static void measure_dir(IndexNode *dir)
{
	const IndexEntry *end;
	size_t used = 0;

	dir->size = 0;
	for (const IndexEntry *e = dir->names; e; e = end) {
		end = block_end(e, &used);
		dir->tail = e;
		dir->size += end ? EROFS_BLOCK : used;
	}
}

/* Adds a node to those that get a place, unless it has another name that has done so. */
static void enlist(Layout *l, IndexNode *node)
{
	if (!S_ISDIR(node->mode))
		node->nlink++;
	if (node->laid_out)
		return;
	node->laid_out = true;
	l->inodes++;
	if (l->last)
		l->last->next = node;
	l->last = node;
}

static bool is_self_or_parent(const IndexEntry *e)
{
	return streq(e->name, ".") || streq(e->name, "..");
}

/* All nodes in the order of their places, a directory before what is in it. */
static int enlist_all(Layout *l)
{
	LayerIndex *x = l->index;
	int r = sort_names(x, x->root, x->root);

	enlist(l, x->root);
	for (IndexNode *dir = x->root; r == 0 && dir; dir = dir->next) {
		if (!S_ISDIR(dir->mode))
			continue;
		measure_dir(dir);
		dir->nlink = 2;
		for (IndexEntry *e = dir->names; r == 0 && e; e = e->next) {
			if (is_self_or_parent(e))
				continue;
			if (S_ISDIR(e->node->mode)) {
				dir->nlink++;
				r = sort_names(x, e->node, dir);
			}
			enlist(l, e->node);
		}
	}
	return r;
}

/* What follows an inode in its block has to be in that block as a whole. Where that cannot be had
 * by moving the inode, it gets a block of its own. */
static void place_tail(Layout *l, IndexNode *node)
{
	uint64_t tail = node->size % EROFS_BLOCK;

	for (uint64_t place = l->place; tail > 0 && place < l->place + EROFS_BLOCK;
		place += EROFS_SLOT)
		if ((place + head_size(node)) % EROFS_BLOCK + tail <= EROFS_BLOCK) {
			node->place = place;
			node->tail_inline = true;
			return;
		}
}

static void place_all(Layout *l)
{
	l->place = FIRST_PLACE;
	for (IndexNode *node = l->index->root; node; node = node->next) {
		l->place = node->place = align(l->place, EROFS_SLOT);
		if (has_data(node))
			place_tail(l, node);
		l->place = node->place + head_size(node);
		if (node->tail_inline)
			l->place += node->size % EROFS_BLOCK;
		if (has_chunk(node))
			l->place = align(l->place, sizeof(ErofsChunk)) + sizeof(ErofsChunk);
	}
	l->block = align(l->place, EROFS_BLOCK) / EROFS_BLOCK;
	for (IndexNode *node = l->index->root; node; node = node->next) {
		if (!has_data(node))
			continue;
		node->block = l->block;
		l->block += node->tail_inline ? node->size / EROFS_BLOCK
					      : align(node->size, EROFS_BLOCK) / EROFS_BLOCK;
	}
}

static void flush(Output *o)
{
	int r = o->error < 0 ? 0 : fd_write(o->fd, o->buffer, o->len);

	if (r < 0)
		o->error = r;
	o->len = 0;
}

static void put(Output *o, const void *data, size_t len)
{
	const uint8_t *from = data;

	o->written += len;
	while (len > 0) {
		size_t n = MIN(len, sizeof o->buffer - o->len);

		memcpy(o->buffer + o->len, from, n);
		o->len += n;
		from += n;
		len -= n;
		if (o->len == sizeof o->buffer)
			flush(o);
	}
}

/* Zeros up to a place. */
static void pad(Output *o, uint64_t place)
{
	static const uint8_t zeros[2 * EROFS_BLOCK];

	while (o->written < place)
		put(o, zeros, MIN((size_t)(place - o->written), sizeof zeros));
}

static uint8_t dirent_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return 1;
	case S_IFDIR: return 2;
	case S_IFCHR: return 3;
	case S_IFBLK: return 4;
	case S_IFIFO: return 5;
	default: return 7; /* a symbolic link */
	}
}

static void put_dir_block(Output *o, const IndexEntry *first, const IndexEntry *end)
{
	size_t offset = 0;

	for (const IndexEntry *e = first; e != end; e = e->next)
		offset += sizeof(ErofsDirent);
	for (const IndexEntry *e = first; e != end; e = e->next) {
		const ErofsDirent dirent = {
			.inode = htole64(e->node->place / EROFS_SLOT),
			.name_offset = htole16((uint16_t)offset),
			.type = dirent_type(e->node->mode),
		};

		put(o, &dirent, sizeof dirent);
		offset += strlen(e->name);
	}
	for (const IndexEntry *e = first; e != end; e = e->next)
		put(o, e->name, strlen(e->name));
}

static void put_xattrs(Output *o, const IndexNode *node)
{
	const ErofsXattr opaque = {strlen(OPAQUE_NAME), EROFS_XATTR_TRUSTED, htole16(1)};

	if (xattrs_size(node) == 0)
		return;
	put(o, &(ErofsXattrHeader){0}, sizeof(ErofsXattrHeader));
	put(o, node->xattrs, node->xattrs_len);
	if (node->opaque) {
		put(o, &opaque, sizeof opaque);
		put(o, OPAQUE_NAME "y", strlen(OPAQUE_NAME "y"));
		pad(o, align(o->written, 4));
	}
}

static uint16_t chunk_bits(uint64_t size)
{
	uint16_t bits = EROFS_BLOCK_BITS;

	while (1ull << bits < size)
		bits++;
	return bits;
}

/* How the kernel's device numbers are on disk: as new_encode_dev() has them. */
static uint32_t encode_dev(dev_t dev)
{
	return (minor(dev) & 0xff) | major(dev) << 8 | (minor(dev) & ~0xffu) << 12;
}

static ErofsInode inode_of(const IndexNode *node)
{
	uint16_t layout = has_chunk(node)     ? EROFS_CHUNK_BASED
			  : node->tail_inline ? EROFS_FLAT_INLINE
					      : EROFS_FLAT_PLAIN;
	uint32_t where = 0;

	if (has_chunk(node))
		where = EROFS_CHUNK_INDEXES | (chunk_bits(node->size) - EROFS_BLOCK_BITS);
	else if (has_data(node))
		where = (uint32_t)node->block;
	else if (S_ISCHR(node->mode) || S_ISBLK(node->mode))
		where = encode_dev(node->dev);
	return (ErofsInode){
		.format = htole16(EROFS_EXTENDED | layout),
		.xattr_count = htole16(
			(uint16_t)(xattrs_size(node) == 0
					   ? 0
					   : (xattrs_size(node) - sizeof(ErofsXattrHeader)) / 4 +
						     1)),
		.mode = htole16((uint16_t)node->mode),
		.size = htole64(node->size),
		.where = htole32(where),
		.number = htole32((uint32_t)(node->place / EROFS_SLOT)),
		.uid = htole32(node->uid),
		.gid = htole32(node->gid),
		.mtime = htole64((uint64_t)node->mtime.tv_sec),
		.mtime_nsec = htole32((uint32_t)node->mtime.tv_nsec),
		.nlink = htole32(node->nlink),
	};
}

static void put_inode(Output *o, const IndexNode *node)
{
	const ErofsInode inode = inode_of(node);

	pad(o, node->place);
	put(o, &inode, sizeof inode);
	put_xattrs(o, node);
	if (has_chunk(node)) {
		const ErofsChunk chunk = {
			.device = htole16(EROFS_DEVICE_TAR),
			.block = htole32((uint32_t)(node->offset / EROFS_BLOCK)),
		};

		pad(o, align(o->written, sizeof chunk));
		put(o, &chunk, sizeof chunk);
	} else if (node->tail_inline && S_ISDIR(node->mode)) {
		put_dir_block(o, node->tail, NULL);
	} else if (node->tail_inline) {
		put(o, node->target + (node->size - node->size % EROFS_BLOCK),
			node->size % EROFS_BLOCK);
	}
}

static void put_dir_blocks(Output *o, const IndexNode *dir)
{
	const IndexEntry *end;
	size_t used;

	for (const IndexEntry *e = dir->names; e; e = end) {
		end = block_end(e, &used);
		if (!end && dir->tail_inline)
			return;
		put_dir_block(o, e, end);
		pad(o, align(o->written, EROFS_BLOCK));
	}
}

static void put_data(Output *o, const IndexNode *node)
{
	size_t whole = (size_t)(node->size - node->size % EROFS_BLOCK);

	pad(o, node->block * EROFS_BLOCK);
	if (S_ISDIR(node->mode))
		put_dir_blocks(o, node);
	else
		put(o, node->target, node->tail_inline ? whole : (size_t)node->size);
}

static unsigned digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void put_super(Output *o, const Layout *l, uint64_t tar_size, const char *digest)
{
	ErofsSuper super = {
		.magic = htole32(EROFS_MAGIC),
		.compat = htole32(EROFS_COMPAT_MTIME),
		.block_bits = EROFS_BLOCK_BITS,
		.root = htole16((uint16_t)(l->index->root->place / EROFS_SLOT)),
		.inodes = htole64(l->inodes),
		.blocks = htole32((uint32_t)l->block),
		.incompat = htole32(EROFS_INCOMPAT_CHUNKED | EROFS_INCOMPAT_DEVICES),
		.extra_devices = htole16(1),
		.device_slot =
			htole16((EROFS_SUPER_OFFSET + sizeof(ErofsSuper)) / sizeof(ErofsDevice)),
	};
	const ErofsDevice tar = {
		.blocks = htole32((uint32_t)(align(tar_size, EROFS_BLOCK) / EROFS_BLOCK)),
	};

	for (size_t i = 0; i < sizeof super.uuid; i++)
		super.uuid[i] = (uint8_t)(digit(digest[2 * i]) << 4 | digit(digest[2 * i + 1]));
	pad(o, EROFS_SUPER_OFFSET);
	put(o, &super, sizeof super);
	put(o, &tar, sizeof tar);
}

int layer_index_write(LayerIndex *x, uint64_t tar_size, const char *digest, int fd, Error *err)
{
	Layout layout = {.index = x};
	_cleanup_free_ Output *o = calloc(1, sizeof *o);

	if (!o || enlist_all(&layout) < 0)
		return fail_oom(err);
	place_all(&layout);
	if (layout.block >= UINT32_MAX || align(tar_size, EROFS_BLOCK) / EROFS_BLOCK >= UINT32_MAX)
		return fail(err, -EFBIG, "too much for an index");
	o->fd = fd;
	put_super(o, &layout, tar_size, digest);
	for (const IndexNode *node = x->root; node; node = node->next)
		put_inode(o, node);
	for (const IndexNode *node = x->root; node; node = node->next)
		if (has_data(node) && !(node->tail_inline && node->size < EROFS_BLOCK))
			put_data(o, node);
	pad(o, layout.block * EROFS_BLOCK);
	flush(o);
	return o->error < 0 ? fail_errno(err, o->error, "write the index") : 0;
}
