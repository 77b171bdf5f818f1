/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Scope-bound ownership: variables that free, close or unlock themselves when they go out of scope,
 * and macros that hand their content on. A destructor accepts NULL (or -1) and objects that were
 * only half built. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <errno.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines func##p(), for use with _cleanup_, from a destructor that takes the pointer itself. */
#define DEFINE_CLEANUP(type, func)                                                                 \
	static inline void func##p(type *p)                                                        \
	{                                                                                          \
		if (*p)                                                                            \
			func(*p);                                                                  \
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline int fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	return -1;
}

static inline void fd_closep(int *fd)
{
	(void)fd_close(*fd);
}

DEFINE_CLEANUP(DIR *, closedir)

#define _cleanup_free_     _cleanup_(freep)
#define _cleanup_close_    _cleanup_(fd_closep)
#define _cleanup_closedir_ _cleanup_(closedirp)

/* Moves the value out of an owning variable, which then owns nothing. */
#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) *_pp = &(p);                                                         \
		__typeof__(p) _p = *_pp;                                                           \
		*_pp = NULL;                                                                       \
		_p;                                                                                \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int *_pfd = &(fd);                                                                 \
		int _fd = *_pfd;                                                                   \
		*_pfd = -1;                                                                        \
		_fd;                                                                               \
	})
