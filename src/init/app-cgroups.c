/* SPDX-License-Identifier: Apache-2.0 */
#include "init/app-cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "init/cgroups.h"

#define PROCS_MAX 3 /* as many hierarchies of v1 as limits may need */

/* Mapped when the first app has some: most pods have none. The descriptors are closed with all
 * others. */
static struct AppCgroups {
	bool into;             /* v2: directory is its descriptor */
	unsigned char n_procs; /* v1: how many there are of procs */
	int directory;
	int procs[PROCS_MAX]; /* cgroup.procs */
} * apps;

static int make_table(void)
{
	void *memory = apps ? apps
			    : mmap(NULL, PLAN_APPS_MAX * sizeof *apps, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	apps = memory;
	return 0;
}

static int open_one(const Plan *plan, const PlanOp *op, unsigned app)
{
	const char *path = plan_string(plan, op->path);
	int fd = make_table();

	if (fd < 0)
		return fd;
	if (op->flags & PLAN_CGROUP_INTO) {
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		apps[app].into = true;
		apps[app].directory = fd;
	} else if (op->flags & PLAN_CGROUP_PROCS) {
		if (apps[app].n_procs == PROCS_MAX)
			return -E2BIG;
		fd = cgroups_open_procs(path);
		if (fd < 0)
			return fd;
		apps[app].procs[apps[app].n_procs++] = fd;
	}
	return 0;
}

int app_cgroups_open(const Plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_apps; i++) {
		PlanRange range = plan->apps[i].host;

		for (uint32_t k = range.first; k < range.first + range.n; k++) {
			const PlanOp *op = &plan->ops[k];
			int r = op->code == PLAN_CGROUP ? open_one(plan, op, i) : 0;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

bool app_cgroups_any(unsigned app)
{
	return apps && (apps[app].into || apps[app].n_procs > 0);
}

pid_t app_cgroups_fork(unsigned app, bool wait)
{
	struct clone_args args = {.flags = wait ? CLONE_VFORK : 0, .exit_signal = SIGCHLD};

	if (apps && apps[app].into) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)apps[app].directory;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

int app_cgroups_enter(unsigned app)
{
	for (unsigned i = 0; apps && i < apps[app].n_procs; i++)
		if (write(apps[app].procs[i], "0", 1) < 0)
			return -errno;
	return 0;
}
