/* SPDX-License-Identifier: Apache-2.0 */
#include "init/backlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "init/frames.h"

_Static_assert(FRAME_BYTES <= 4096, "the kernel writes them to a pipe whole or not at all");

static bool make(Backlog *b)
{
	int ends[2];

	if (b->out > 0)
		return true;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return false;
	*b = (Backlog){.out = ends[0], .in = ends[1]};
	return true;
}

void backlog_keep(Backlog *b, const char *bytes, size_t n)
{
	char oldest[FRAME_BYTES];

	if (!make(b))
		return;
	while (write(b->in, bytes, n) < 0)
		if (errno != EINTR && read(b->out, oldest, sizeof oldest) <= 0)
			return;
}

ssize_t backlog_take(Backlog *b, char *ret, size_t size)
{
	ssize_t n;
	int left = 0;

	if (b->out == 0)
		return 0;
	n = read(b->out, ret, size);
	/* An empty one must not be waited for. */
	if (n <= 0 || ioctl(b->out, FIONREAD, &left) < 0 || left == 0)
		backlog_drop(b);
	return n > 0 ? n : 0;
}

void backlog_drop(Backlog *b)
{
	if (b->out == 0)
		return;
	(void)fd_close(b->in);
	(void)fd_close(b->out);
	*b = (Backlog){0};
}
