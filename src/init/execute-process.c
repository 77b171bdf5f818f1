/* SPDX-License-Identifier: Apache-2.0 */

/* Operations of an app's process, up to becoming the app. */

#include "init/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "init/say.h"

int execute_unshare(Execution *x, const PlanOp *op)
{
	return unshare((int)op->num[0]) < 0 ? -errno : 0;
}

/* Not chdir(): an image could name /proc/1/fd/N, a directory of the host. */
int execute_change_directory(const char *path, bool create)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	Execution here = {.base = root};

	if (root < 0)
		return -errno;
	fd = path_open_in_root(root, path, O_PATH | O_DIRECTORY, 0);
	if (fd == -ENOENT && create)
		fd = execute_make_directory(&here, path, 0755);
	if (fd < 0)
		return fd;
	return fchdir(fd) < 0 ? -errno : 0;
}

int execute_workdir(Execution *x, const PlanOp *op)
{
	return execute_change_directory(plan_string(x->plan, op->path), op->flags & PLAN_CREATE);
}

int execute_oom_score(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	int64_t score = (int64_t)op->num[0];
	Text text = {0};

	if (fd < 0)
		return -errno;
	if (score < 0)
		text_puts(&text, "-");
	text_number(&text, (uint64_t)(score < 0 ? -score : score), 1, ' ');
	return write(fd, text.data, text.len) < 0 ? -errno : 0;
}

int execute_bounding(Execution *x, const PlanOp *op)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2];

	for (unsigned long cap = 0; cap < 64; cap++) {
		if (op->num[0] >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno != EINVAL)
			return -errno;
		break; /* past the last one of this kernel */
	}
	if (syscall(SYS_capget, &header, caps) < 0)
		return -errno;
	/* What an exec would carry over besides the bounding set. */
	caps[0].inheritable = caps[1].inheritable = 0;
	/* The others go with the exec, but this one would take it, by a link of the image's,
	 * through /proc/1/fd to files of the host. */
	if (!(op->num[0] >> CAP_SYS_PTRACE & 1)) {
		caps[0].permitted &= ~(1U << CAP_SYS_PTRACE);
		caps[0].effective &= ~(1U << CAP_SYS_PTRACE);
	}
	return syscall(SYS_capset, &header, caps) < 0 ? -errno : 0;
}

int execute_groups(Execution *x, const PlanOp *op)
{
	size_t n = op->data_len / sizeof(uint32_t);

	return syscall(SYS_setgroups, n, plan_string(x->plan, op->data)) < 0 ? -errno : 0;
}

int execute_identity(Execution *x, const PlanOp *op)
{
	long uid = (long)op->num[0], gid = (long)op->num[1];

	if (syscall(SYS_setresgid, gid, gid, gid) < 0 || syscall(SYS_setresuid, uid, uid, uid) < 0)
		return -errno;
	/* Both are lost with the change of the user. */
	if (!x->guarded)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	return getppid() == x->parent ? 0 : -ESRCH;
}

int execute_no_new_privs(Execution *x, const PlanOp *op)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int execute_seccomp(Execution *x, const PlanOp *op)
{
	struct sock_fprog program = {
		.len = (unsigned short)(op->data_len / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(uintptr_t)plan_string(x->plan, op->data),
	};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}

/* Argument and environment vector of the program to execute. The process that fills them shares its
 * memory with the one that it was started by, which frees them. */
static struct {
	const char **items;
	size_t size;
} vectors;

/* Writes a list's strings as a NULL-terminated vector to items and returns what is behind it. */
static const char **put_vector(const char **items, const Plan *plan, uint32_t list, uint32_t len)
{
	const char *text = plan_string(plan, list);

	for (const char *s = NULL; (s = plan_list_next(text, len, s));)
		*items++ = s;
	*items++ = NULL;
	return items;
}

void execute_put_host(const char *variable, const char *host, Text *ret)
{
	const char *place = strstr(variable, PLAN_HOST_PLACE);

	*ret = (Text){.len = 0};
	for (const char *s = variable; s < place; s++)
		text_puts(ret, (const char[2]){*s});
	text_puts(ret, host);
	text_puts(ret, place + 1);
}

/* The same with the bytes of an IPv4 address. */
static void put_host_address(const char *variable, int32_t host, Text *ret)
{
	const unsigned char *bytes = (const unsigned char *)&host;
	Text address = {.len = 0};

	for (unsigned i = 0; i < sizeof host; i++) {
		text_puts(&address, i > 0 ? "." : "");
		text_number(&address, bytes[i], 1, ' ');
	}
	execute_put_host(variable, text_string(&address), ret);
}

/* Adds one more to an environment that ends before end. Returns its new end. */
static const char **add_variable(const char **end, Text *variable)
{
	end[-1] = text_string(variable);
	*end = NULL;
	return end + 1;
}

int execute_exec(Execution *x, const PlanOp *op)
{
	const char **argv, **env, **end;
	Text with_host, pid = {.len = 0};

	/* No list has more strings than bytes. */
	vectors.size = ((size_t)op->data_len + op->aux_len + 4) * sizeof(char *);
	argv = mmap(NULL, vectors.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (argv == MAP_FAILED)
		return -errno;
	vectors.items = argv;
	env = put_vector(argv, x->plan, op->data, op->data_len);
	end = put_vector(env, x->plan, op->aux, op->aux_len);
	if (op->source) {
		put_host_address(plan_string(x->plan, op->source), x->host, &with_host);
		end = add_variable(end, &with_host);
	}
	if (x->sockets) {
		text_puts(&pid, "LISTEN_PID=");
		text_number(&pid, (uint64_t)getpid(), 1, ' ');
		(void)add_variable(end, &pid);
	}
	(void)execve(plan_string(x->plan, op->path), (char *const *)(uintptr_t)argv,
		(char *const *)(uintptr_t)env);
	return -errno;
}

void execute_free_vectors(void)
{
	if (vectors.items)
		(void)munmap(vectors.items, vectors.size);
	vectors.items = NULL;
}
