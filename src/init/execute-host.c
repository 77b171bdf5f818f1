/* SPDX-License-Identifier: Apache-2.0 */

/* Operations on cgroups and their device filters, and the host name. */

#include "init/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include "base/cleanup.h"
#include "base/directory.h"
#include "base/transfer.h"

int execute_cgroup(Execution *x, const PlanOp *op)
{
	const char *path = plan_string(x->plan, op->path);
	int r = path_mkdir_parents(AT_FDCWD, path, 0755);

	if (r < 0)
		return r;
	if (op->flags & PLAN_CGROUP_INTO) {
		x->cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (x->cgroup < 0)
			return -errno;
	}
	return 0;
}

/* Whether a list such as "cpu memory\n" has the word of len bytes. */
static bool list_has(const char *list, const char *word, size_t len)
{
	for (const char *item = list; *item; item += strspn(item, " \n")) {
		size_t n = strcspn(item, " \n");

		if (n == len && memcmp(item, word, len) == 0)
			return true;
		item += n;
	}
	return false;
}

/* Whether the children of a cgroup have every controller of "+cpu +memory". */
static bool has_controllers(int subtree, const char *wanted, size_t len)
{
	const char *end = wanted + len;
	char list[512];
	ssize_t n = fd_read(subtree, list, sizeof list - 1);

	list[n > 0 ? n : 0] = '\0';
	for (const char *word = wanted; word < end;) {
		const char *space = memchr(word, ' ', (size_t)(end - word));
		const char *stop = space ? space : end;

		if (!list_has(list, word + 1, (size_t)(stop - word) - 1))
			return false;
		word = space ? space + 1 : end;
	}
	return true;
}

int execute_controllers(Execution *x, const PlanOp *op)
{
	const char *wanted = plan_string(x->plan, op->data);
	_cleanup_close_ int dir = -1, subtree = -1;

	dir = open(plan_string(x->plan, op->path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	subtree = openat(dir, "cgroup.subtree_control", O_RDWR | O_CLOEXEC);
	if (subtree < 0)
		return -errno;
	/* Enabling waits for others that change the hierarchy; most often an earlier pod has done
	 * it. */
	if (has_controllers(subtree, wanted, op->data_len))
		return 0;
	return fd_write(subtree, wanted, op->data_len);
}

/* How many programs decide on devices in a cgroup, or a negative errno. */
static int count_filters(int cgroup)
{
	union bpf_attr query = {
		.query = {.target_fd = (uint32_t)cgroup, .attach_type = BPF_CGROUP_DEVICE},
	};

	if (syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query) < 0)
		return -errno;
	return (int)query.query.prog_cnt;
}

static int load_filter(const Plan *plan, const PlanOp *op)
{
	static const char license[] = "Apache-2.0";
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = op->data_len / sizeof(struct bpf_insn),
		.insns = (uintptr_t)plan_string(plan, op->data),
		.license = (uintptr_t)license,
	};
	int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);

	return program < 0 ? -errno : program;
}

int execute_device_filter(Execution *x, const PlanOp *op)
{
	union bpf_attr attach = {.attach_type = BPF_CGROUP_DEVICE};
	_cleanup_close_ int cgroup = -1, program = -1;
	int n;

	cgroup = open(plan_string(x->plan, op->path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return -errno;
	/* Loading is the expensive part, and an earlier pod has done it. */
	n = count_filters(cgroup);
	if (n != 0)
		return n < 0 ? n : 0;
	program = load_filter(x->plan, op);
	if (program < 0)
		return program;
	attach.target_fd = (uint32_t)cgroup;
	attach.attach_bpf_fd = (uint32_t)program;
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) < 0 ? -errno : 0;
}

int execute_hostname(Execution *x, const PlanOp *op)
{
	const char *name = plan_string(x->plan, op->path);

	return sethostname(name, strlen(name)) < 0 ? -errno : 0;
}
