/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One line of progress as text: "Downloading sha256:6089112fedd [====>   ] 1.20 MB / 3.72 MB 9.1
 * MB/s 0:01". */

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LINE_MAX 256

typedef struct ProgressLine {
	const char *label;
	uint64_t done;
	int64_t total;  /* -1: not known */
	double seconds; /* since the start */
} ProgressLine;

/* Writes the line, of at most width columns: what does not fit is left out, the least useful first
 * (time left, speed, bar). */
void progress_line_format(const ProgressLine *line, size_t width, char *buf, size_t size);

/* "3.72 MB": powers of 1000, three digits. */
void progress_bytes_format(double bytes, char *buf, size_t size);
