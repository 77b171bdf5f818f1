/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the store's tests share: tar archives written by hand, so that they can be hostile, a
 * scratch directory, and running a shell command. */

#include "base/strbuf.h"
#include "store/unpack.h"

typedef struct TestEntry {
	const char *name;
	char type; /* typeflag of POSIX ustar; '0' when not given */
	const char *link;
	const char *content;
	unsigned mode; /* 0644, or 0755 for a directory, when not given */
	unsigned uid, gid, mtime;
	unsigned major, minor;
	size_t size; /* claimed instead of the content's length */
} TestEntry;

#define TEST_TAR_INIT STRBUF_INIT(64u << 20)

/* Appends an entry, and the end of the archive. */
void test_tar_add(StrBuf *tar, const TestEntry *entry);
void test_tar_end(StrBuf *tar);

/* Unpacks a tar in memory into root_fd, with generous limits where options has none. */
int test_unpack(
	int root_fd, const StrBuf *tar, UnpackOptions options, UnpackResult *ret, Error *err);

/* The same with a view of the tar, mounted: it takes the place of root_fd. */
int test_unpack_view(int root_fd, const StrBuf *tar, UnpackOptions options, Error *err);

/* A fresh directory in TMPDIR or /var/tmp; its path is written to ret. Returns a descriptor. */
int test_dir_make(char ret[static 64]);
void test_dir_remove(const char *path);

/* Runs sh -c with the formatted command and fails the test unless it succeeds; its output is fresh
 * memory. */
char *test_shell(const char *fmt, ...) _printf_(1, 2);

/* Skips the running test without root. */
void test_need_root(void);
