/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/openpgp-sandbox.h"

#include <grp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The sanitizers map terabytes, most of which never exist. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_MAX RLIM_INFINITY
#else
#define MEMORY_MAX (512ull << 20)
#endif

#define CPU_SECONDS_MAX 600 /* the hash of an archive of the largest size that is fetched */
#define NOBODY          65534

static const struct {
	__rlimit_resource_t resource;
	rlim_t max;
} limits[] = {
	{RLIMIT_AS, MEMORY_MAX},
	{RLIMIT_CORE, 0},
	{RLIMIT_CPU, CPU_SECONDS_MAX},
};

/* Reading what is open, answering, memory, time, chance, and the end. */
static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(mmap2),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(time),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static int set_limits(Error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct rlimit now, then;

		if (getrlimit(limits[i].resource, &now) < 0)
			return fail_errno(err, -errno, "cannot read a limit");
		then.rlim_cur = then.rlim_max = MIN(limits[i].max, now.rlim_max);
		if (setrlimit(limits[i].resource, &then) < 0)
			return fail_errno(err, -errno, "cannot set a limit");
	}
	return 0;
}

/* Root of a user namespace may have nobody to become; the filter has to be enough then. */
static int become_nobody(Error *err)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return fail_errno(err, -errno, "cannot give up groups");
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL)
		return fail_errno(err, -errno, "cannot become nobody's group");
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL)
		return fail_errno(err, -errno, "cannot become nobody");
	return 0;
}

static int load_filter(Error *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = 0;

	if (!ctx)
		return fail_oom(err);
	for (size_t i = 0; i < ARRAY_LEN(allowed) && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r < 0 ? fail_errno(err, r, "cannot load a system call filter") : 0;
}

int openpgp_sandbox(Error *err)
{
	int r = set_limits(err);

	if (r == 0)
		r = become_nobody(err);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = fail_errno(err, -errno, "cannot give up new privileges");
	if (r == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
		r = fail_errno(err, -errno, "cannot be closed to other processes");
	return r == 0 ? load_filter(err) : r;
}
