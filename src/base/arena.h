/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Memory for one parsed document: allocated piece by piece, freed at once. Everything that comes
 * from an arena is aligned for any type, zeroed, and lives until arena_done(). */

#include <stddef.h>

typedef struct Arena {
	struct ArenaBlock *head;
} Arena;

void arena_done(Arena *a);

/* size zeroed bytes, or NULL when memory is out. */
void *arena_alloc(Arena *a, size_t size);

/* Copies of a string, of len bytes of it, and of bytes. NULL when memory is out. */
char *arena_strdup(Arena *a, const char *s);
char *arena_strndup(Arena *a, const char *s, size_t len);
void *arena_memdup(Arena *a, const void *data, size_t len);

#define arena_new(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))
