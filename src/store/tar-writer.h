/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing a tar, entry by entry (pax, with names as the bytes that they are). Between
 * tar_writer_new() and tar_writer_free() the thread has a locale for that. Internal to the store.
 */

#include <archive_entry.h>
#include "store/pack.h"

typedef struct TarWriter TarWriter;

/* ids: whom owners of files belong to. */
int tar_writer_new(TreeIds ids, PackWrite write, void *userdata, TarWriter **ret, Error *err);

/* Without tar_writer_finish() the tar is left without an end, so that nobody takes it for whole. */
TarWriter *tar_writer_free(TarWriter *w);
int tar_writer_finish(TarWriter *w, Error *err);

/* An entry of a file with the status st, or NULL when memory is out. */
struct archive_entry *tar_writer_entry(const TarWriter *w, const char *path, const struct stat *st);

/* Writes an entry that has no content, or whose content follows by tar_writer_data(). */
int tar_writer_header(TarWriter *w, struct archive_entry *entry, Error *err);
int tar_writer_data(TarWriter *w, const void *data, size_t len, Error *err);

/* What of a file is written. */
typedef enum TarKeep {
	TAR_KEEP_ALL,      /* of an image's: every attribute that the store keeps; holes as zeros */
	TAR_KEEP_OF_USERS, /* extended attributes of users alone; holes as holes */
} TarKeep;

/* Writes an entry with extended attributes and content. fd: the file or directory with the status
 * st, open for reading. -EIO where a file has become shorter. */
int tar_writer_file(TarWriter *w, struct archive_entry *entry, int fd, const struct stat *st,
	TarKeep keep, Error *err);

/* Writes the entry of the symbolic link name in dir; "": that which dir is itself. */
int tar_writer_symlink(
	TarWriter *w, struct archive_entry *entry, int dir, const char *name, Error *err);

/* Writes the entry as another name of a file that has the path first in the tar. */
int tar_writer_hardlink(TarWriter *w, struct archive_entry *entry, const char *first, Error *err);

DEFINE_CLEANUP(struct archive_entry *, archive_entry_free)
DEFINE_CLEANUP(TarWriter *, tar_writer_free)
#define _cleanup_entry_      _cleanup_(archive_entry_freep)
#define _cleanup_tar_writer_ _cleanup_(tar_writer_freep)
