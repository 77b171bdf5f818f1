/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is being downloaded, on stderr: on a terminal one bar per download, redrawn in place;
 * otherwise one line when a download starts and one when it ends. Every function may be called from
 * any thread. */

#include <stdint.h>
#include "base/cleanup.h"
#include "base/error.h"

#define PROGRESS_ROWS 8 /* downloads at once; more are not shown */

typedef struct Progress Progress;

int progress_new(Progress **ret, Error *err);
Progress *progress_free(Progress *p);

/* Begins a download. label ("sha256:6089112fedd") is copied; total is its size in bytes, -1 when
 * not known. Returns a handle for the other calls. */
int progress_start(Progress *p, const char *label, int64_t total);
void progress_add(Progress *p, int row, uint64_t bytes);
void progress_end(Progress *p, int row, bool success);

/* A line for the user that does not get in the way of the bars. */
void progress_note(Progress *p, const char *fmt, ...) _printf_(2, 3);

DEFINE_CLEANUP(Progress *, progress_free)
#define _cleanup_progress_ _cleanup_(progress_freep)
