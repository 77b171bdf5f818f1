/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory for the tests of one program, made and removed by the group's setup and teardown. */

#include "base/macro.h"

extern char scratch_path[];
extern int scratch_fd;

int scratch_make(void **state);
int scratch_remove(void **state);

/* Puts text into the file at path below the directory. */
void scratch_write(const char *path, const char *text);

/* Fails unless the file at path below the directory holds just this text. */
void scratch_expect(const char *path, const char *text);

/* Whether there is an entry at path below the directory, be it a link to nowhere. */
bool scratch_has(const char *path);
