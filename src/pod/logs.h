/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a pod's apps have printed, from the files in its directory (docs/formats/pod.md). */

#include "pod/pod.h"

typedef struct PodLogLine {
	const char *app;
	int64_t time; /* ns since the epoch */
	bool is_stderr;
	bool goes_on; /* the next piece of the same app and stream belongs to this line */
	const char *text;
	size_t len; /* without newline */
} PodLogLine;

/* The lines of a pod in the order of their times. */
typedef struct PodLogs PodLogs;

/* app NULL: those of all apps. Lines before since are left out. 0 or a negative errno; a pod that
 * never printed anything has no lines. */
int pod_logs_open(const Pod *p, const char *app, int64_t since, PodLogs **ret, Error *err);
PodLogs *pod_logs_free(PodLogs *logs);

/* The next line, valid until the next call: 1, or 0 when there is none now. While the pod runs
 * there may be more later. -ENOMEM, or another negative errno of reading. */
int pod_logs_next(PodLogs *logs, PodLogLine *ret, Error *err);

DEFINE_CLEANUP(PodLogs *, pod_logs_free)
#define _cleanup_pod_logs_ _cleanup_(pod_logs_freep)
