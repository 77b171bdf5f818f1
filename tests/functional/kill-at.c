/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program and kills it at one of the calls that change the disk or, with "kernel", what the
 * kernel keeps: namespaces, mounts, interfaces, rules.
 *
 *	kill-at renames|writes|others|kernel N COMMAND...
 *
 * counts the calls of this kind of all its threads and children. Whoever makes the Nth is killed
 *before it does anything, and the status is 137. With fewer calls it is that of the command. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_KILLED 137
#define STATUS_FAILED 126

static const long renames[] = {SYS_renameat, SYS_renameat2};
static const long writes[] = {SYS_write, SYS_pwrite64, SYS_writev};
static const long others[] = {
	SYS_mkdirat,
	SYS_linkat,
	SYS_symlinkat,
	SYS_unlinkat,
	SYS_ftruncate,
	SYS_mknodat,
	SYS_fsync,
	SYS_syncfs,
	SYS_fchown,
	SYS_fchownat,
	SYS_fchmod,
	SYS_fsetxattr,
	SYS_utimensat,
#ifdef SYS_rename
	SYS_mkdir,
	SYS_link,
	SYS_symlink,
	SYS_unlink,
	SYS_rmdir,
#endif
};

static const long kernel[] = {
	SYS_unshare,
	SYS_setns,
	SYS_clone,
	SYS_clone3,
	SYS_mount,
	SYS_umount2,
	SYS_move_mount,
	SYS_open_tree,
	SYS_fsmount,
	SYS_mount_setattr,
	SYS_pivot_root,
	SYS_sendto,
	SYS_sendmsg,
	SYS_mkdirat,
	SYS_unlinkat,
	SYS_renameat2,
	SYS_kill,
	SYS_pidfd_send_signal,
#ifdef SYS_fork
	SYS_fork,
	SYS_vfork,
#endif
};

static const struct {
	const char *name;
	const long *calls;
	size_t n;
} kinds[] = {
	{"renames", renames, sizeof renames / sizeof *renames},
	{"writes", writes, sizeof writes / sizeof *writes},
	{"others", others, sizeof others / sizeof *others},
	{"kernel", kernel, sizeof kernel / sizeof *kernel},
};

static int enters(pid_t pid, const long *calls, size_t n)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0 ||
		info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	for (size_t i = 0; i < n; i++)
		if ((long)info.entry.nr == calls[i])
			return 1;
	return 0;
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)execv(argv[0], argv);
		_exit(STATUS_FAILED);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) < 0 ||
		ptrace(PTRACE_SETOPTIONS, pid, NULL,
			PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
				PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) < 0 ||
		ptrace(PTRACE_SYSCALL, pid, NULL, 0) < 0)
		exit(STATUS_FAILED);
	return pid;
}

/* The signal to pass on when a traced thread has stopped. */
static int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	/* Of the tracer's making: calls, clones and the like, and the start of a new thread. */
	if (sig == (SIGTRAP | 0x80) || sig == SIGTRAP || sig == SIGSTOP)
		return 0;
	return sig;
}

int main(int argc, char **argv)
{
	int result = STATUS_FAILED, status;
	size_t kind = 0;
	long left;
	pid_t first, pid;

	while (argc > 3 && kind < sizeof kinds / sizeof *kinds &&
		strcmp(kinds[kind].name, argv[1]) != 0)
		kind++;
	if (argc < 4 || kind == sizeof kinds / sizeof *kinds)
		return STATUS_FAILED;
	left = strtol(argv[2], NULL, 10);
	first = start(argv + 3);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == first && result != STATUS_KILLED)
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && left > 0 &&
			enters(pid, kinds[kind].calls, kinds[kind].n) && --left == 0) {
			(void)kill(pid, SIGKILL);
			result = STATUS_KILLED;
			continue;
		}
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, signal_of(status));
	}
	return result;
}
