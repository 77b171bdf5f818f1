/* SPDX-License-Identifier: Apache-2.0 */

/* The sets of system calls that systemd.exec(5) names, which rkt's users know as "@systemd/mount"
 * and so on, as of systemd 252. Some machines do not have some of the calls: those are passed over.
 */

#include "isolate/seccomp.h"

const SeccompSet seccomp_systemd_sets[] = {
	{"@systemd/clock", "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 "
			   "settimeofday"},
	{"@systemd/default-whitelist",
		"arch_prctl brk cacheflush clock_getres clock_getres_time64 clock_gettime "
		"clock_gettime64 clock_nanosleep clock_nanosleep_time64 execve exit exit_group "
		"futex futex_time64 futex_waitv get_robust_list get_thread_area getegid "
		"getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid "
		"getpgrp getpid getppid getrandom getresgid getresgid32 getresuid getresuid32 "
		"getrlimit getsid gettid gettimeofday getuid getuid32 membarrier mmap mmap2 "
		"mprotect munmap nanosleep pause prlimit64 restart_syscall riscv_flush_icache "
		"rseq rt_sigreturn sched_getaffinity sched_yield set_robust_list "
		"set_thread_area set_tid_address set_tls sigreturn time ugetrlimit"},
	{"@systemd/mount",
		"chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree "
		"pivot_root umount umount2"},
	{"@systemd/network-io",
		"accept accept4 bind connect getpeername getsockname getsockopt listen recv "
		"recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto "
		"setsockopt shutdown socket socketcall socketpair"},
	{"@systemd/obsolete",
		"_sysctl afs_syscall bdflush break create_module ftime get_kernel_syms getpmsg "
		"gtty idle lock mpx prof profil putpmsg query_module security sgetmask ssetmask "
		"stime stty sysfs tuxcall ulimit uselib ustat vserver"},
	{"@systemd/privileged",
		"_sysctl acct adjtimex bpf capset chown chown32 chroot clock_adjtime "
		"clock_adjtime64 clock_settime clock_settime64 delete_module fanotify_init "
		"fanotify_mark fchown fchown32 fchownat finit_module init_module ioperm iopl "
		"kexec_file_load kexec_load lchown lchown32 nfsservctl open_by_handle_at "
		"pciconfig_iobase pciconfig_read pciconfig_write pivot_root quotactl "
		"quotactl_fd reboot s390_pci_mmio_read s390_pci_mmio_write setdomainname "
		"setfsuid setfsuid32 setgroups setgroups32 sethostname setresuid setresuid32 "
		"setreuid setreuid32 settimeofday setuid setuid32 swapoff swapon vhangup"},
	{"@systemd/process",
		"capget clone clone3 execveat fork getrusage kill pidfd_open pidfd_send_signal "
		"prctl rt_sigqueueinfo rt_tgsigqueueinfo setns swapcontext tgkill times tkill "
		"unshare vfork wait4 waitid waitpid"},
	{"@systemd/raw-io",
		"ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write s390_pci_mmio_read "
		"s390_pci_mmio_write"},
};
const size_t n_seccomp_systemd_sets = ARRAY_LEN(seccomp_systemd_sets);
