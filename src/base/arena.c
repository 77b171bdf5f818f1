/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/macro.h"

#define BLOCK_SIZE 4000

typedef struct ArenaBlock {
	struct ArenaBlock *next;
	size_t used, size;
	max_align_t data[];
} ArenaBlock;

void arena_done(Arena *a)
{
	while (a->head) {
		ArenaBlock *next = a->head->next;

		free(a->head);
		a->head = next;
	}
}

void *arena_alloc(Arena *a, size_t size)
{
	size_t align = _Alignof(max_align_t);
	ArenaBlock *block = a->head;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (!block || block->size - block->used < size) {
		size_t room = MAX(size, (size_t)BLOCK_SIZE);

		block = calloc(1, sizeof *block + room);
		if (!block)
			return NULL;
		block->size = room;
		block->next = a->head;
		a->head = block;
	}
	p = (char *)block->data + block->used;
	block->used += size;
	return p;
}

void *arena_memdup(Arena *a, const void *data, size_t len)
{
	void *p = arena_alloc(a, len);

	return p && len > 0 ? memcpy(p, data, len) : p;
}

char *arena_strndup(Arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	return p ? memcpy(p, s, len) : NULL;
}

char *arena_strdup(Arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}
