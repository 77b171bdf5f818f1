/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "Did you mean ...?" */

#include <stddef.h>

typedef struct Suggestion {
	const char *typed;
	const char *best; /* NULL while nothing was near enough */
	size_t distance;  /* of best */
} Suggestion;

#define SUGGESTION_INIT(text)                                                                      \
	{                                                                                          \
		.typed = (text)                                                                    \
	}

/* Takes name as the best one if it is nearer to what was typed than what was offered before, and
 * near enough to be meant: at most a third of its letters inserted, left out, changed or swapped,
 * or typed is its beginning. */
void suggestion_offer(Suggestion *s, const char *name);
