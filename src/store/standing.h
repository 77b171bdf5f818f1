/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether what is in the store is on disk as well. Layers and images become visible before they
 * are, with the boot in which they were made in the second line of their info file. As long as that
 * boot lasts they are whole, on disk or not; when it has ended before the line was overwritten,
 * nobody can tell what the disk has of them, and they count as absent (docs/formats/store.md).
 * Internal to the store. */

#include "base/boot.h"
#include "store/store.h"

typedef enum Standing {
	STANDING_ON_DISK,
	STANDING_THIS_BOOT, /* whole, but perhaps not on disk yet */
	STANDING_REFUSED,   /* lost in this boot, since the disk failed: pods may run from it */
	STANDING_LOST,      /* of another boot, or without a word: nobody uses it */
} Standing;

#define STANDING_KEY  "boot="
#define STANDING_HEAD (sizeof "version=1\n" STANDING_KEY "\n" - 1 + BOOT_ID_LEN)

/* Whether what stands so counts as there. */
bool standing_is_visible(Standing standing);

/* The beginning of an info file: its version, and this boot or, with on_disk, none. 0, or the error
 * of reading the boot's ID. */
int standing_format(bool on_disk, char ret[static STANDING_HEAD + 1], Error *err);

/* Reads it from the text of an info file. Without the second line everything is on disk: it is of a
 * time when that came first. 0 also for text that is nothing: STANDING_LOST then; or the error of
 * reading the boot's ID. */
int standing_of(const char *text, Standing *ret, Error *err);

/* What follows in such a text. NULL when it is of another version. */
const char *standing_skip(const char *text);

/* Opens the info file path below dirfd, for standing_mark(), and reads it. The caller closes
 * *ret_fd. Without a file: 0, -1 in *ret_fd and STANDING_LOST. Otherwise the error of opening or
 * reading it, with both outputs untouched. */
int standing_open(int dirfd, const char *path, int *ret_fd, Standing *ret, Error *err);

/* Writes into an open info file that what it is about is on disk, or that the disk refused it in
 * this boot. 0 when the mark itself is on disk, or a negative errno: then it may stand there or
 * not.
 */
int standing_mark(int fd, bool on_disk);
