/* SPDX-License-Identifier: Apache-2.0 */
#include "init/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/transfer.h"
#include "init/channel.h"
#include "init/execute.h"
#include "init/network.h"
#include "init/say.h"
#include "isolate/mount.h"

static struct {
	pid_t pid;
	int go; /* the child waits for a byte from here */
} holder;

static int make_network(int channel, int connection)
{
	Message m = {.kind = MESSAGE_NETWORK};
	_cleanup_close_ int fd = network_enter_new();

	if (fd < 0)
		return fd;
	/* If nobody listens any more, the reason is about to be told. */
	(void)channel_send(channel, &m, fd);
	return connection > 0 ? network_send(connection, fd) : 0;
}

static _noreturn_ void hold(const Plan *plan, int channel, int connection, int wait)
{
	char byte;
	int r = 0;

	if (read(wait, &byte, 1) == 1 && (plan->header->namespaces & CLONE_NEWNET))
		r = make_network(channel, connection);
	_exit(-r);
}

static void put_proc_path(Text *t, const char *file)
{
	text_puts(t, "/proc/");
	text_number(t, (uint64_t)holder.pid, 1, ' ');
	text_puts(t, file);
}

static int write_map(const PlanHeader *header, const char *file)
{
	_cleanup_close_ int fd = -1;
	Text path = {0}, map = {0};

	put_proc_path(&path, file);
	text_puts(&map, "0 ");
	text_number(&map, header->first_id, 1, ' ');
	text_puts(&map, " ");
	text_number(&map, header->n_ids, 1, ' ');
	fd = open(text_string(&path), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd_write(fd, map.data, map.len);
}

static int open_namespace(void)
{
	Text path = {0};
	int fd;

	put_proc_path(&path, "/ns/user");
	fd = open(text_string(&path), O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int start_holder(const Plan *plan, int channel, int connection)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	_cleanup_close_ int wait = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	wait = fds[0];
	holder.pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	if (holder.pid == 0) {
		/* With this end open it would wait for ever for a monitor that was killed. */
		(void)fd_close(fds[1]);
		hold(plan, channel, connection, wait);
	}
	if (holder.pid < 0) {
		int r = -errno;

		(void)fd_close(fds[1]);
		return r;
	}
	holder.go = fds[1];
	return 0;
}

int userns_create(const Plan *plan, int channel, int connection)
{
	int r = start_holder(plan, channel, connection);

	if (r == 0)
		r = write_map(plan->header, "/gid_map");
	if (r == 0)
		r = write_map(plan->header, "/uid_map");
	return r < 0 ? r : open_namespace();
}

int userns_finish(void)
{
	int status = 0;
	/* A child that is gone has told why in its status. */
	ssize_t n = write(holder.go, "", 1);

	holder.go = fd_close(holder.go);
	while (waitpid(holder.pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (n != 1 || !WIFEXITED(status))
		return -EPIPE;
	return -WEXITSTATUS(status);
}

/* With this end open in the pod's first process as well, the two would wait for each other when the
 * monitor is killed. */
void userns_forget(void)
{
	if (holder.pid > 0)
		holder.go = fd_close(holder.go);
}

/* A process loses both with a change of its owner: the pod ends with its monitor, and nobody looks
 * into its first process. */
static void stay_guarded(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
}

/* All capabilities that the process may have. */
static int raise_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &header, caps) < 0)
		return -errno;
	caps[0].effective = caps[0].permitted;
	caps[1].effective = caps[1].permitted;
	return syscall(SYS_capset, &header, caps) < 0 ? -errno : 0;
}

int execute_owner(Execution *x, const PlanOp *op)
{
	long uid = (long)op->num[0], gid = (long)op->num[1];

	(void)syscall(SYS_setfsgid, gid);
	(void)syscall(SYS_setfsuid, uid);
	/* They tell what was before, and nothing else. */
	if (syscall(SYS_setfsgid, -1) != gid || syscall(SYS_setfsuid, -1) != uid)
		return -EPERM;
	stay_guarded();
	/* Those for files have gone with root. */
	return raise_capabilities();
}

int execute_idmap(Execution *x, const PlanOp *op)
{
	const char *path = plan_string(x->plan, op->path);
	_cleanup_close_ int target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	int r;

	if (target < 0)
		return -errno;
	fd = mount_clone(target, "", false);
	if (fd < 0)
		return fd;
	r = mount_set_idmap(fd, x->user_namespace);
	return r < 0 ? r : mount_attach(fd, target);
}

int userns_become_root(void)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, 0, 0, 0) < 0 ||
		syscall(SYS_setresuid, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

int execute_user(Execution *x, const PlanOp *op)
{
	int r;

	if (setns(x->user_namespace, CLONE_NEWUSER) < 0)
		return -errno;
	r = userns_become_root();
	if (r < 0)
		return r;
	stay_guarded();
	return unshare((int)op->num[0]) < 0 ? -errno : 0;
}
