/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How the parts of layer-index.h see an index. */

#include "base/arena.h"
#include "store/layer-index.h"

typedef struct IndexNode IndexNode;
typedef struct IndexEntry IndexEntry;

/* One name in one directory. */
struct IndexEntry {
	IndexEntry *next; /* in the directory; in order once the image is laid out */
	const IndexNode *dir;
	IndexNode *node; /* NULL: the name is gone again */
	char name[];
};

/* One file of any kind. */
struct IndexNode {
	mode_t mode; /* with the type */
	uid_t uid;
	gid_t gid;
	uint32_t nlink; /* once laid out */
	struct timespec mtime;
	uint64_t size; /* bytes: of content, a link's target, or what the directory takes in the
			  image */
	union {
		uint64_t offset;    /* of a file's content in the tar */
		dev_t dev;          /* of a device */
		const char *target; /* of a symbolic link */
		IndexEntry *names;  /* of a directory */
	};
	const uint8_t *xattrs; /* as the image has them, without their header */
	uint32_t xattrs_len;
	bool opaque;
	bool implicit; /* no entry names the directory */
	bool laid_out;
	bool tail_inline;       /* what does not fill a block is behind the inode */
	uint64_t place;         /* of the inode in the image, in bytes */
	uint64_t block;         /* of its first data in the image */
	const IndexEntry *tail; /* first name of the directory's last block */
	IndexNode *next;        /* in the order of places */
};

struct LayerIndex {
	Arena arena;
	IndexNode *root;
	IndexEntry **table; /* all names, by directory and name */
	size_t n, size;
	char *parent; /* the directory of the last path */
	IndexNode *parent_node;
};

/* Gives node the attributes of a, in place of those that it has. */
int layer_index_set_xattrs(LayerIndex *x, IndexNode *node, const Attributes *a, Error *err);
