/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text without stdio, which would be most of rkt-init's memory: a line is put together from strings
 * and numbers in a fixed buffer, cut off when it is full, and written at once. */

#include <stddef.h>
#include <stdint.h>
#include "base/macro.h"

typedef struct Text {
	size_t len;
	char data[1024];
} Text;

void text_puts(Text *t, const char *s);
void text_number(Text *t, uint64_t n, unsigned min_width, char pad);
const char *text_string(Text *t);

/* The decimal number that s starts with; 0 without one, and what is past 999999999 is left out. */
int text_to_number(const char *s);

/* "<component>: <parts...>\n" on stderr; the parts end with NULL. */
void say(const char *first, ...) __attribute__((sentinel));

/* What say() puts in front: the verb that the user typed ("run"). Lives as long as the process. */
void say_set_component(const char *component);

/* The text for a negative errno, lower-cased as in rkt's messages. Valid until the next call. */
const char *say_errno(int r);
