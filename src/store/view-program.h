/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which file of an image the name of a program means. */

#include "store/view.h"

/* The path of a program that has a '/' in its name, against the app's working directory. Fresh
 * memory. 0 or -ENOMEM. */
int program_path(const App *app, const char *name, char **ret);

/* The path of a program without one: the first of that name in the app's PATH, or where that is not
 * set in the working directory, /bin and /usr/bin. Fresh memory. -ENOENT when there is none. */
int view_find_program(const View *view, const App *app, const char *name, char **ret, Error *err);

/* Whether path is a regular file that somebody may execute: 0, -EACCES when it is something else,
 * or the errno of looking it up; no error text. */
int view_check_program(const View *view, const char *path);
