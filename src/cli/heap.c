/* SPDX-License-Identifier: Apache-2.0 */

/* Where rkt gets its memory from: a pool that is there from the start, then the C library. The
 * library's allocator maps pages for nearly every block of some size and unmaps them when it is
 * freed; that was a third of the system calls of "rkt run" and most of its page faults. The pool is
 * a stack: what was given out is used again when all behind it has been freed, too, as it is where
 * one pod after the other is looked at. Programs that keep more get beyond it and behave as
 * without it.
 *
 * The linker puts these functions in the place of the library's (--wrap), which stay reachable as
 * __real_*. There are no threads in rkt. */

#include <errno.h>
#include <linux/mman.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "base/macro.h"

#define POOL_SIZE (1u << 20)  /* what is never used takes no page */
#define STEP      (32u << 10) /* so much is given pages at once, not by a fault each */

typedef struct Block {
	/* Of what follows: a multiple of the alignment, and FREED. */
	_Alignas(max_align_t) size_t size;
	struct Block *before;
} Block;

#define FREED ((size_t)1)

_Static_assert(sizeof(Block) == _Alignof(max_align_t), "blocks stand side by side");

static struct {
	_Alignas(4096) unsigned char bytes[POOL_SIZE];
	size_t used, mapped;
	Block *last; /* the only one that can grow, or be taken back together with those before it
		      */
} pool;

void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static Block *block_of(void *p)
{
	uintptr_t at = (uintptr_t)p - (uintptr_t)pool.bytes;

	return at < POOL_SIZE ? (Block *)p - 1 : NULL;
}

/* Moves the end of what is used; false when the pool is too small. */
static bool use(size_t used)
{
	if (used > POOL_SIZE)
		return false;
	if (used > pool.mapped) {
		size_t to = (used + STEP - 1) / STEP * STEP;
		int before = errno;

		/* Where the kernel cannot do that, pages come one by one. */
		(void)madvise(pool.bytes + pool.mapped, to - pool.mapped, MADV_POPULATE_WRITE);
		pool.mapped = to;
		errno = before;
	}
	pool.used = used;
	return true;
}

static size_t round_up(size_t size)
{
	size_t align = sizeof(Block);

	return size > POOL_SIZE ? POOL_SIZE + align : MAX((size + align - 1) / align, 1u) * align;
}

void *__wrap_malloc(size_t size)
{
	Block *block = (Block *)(pool.bytes + pool.used);

	if (!use(pool.used + sizeof *block + round_up(size)))
		return __real_malloc(size);
	*block = (Block){.size = round_up(size), .before = pool.last};
	pool.last = block;
	return block + 1;
}

void *__wrap_calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = __wrap_malloc(bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

void __wrap_free(void *p)
{
	Block *block = p ? block_of(p) : NULL;

	if (!block) {
		__real_free(p);
		return;
	}
	block->size |= FREED;
	while (pool.last && pool.last->size & FREED) {
		pool.used = (size_t)((unsigned char *)pool.last - pool.bytes);
		pool.last = pool.last->before;
	}
}

void *__wrap_realloc(void *p, size_t size)
{
	Block *block = p ? block_of(p) : NULL;
	size_t at;
	void *moved;

	if (!p)
		return __wrap_malloc(size);
	if (!block)
		return __real_realloc(p, size);
	at = (size_t)((unsigned char *)p - pool.bytes);
	if (block == pool.last && use(at + round_up(size))) {
		block->size = round_up(size);
		return p;
	}
	if (size <= block->size)
		return p;
	moved = __wrap_malloc(size);
	if (!moved)
		return NULL;
	memcpy(moved, p, block->size);
	__wrap_free(p);
	return moved;
}
