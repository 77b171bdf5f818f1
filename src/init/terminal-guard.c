/* SPDX-License-Identifier: Apache-2.0 */
#include "init/terminal-guard.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/macro.h"

/* The ioctl() of the other ways into the kernel of this machine; where they mean something else
 * (setsockopt), its level is no such number. */
#define IOCTL_32  54
#define IOCTL_X32 (0x40000000 | 514)

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define GO_IF_EQUAL(value, skip_if, skip_else)                                                     \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip_if, skip_else)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

int terminal_guard(void)
{
	/* The kernel looks at the low half of the request only, and so does this. */
	static struct sock_filter steps[] = {
		LOAD(nr),
		GO_IF_EQUAL(SYS_ioctl, 2, 0),
		GO_IF_EQUAL(IOCTL_32, 1, 0),
		GO_IF_EQUAL(IOCTL_X32, 0, 3),
		LOAD(args[1]),
		GO_IF_EQUAL(TIOCSTI, 2, 0),
		GO_IF_EQUAL(TIOCLINUX, 1, 0),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = {.len = ARRAY_LEN(steps), .filter = steps};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}
