/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "base/macro.h"

/* Each block is twice as large as the one before, until they are huge pages: of much memory, taking
 * it page by page would cost more than what is done with it. */
#define ROOM_MIN  4000
#define ROOM_MAX  (ROOM_MIN << 5)
#define HUGE_SIZE ((size_t)2 << 20)
#define ROOM_HUGE (HUGE_SIZE - sizeof(ArenaBlock))

typedef struct ArenaBlock {
	struct ArenaBlock *next;
	size_t used, size;
	max_align_t data[];
} ArenaBlock;

static ArenaBlock *map_huge(void)
{
	void *p = mmap(NULL, HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, HUGE_SIZE, MADV_HUGEPAGE);
	return p;
}

/* A block that was made for one large piece says nothing of what follows. */
static size_t next_room(const ArenaBlock *before)
{
	if (!before)
		return ROOM_MIN;
	if (before->size < ROOM_MAX)
		return before->size * 2;
	return before->size == ROOM_MAX || before->size == ROOM_HUGE ? ROOM_HUGE : ROOM_MAX;
}

static ArenaBlock *add_block(Arena *a, size_t size)
{
	size_t room = MAX(size, next_room(a->head));
	ArenaBlock *block = room == ROOM_HUGE ? map_huge() : malloc(sizeof *block + room);

	if (!block)
		return NULL;
	block->size = room;
	block->used = 0;
	block->next = a->head;
	a->head = block;
	return block;
}

static void free_block(ArenaBlock *block)
{
	if (block->size == ROOM_HUGE)
		(void)munmap(block, HUGE_SIZE);
	else
		free(block);
}

void arena_done(Arena *a)
{
	while (a->head) {
		ArenaBlock *next = a->head->next;

		free_block(a->head);
		a->head = next;
	}
}

/* A piece that is not zeroed. */
static void *take(Arena *a, size_t size)
{
	size_t align = _Alignof(max_align_t);
	ArenaBlock *block = a->head;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (!block || block->size - block->used < size)
		block = add_block(a, size);
	if (!block)
		return NULL;
	p = (char *)block->data + block->used;
	block->used += size;
	return p;
}

void *arena_alloc(Arena *a, size_t size)
{
	void *p = take(a, size);

	/* What was mapped is zeroed. */
	return p && a->head->size != ROOM_HUGE ? memset(p, 0, size) : p;
}

void *arena_memdup(Arena *a, const void *data, size_t len)
{
	void *p = take(a, len);

	return p && len > 0 ? memcpy(p, data, len) : p;
}

char *arena_strndup(Arena *a, const char *s, size_t len)
{
	char *p = take(a, len + 1);

	if (!p)
		return NULL;
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(Arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}
