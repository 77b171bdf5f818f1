/* SPDX-License-Identifier: Apache-2.0 */
#include "init/stack.h"

#include <stdint.h>
#include <sys/mman.h>

/* Below the frame of this function, what it calls itself has room for in the page that is kept. */
#define OWN_USE 512

/* How much deeper than here a caller may have been. */
#define DEPTH (64 * 1024)

void stack_give_back(void)
{
	const uintptr_t page = 4096;
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - OWN_USE) & ~(page - 1);

	/* Where the stack has not grown that far there is no memory: the kernel says so (ENOMEM)
	 * after it has done what it can. */
	(void)madvise((void *)(end - DEPTH), DEPTH, MADV_DONTNEED);
}
