/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The part of the EROFS disk format that layer-index-write.c writes. Numbers are little-endian.
 * Source: Linux, fs/erofs/erofs_fs.h, and Documentation/filesystems/erofs.rst. */

#include <stdint.h>
#include "base/macro.h"

#define EROFS_MAGIC             0xe0f5e1e2u
#define EROFS_SUPER_OFFSET      1024u
#define EROFS_BLOCK_BITS        9u
#define EROFS_BLOCK             (1u << EROFS_BLOCK_BITS)
#define EROFS_SLOT              32u /* inode numbers count these */
#define EROFS_COMPAT_MTIME      0x2u
#define EROFS_INCOMPAT_CHUNKED  0x4u
#define EROFS_INCOMPAT_DEVICES  0x8u
#define EROFS_DEVICE_SLOT       128u
#define EROFS_DEVICE_TAR        1u /* the image itself is 0 */
#define EROFS_CHUNK_INDEXES     0x20u
#define EROFS_CHUNK_BITS_MAX    (EROFS_BLOCK_BITS + 31)
#define EROFS_XATTR_USER        1u
#define EROFS_XATTR_ACL_ACCESS  2u
#define EROFS_XATTR_ACL_DEFAULT 3u
#define EROFS_XATTR_TRUSTED     4u
#define EROFS_XATTR_SECURITY    6u

/* ErofsInode.format: one of these, above the bit that says that the inode is an extended one. */
#define EROFS_EXTENDED    1u
#define EROFS_FLAT_PLAIN  (0u << 1)
#define EROFS_FLAT_INLINE (2u << 1)
#define EROFS_CHUNK_BASED (4u << 1)

typedef struct ErofsSuper {
	uint32_t magic;
	uint32_t checksum;
	uint32_t compat;
	uint8_t block_bits;
	uint8_t extra_slots;
	uint16_t root;
	uint64_t inodes;
	uint64_t time;
	uint32_t time_nsec;
	uint32_t blocks;
	uint32_t meta_block;
	uint32_t xattr_block;
	uint8_t uuid[16];
	uint8_t volume[16];
	uint32_t incompat;
	uint16_t compression;
	uint16_t extra_devices;
	uint16_t device_slot; /* in EROFS_DEVICE_SLOT */
	uint8_t dir_block_bits;
	uint8_t reserved[37];
} ErofsSuper;

typedef struct ErofsDevice {
	uint8_t tag[64];
	uint32_t blocks;
	uint32_t mapped_block;
	uint8_t reserved[56];
} ErofsDevice;

typedef struct ErofsInode {
	uint16_t format;
	uint16_t xattr_count; /* 0, or 1 and how many four bytes they have behind their header */
	uint16_t mode;
	uint16_t reserved;
	uint64_t size;
	uint32_t where; /* first block, device number, or kind of chunks */
	uint32_t number;
	uint32_t uid;
	uint32_t gid;
	uint64_t mtime;
	uint32_t mtime_nsec;
	uint32_t nlink;
	uint8_t reserved2[16];
} ErofsInode;

typedef struct ErofsXattrHeader {
	uint32_t name_filter;
	uint8_t shared_count;
	uint8_t reserved[7];
} ErofsXattrHeader;

/* The name without its prefix and the value follow; the next one is aligned to four bytes. */
typedef struct ErofsXattr {
	uint8_t name_len;
	uint8_t prefix;
	uint16_t value_size;
} ErofsXattr;

typedef struct ErofsChunk {
	uint16_t advise;
	uint16_t device;
	uint32_t block;
} ErofsChunk;

/* As it is on disk, twelve bytes each. */
typedef struct __attribute__((packed)) ErofsDirent {
	uint64_t inode;
	uint16_t name_offset;
	uint8_t type;
	uint8_t reserved;
} ErofsDirent;

_Static_assert(sizeof(ErofsSuper) == 128 && sizeof(ErofsDevice) == EROFS_DEVICE_SLOT &&
		       sizeof(ErofsInode) == 64 && sizeof(ErofsXattrHeader) == 12 &&
		       sizeof(ErofsXattr) == 4 && sizeof(ErofsChunk) == 8 &&
		       sizeof(ErofsDirent) == 12,
	"as on disk");
