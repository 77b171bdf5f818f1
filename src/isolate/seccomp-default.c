/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/seccomp.h"

/* The names are rkt's default whitelist, which kills on everything else, and what kernels have
 * grown since: the harmless new calls are allowed; the others, which C libraries and language
 * runtimes probe for, answer ENOSYS (38) as an older kernel would, so that programs fall back
 * instead of dying. */
const char seccomp_default_rules[] =
	"default kill\n"
	"allow _llseek\nallow _newselect\nallow accept\nallow accept4\nallow access\nallow alarm\n"
	"allow arch_prctl\nallow bind\nallow brk\nallow capget\nallow capset\nallow chdir\n"
	"allow chmod\nallow chown\nallow chown32\nallow chroot\nallow clock_getres\n"
	"allow clock_gettime\nallow clock_nanosleep\nallow clone\nallow close\nallow connect\n"
	"allow copy_file_range\nallow creat\nallow dup\nallow dup2\nallow dup3\n"
	"allow epoll_create\nallow epoll_create1\nallow epoll_ctl\nallow epoll_ctl_old\n"
	"allow epoll_pwait\nallow epoll_wait\nallow epoll_wait_old\nallow eventfd\nallow eventfd2\n"
	"allow execve\nallow execveat\nallow exit\nallow exit_group\nallow faccessat\n"
	"allow fadvise64\nallow fadvise64_64\nallow fallocate\nallow fanotify_mark\nallow fchdir\n"
	"allow fchmod\nallow fchmodat\nallow fchown\nallow fchown32\nallow fchownat\nallow fcntl\n"
	"allow fcntl64\nallow fdatasync\nallow fgetxattr\nallow flistxattr\nallow flock\n"
	"allow fork\nallow fremovexattr\nallow fsetxattr\nallow fstat\nallow fstat64\n"
	"allow fstatat64\nallow fstatfs\nallow fstatfs64\nallow fsync\nallow ftruncate\n"
	"allow ftruncate64\nallow futex\nallow futimesat\nallow get_robust_list\n"
	"allow get_thread_area\nallow getcpu\nallow getcwd\nallow getdents\nallow getdents64\n"
	"allow getegid\nallow getegid32\nallow geteuid\nallow geteuid32\nallow getgid\n"
	"allow getgid32\nallow getgroups\nallow getgroups32\nallow getitimer\nallow getpeername\n"
	"allow getpgid\nallow getpgrp\nallow getpid\nallow getppid\nallow getpriority\n"
	"allow getrandom\nallow getresgid\nallow getresgid32\nallow getresuid\nallow getresuid32\n"
	"allow getrlimit\nallow getrusage\nallow getsid\nallow getsockname\nallow getsockopt\n"
	"allow gettid\nallow gettimeofday\nallow getuid\nallow getuid32\nallow getxattr\n"
	"allow inotify_add_watch\nallow inotify_init\nallow inotify_init1\nallow inotify_rm_watch\n"
	"allow io_cancel\nallow io_destroy\nallow io_getevents\nallow io_setup\nallow io_submit\n"
	"allow ioctl\nallow ioprio_get\nallow ioprio_set\nallow ipc\nallow kill\nallow lchown\n"
	"allow lchown32\nallow lgetxattr\nallow link\nallow linkat\nallow listen\nallow listxattr\n"
	"allow llistxattr\nallow lremovexattr\nallow lseek\nallow lsetxattr\nallow lstat\n"
	"allow lstat64\nallow madvise\nallow memfd_create\nallow mincore\nallow mkdir\n"
	"allow mkdirat\nallow mknod\nallow mknodat\nallow mlock\nallow mlock2\nallow mlockall\n"
	"allow mmap\nallow mmap2\nallow modify_ldt\nallow mprotect\nallow mq_getsetattr\n"
	"allow mq_notify\nallow mq_open\nallow mq_timedreceive\nallow mq_timedsend\n"
	"allow mq_unlink\nallow mremap\nallow msgctl\nallow msgget\nallow msgrcv\nallow msgsnd\n"
	"allow msync\nallow munlock\nallow munlockall\nallow munmap\nallow nanosleep\n"
	"allow newfstatat\nallow open\nallow openat\nallow pause\nallow personality\nallow pipe\n"
	"allow pipe2\nallow poll\nallow ppoll\nallow prctl\nallow pread64\nallow preadv\n"
	"allow prlimit64\nallow pselect6\nallow pwrite64\nallow pwritev\nallow read\n"
	"allow readahead\nallow readlink\nallow readlinkat\nallow readv\nallow recv\n"
	"allow recvfrom\nallow recvmmsg\nallow recvmsg\nallow remap_file_pages\nallow removexattr\n"
	"allow rename\nallow renameat\nallow renameat2\nallow restart_syscall\nallow rmdir\n"
	"allow rt_sigaction\nallow rt_sigpending\nallow rt_sigprocmask\nallow rt_sigqueueinfo\n"
	"allow rt_sigreturn\nallow rt_sigsuspend\nallow rt_sigtimedwait\nallow rt_tgsigqueueinfo\n"
	"allow sched_get_priority_max\nallow sched_get_priority_min\nallow sched_getaffinity\n"
	"allow sched_getattr\nallow sched_getparam\nallow sched_getscheduler\n"
	"allow sched_rr_get_interval\nallow sched_setaffinity\nallow sched_setattr\n"
	"allow sched_setparam\nallow sched_setscheduler\nallow sched_yield\nallow seccomp\n"
	"allow select\nallow semctl\nallow semget\nallow semop\nallow semtimedop\nallow send\n"
	"allow sendfile\nallow sendfile64\nallow sendmmsg\nallow sendmsg\nallow sendto\n"
	"allow set_robust_list\nallow set_thread_area\nallow set_tid_address\nallow setfsgid\n"
	"allow setfsgid32\nallow setfsuid\nallow setfsuid32\nallow setgid\nallow setgid32\n"
	"allow setgroups\nallow setgroups32\nallow setitimer\nallow setpgid\nallow setpriority\n"
	"allow setregid\nallow setregid32\nallow setresgid\nallow setresgid32\nallow setresuid\n"
	"allow setresuid32\nallow setreuid\nallow setreuid32\nallow setrlimit\nallow setsid\n"
	"allow setsockopt\nallow setuid\nallow setuid32\nallow setxattr\nallow shmat\n"
	"allow shmctl\nallow shmdt\nallow shmget\nallow shutdown\nallow sigaltstack\n"
	"allow signalfd\nallow signalfd4\nallow sigreturn\nallow socket\nallow socketcall\n"
	"allow socketpair\nallow splice\nallow stat\nallow stat64\nallow statfs\nallow statfs64\n"
	"allow symlink\nallow symlinkat\nallow sync\nallow sync_file_range\nallow syncfs\n"
	"allow sysinfo\nallow syslog\nallow tee\nallow tgkill\nallow time\nallow timer_create\n"
	"allow timer_delete\nallow timer_getoverrun\nallow timer_gettime\nallow timer_settime\n"
	"allow timerfd_create\nallow timerfd_gettime\nallow timerfd_settime\nallow times\n"
	"allow tkill\nallow truncate\nallow truncate64\nallow ugetrlimit\nallow umask\n"
	"allow uname\nallow unlink\nallow unlinkat\nallow utime\nallow utimensat\nallow utimes\n"
	"allow vfork\nallow vmsplice\nallow wait4\nallow waitid\nallow waitpid\nallow write\n"
	"allow writev\n"
	"allow close_range\nallow epoll_pwait2\nallow faccessat2\nallow futex_waitv\n"
	"allow io_pgetevents\nallow landlock_add_rule\nallow landlock_create_ruleset\n"
	"allow landlock_restrict_self\nallow membarrier\nallow memfd_secret\nallow openat2\n"
	"allow pidfd_open\nallow pidfd_send_signal\nallow pkey_alloc\nallow pkey_free\n"
	"allow pkey_mprotect\nallow preadv2\nallow process_mrelease\nallow pwritev2\nallow rseq\n"
	"allow statx\n"
	"errno 38 clone3\nerrno 38 fsconfig\nerrno 38 fsmount\nerrno 38 fsopen\nerrno 38 fspick\n"
	"errno 38 io_uring_enter\nerrno 38 io_uring_register\nerrno 38 io_uring_setup\n"
	"errno 38 mount_setattr\nerrno 38 move_mount\nerrno 38 open_tree\nerrno 38 pidfd_getfd\n"
	"errno 38 process_madvise\nerrno 38 quotactl_fd\nerrno 38 set_mempolicy_home_node\n";

const char *const seccomp_blacklist[] = {
	"acct",
	"add_key",
	"adjtimex",
	"bpf",
	"clock_adjtime",
	"clock_settime",
	"create_module",
	"delete_module",
	"finit_module",
	"get_kernel_syms",
	"get_mempolicy",
	"init_module",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mbind",
	"mount",
	"move_pages",
	"name_to_handle_at",
	"nfsservctl",
	"open_by_handle_at",
	"perf_event_open",
	"pivot_root",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"query_module",
	"quotactl",
	"reboot",
	"request_key",
	"set_mempolicy",
	"setns",
	"settimeofday",
	"stime",
	"swapon",
	"swapoff",
	"sysfs",
	"_sysctl",
	"umount",
	"umount2",
	"unshare",
	"uselib",
	"userfaultfd",
	"ustat",
	"vm86",
	"vm86old",
};
const size_t n_seccomp_blacklist = ARRAY_LEN(seccomp_blacklist);
