/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A text that several answers may be made of while what it was registered for goes away. One thread
 * uses it. */

#include <stddef.h>
#include "base/cleanup.h"

typedef struct SharedText {
	unsigned references;
	size_t len;
	char data[]; /* with a NUL behind it */
} SharedText;

/* A copy, for one owner. NULL when memory is out. */
SharedText *shared_text_new(const char *text, size_t len);

/* One more owner, and one less; both accept NULL. */
SharedText *shared_text_ref(SharedText *t);
void shared_text_unref(SharedText *t);

DEFINE_CLEANUP(SharedText *, shared_text_unref)
#define _cleanup_shared_text_ _cleanup_(shared_text_unrefp)
