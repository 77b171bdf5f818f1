/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What man pages say that no option table knows: exit status, signals, output, files, environment,
 * examples. */

typedef struct ManualText {
	const char *verb;     /* "" for the page rkt(1) */
	const char *sections; /* whole sections, as scdoc reads them */
	const char *see_also; /* other pages than rkt(1), likewise */
} ManualText;

/* The texts of a page, or NULL when it has none. */
const ManualText *manual_text(const char *verb);
