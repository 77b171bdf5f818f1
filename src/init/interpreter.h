/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the kernel looks for besides a program itself, and does not name when it is missing. */

#include <limits.h>

/* The interpreter of a script, or the loader of an ELF program. 0, or a negative errno: -ENOEXEC
 * for a file that names none. */
int interpreter_of(const char *program, char ret[static PATH_MAX]);
