/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What apps print, kept for "rkt logs": one file an app, "logs/APP.log" in the pod's directory, in
 * the form that Kubernetes' CRI has for logs ("2026-01-31T12:34:56.123456789Z stdout F text"; P
 * instead of F: the line goes on). A file that has grown to LOG_FILE_MAX becomes "logs/APP.log.1",
 * in place of an earlier one. */

#include <stdbool.h>
#include <stddef.h>

#define LOG_FILE_MAX (8u << 20)

/* Adds a line, or a piece of one unless whole, of the app of this number and name; stream is 1
 * or 2. The directory and the file are made for the first one. What cannot be written is left out,
 * and the first time that is said. */
void log_file_add(
	unsigned app, const char *name, unsigned stream, const char *text, size_t len, bool whole);

/* Opens the file that a plan names for an app's streams, empty. It or a negative errno. */
int log_file_open(const char *path);

/* From now on the lines of the app's streams go to this file, which is taken over: they are kept
 * for nobody else, and have a form of their own ("2026-01-31T12:34:56.123456789Z stdout text"). */
void log_file_give(unsigned app, int fd);
bool log_file_is_given(unsigned app);
void log_file_add_plain(unsigned app, unsigned stream, const char *text, size_t len);

/* The place of that number is given to another app. */
void log_file_forget(unsigned app);
