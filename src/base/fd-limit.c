/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd-limit.h"

#include <sys/resource.h>

void fd_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}
