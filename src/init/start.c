/* SPDX-License-Identifier: Apache-2.0 */
#include "init/start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include "base/cleanup.h"
#include "init/cgroups.h"
#include "init/channel.h"
#include "init/console.h"
#include "init/log-file.h"
#include "init/network.h"
#include "init/pod-files.h"
#include "init/streams.h"
#include "init/userns.h"
#include "isolate/view-namespace.h"

/* clone3() with the pod's namespaces that it is born in, directly into its v2 cgroup where there is
 * one. */
static pid_t clone_first(const Plan *plan, int cgroup)
{
	struct clone_args args = {
		.flags = plan->header->namespaces & ~(uint64_t)(CLONE_NEWNET | CLONE_NEWUSER),
		.exit_signal = SIGCHLD,
	};

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/* Makes the pod's network namespace and hands it over, while the pod's first process mounts; or
 * hands over the one that is made by who connects the pod. */
static int give_network(const PodStart *start, int channel)
{
	Message m = {.kind = MESSAGE_NETWORK};
	_cleanup_close_ int fd = -1;

	/* It belongs to the pod's users, if it has users of its own. */
	if (start->plan->header->n_ids > 0)
		return userns_finish();
	if (!(start->plan->header->namespaces & CLONE_NEWNET))
		return 0;
	fd = start->connection > 0 ? network_receive(start->connection) : network_create();
	if (fd < 0)
		return fd;
	/* If nobody listens any more, the reason is about to be told. */
	(void)channel_send(channel, &m, fd);
	return 0;
}

static int open_logs(const Plan *plan)
{
	for (unsigned i = 0; i < plan->header->n_apps; i++) {
		const char *path = plan_string(plan, plan->apps[i].log);
		int fd;

		if (!*path)
			continue;
		fd = log_file_open(path);
		if (fd < 0)
			return fd;
		log_file_give(i, fd);
	}
	return 0;
}

/* What the two processes share: the channel between them, the apps' pipes, /dev/null. */
static int make_descriptors(PodStart *start, int ret_ends[static 2], const char **doing)
{
	int r;

	*doing = "make a channel to the pod";
	r = channel_create(ret_ends);
	if (r < 0)
		return r;
	*doing = "make pipes for the apps' output";
	r = console_open(start->plan, start->pipes);
	if (r == 0)
		r = streams_open(start->plan, start->pipes, start->inputs);
	if (r < 0)
		return r;
	*doing = "open the log files of the apps";
	r = open_logs(start->plan);
	if (r < 0)
		return r;
	*doing = "open /dev/null";
	start->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return start->null < 0 ? -errno : 0;
}

/* channel: this side's end. */
static int make_user_namespace(PodStart *start, int channel, const char **doing)
{
	start->user_namespace = -1;
	if (start->plan->header->n_ids == 0)
		return 0;
	*doing = "make the pod's user namespace";
	start->user_namespace = userns_create(start->plan, channel, start->connection);
	return start->user_namespace < 0 ? start->user_namespace : 0;
}

/* What the apps have now, and this process must not keep: their connections would not end with
 * them.
 */
static void close_apps_ends(PodStart *start)
{
	for (unsigned i = 0; i < start->plan->header->n_apps; i++) {
		const PlanApp *app = &start->plan->apps[i];

		for (unsigned k = 0; k < app->n_sockets; k++)
			(void)fd_close(
				PLAN_SOCKETS_FIRST + (int)plan_app_sockets(start->plan, app)[k]);
		for (unsigned k = 0; k < 2; k++)
			start->pipes[i][k] = fd_close(start->pipes[i][k]);
		if (start->inputs[i] > 0)
			(void)fd_close(start->inputs[i]);
	}
}

/* What is left to do on the host, while the pod's first process sets up the pod. */
static int finish_start(const PodStart *start, const Started *started, const char **doing)
{
	const Plan *plan = start->plan;
	int r;

	*doing = "make the pod's network namespace";
	r = give_network(start, started->channel);
	if (r < 0)
		return r;
	*doing = "put the pod into its control groups";
	r = cgroups_enter(plan, started->first);
	if (r < 0)
		return r;
	*doing = "write the pod's files";
	r = pod_files_started(cgroups_name(plan));
	if (r == 0 && start->connection == 0)
		start_apps_of(started, false, 0);
	return r;
}

void start_apps_of(const Started *started, bool dns, int32_t host)
{
	Message go = {.kind = MESSAGE_GO, .a = dns, .b = host};

	(void)channel_send(started->channel, &go, -1);
}

int start_pod(PodStart *start, const Execution *x, Started *ret, const char **doing)
{
	int ends[2], r;
	pid_t pid;

	r = make_descriptors(start, ends, doing);
	if (r == 0)
		r = make_user_namespace(start, ends[0], doing);
	if (r < 0)
		return r;
	/* The pod's own mount namespace does not show it. */
	start->views = view_namespace_open(AT_FDCWD, PLAN_VIEWS_FILE);
	*doing = "make the pod's namespaces";
	pid = clone_first(start->plan, x->cgroup);
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* With this end open as well it would wait for ever for a monitor that was killed
		 * before it could ask to be killed with it. */
		(void)fd_close(ends[0]);
		userns_forget();
		start->channel = ends[1];
		pod_first_process(start);
	}
	*ret = (Started){.first = pid, .channel = ends[0]};
	(void)fd_close(ends[1]);
	close_apps_ends(start);
	start->user_namespace = fd_close(start->user_namespace);
	start->views = fd_close(start->views);
	return finish_start(start, ret, doing);
}
