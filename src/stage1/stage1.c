/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/stage1.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include "base/fd.h"
#include "base/namespace-init.h"
#include "base/strbuf.h"
#include "stage1/entry-point.h"
#include "stage1/flavor.h"
#include "stage1/start-options.h"

static const Flavor *const flavors[] = {
	&flavor_native,
};

/* The flavor that the pod runs, or ran, with; the first one for a pod that never has. */
static int find_flavor(const Pod *pod, const Flavor **ret, Error *err)
{
	char name[64];
	ssize_t n = readlinkat(pod->fd, "flavor", name, sizeof name - 1);

	if (n < 0 && errno == ENOENT) {
		*ret = flavors[0];
		return 0;
	}
	if (n < 0)
		return fail_errno(err, -errno, "read the flavor of pod %s", pod->uuid);
	name[n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(flavors); i++)
		if (streq(flavors[i]->name, name)) {
			*ret = flavors[i];
			return 0;
		}
	return fail(
		err, -ENOENT, "pod \"%s\" has the unknown stage1 flavor \"%s\"", pod->uuid, name);
}

static int find_entry_point(const Pod *pod, const char *name, char **ret, Error *err)
{
	const Flavor *flavor;
	int r = find_flavor(pod, &flavor, err);

	return r < 0 ? r : flavor->entry_point(pod, name, ret, err);
}

int stage1_prepare(const Pod *pod, const PlanInput *in, Error *err)
{
	int r = flavors[0]->prepare(pod, in, err);

	if (r == 0 && pod_manifest_is_mutable(in->manifest))
		r = start_options_write(pod, &in->options, err);
	return r;
}

/* Lets the lock go on into the supervisor and tells it where. */
static int hand_lock_over(const Pod *pod, Error *err)
{
	char number[16];
	int r = fd_set_cloexec(pod->lock_fd, false);

	(void)snprintf(number, sizeof number, "%d", pod->lock_fd);
	if (r == 0 && setenv("RKT_LOCK_FD", number, 1) < 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "hand the lock of pod %s over", pod->uuid) : 0;
}

int stage1_run(const Pod *pod, const Stage1Run *run, Error *err)
{
	_cleanup_free_ char *path = NULL, *net = NULL, *hostname = NULL, *users = NULL;
	EntryPoint e;
	int r;

	r = find_entry_point(pod, "run", &path, err);
	if (r < 0)
		return r;
	entry_point_init(&e, path, "run");
	if (run->debug)
		entry_point_add(&e, "--debug");
	if (str_format(&net, "--net=%s", run->net) < 0)
		return fail_oom(err);
	entry_point_add(&e, net);
	if (run->interactive)
		entry_point_add(&e, "--interactive");
	if (run->users.n > 0) {
		if (str_format(&users, "--private-users=%u:%u", run->users.first, run->users.n) < 0)
			return fail_oom(err);
		entry_point_add(&e, users);
	}
	if (run->hostname) {
		if (str_format(&hostname, "--hostname=%s", run->hostname) < 0)
			return fail_oom(err);
		entry_point_add(&e, hostname);
	}
	entry_point_add(&e, pod->uuid);
	r = hand_lock_over(pod, err);
	return r < 0 ? r : entry_point_exec(&e, pod, err);
}

/* The process id in the pod's directory. A pod counts as running from the moment that its lock is
 * held there, a few milliseconds before that is written: it is waited for. */
static int wait_for_pid(const Pod *pod, pid_t *ret, Error *err)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	int r = pod_read_pid(pod, ret);

	for (unsigned i = 0; r == -ENOENT && pod->state == POD_RUNNING && i < 500; i++) {
		(void)nanosleep(&pause, NULL);
		r = pod_read_pid(pod, ret);
	}
	if (r == -ENOENT)
		return fail(err, r, "pod \"%s\" has not started yet", pod->uuid);
	return r < 0 ? fail_errno(err, r, "read the process id of pod %s", pod->uuid) : 0;
}

/* The pod's first process, as the host sees it: the child of the supervisor in ppid that is PID 1
 * of its namespace, or the process in pid. */
static int find_first_process(const Pod *pod, pid_t *ret, Error *err)
{
	pid_t pid = 0;
	int r;

	r = wait_for_pid(pod, &pid, err);
	if (r < 0)
		return r;
	if (faccessat(pod->fd, "ppid", F_OK, 0) == 0)
		pid = namespace_init_of(pid);
	if (pid <= 0)
		return fail(err, -ESRCH, "pod \"%s\" has no process yet, or no more", pod->uuid);
	*ret = pid;
	return 0;
}

int stage1_enter(const Pod *pod, const char *app, const char *const *command, Error *err)
{
	_cleanup_free_ char *path = NULL, *app_arg = NULL;
	char pid_arg[32];
	EntryPoint e;
	pid_t pid = 0;
	int r;

	r = find_entry_point(pod, "enter", &path, err);
	if (r == 0)
		r = find_first_process(pod, &pid, err);
	if (r < 0)
		return r;
	if (str_format(&app_arg, "--appname=%s", app) < 0)
		return fail_oom(err);
	(void)snprintf(pid_arg, sizeof pid_arg, "--pid=%d", (int)pid);
	entry_point_init(&e, path, "enter");
	entry_point_add(&e, pid_arg);
	entry_point_add(&e, app_arg);
	entry_point_add(&e, "--");
	for (; *command; command++)
		entry_point_add(&e, *command);
	return entry_point_exec(&e, pod, err);
}

int stage1_stop(const Pod *pod, bool force, Error *err)
{
	_cleanup_free_ char *path = NULL;
	EntryPoint e;
	pid_t pid;
	int r;

	r = find_entry_point(pod, "stop", &path, err);
	if (r == 0)
		r = wait_for_pid(pod, &pid, err);
	if (r < 0)
		return r;
	entry_point_init(&e, path, "stop");
	if (force)
		entry_point_add(&e, "--force");
	entry_point_add(&e, pod->uuid);
	return entry_point_run(&e, pod, err);
}

/* What entry points for single apps are told about the pod. */
static int set_crossing(const Pod *pod, Error *err)
{
	_cleanup_free_ char *enter = NULL;
	char number[16];
	pid_t pid = 0;
	int r;

	r = find_entry_point(pod, "enter", &enter, err);
	if (r == 0)
		r = find_first_process(pod, &pid, err);
	if (r < 0)
		return r;
	(void)snprintf(number, sizeof number, "%d", (int)pid);
	if (setenv("RKT_STAGE1_ENTERCMD", enter, 1) < 0 ||
		setenv("RKT_STAGE1_ENTERPID", number, 1) < 0)
		return fail_oom(err);
	return 0;
}

int stage1_attach(const Pod *pod, const Stage1Attach *attach, Error *err)
{
	static const char *const actions[] = {
		[ATTACH_LIST] = "--action=list",
		[ATTACH_AUTO] = "--action=auto-attach",
		[ATTACH_CUSTOM] = "--action=custom-attach",
	};
	static const char *const ends[][2] = {
		{"--tty-in=false", "--tty-in=true"},
		{"--tty-out=false", "--tty-out=true"},
		{"--stdin=false", "--stdin=true"},
		{"--stdout=false", "--stdout=true"},
		{"--stderr=false", "--stderr=true"},
	};
	_cleanup_free_ char *path = NULL, *app_arg = NULL;
	EntryPoint e;
	int r;

	r = find_entry_point(pod, "attach", &path, err);
	if (r == 0)
		r = set_crossing(pod, err);
	if (r < 0)
		return r;
	if (str_format(&app_arg, "--app=%s", attach->app) < 0 ||
		setenv("RKT_STAGE1_ENTERAPP", attach->app, 1) < 0)
		return fail_oom(err);
	entry_point_init(&e, path, "attach");
	entry_point_add(&e, actions[attach->action]);
	for (size_t i = 0; attach->action == ATTACH_CUSTOM && i < ARRAY_LEN(ends); i++)
		entry_point_add(&e, ends[i][attach->ends >> i & 1]);
	entry_point_add(&e, app_arg);
	entry_point_add(&e, attach->debug ? "--debug=true" : "--debug=false");
	return entry_point_exec(&e, pod, err);
}

int stage1_app(const Pod *pod, const char *entry_point, const char *app, bool debug, Error *err)
{
	_cleanup_free_ char *path = NULL, *app_arg = NULL, *uuid_arg = NULL;
	EntryPoint e;
	int r;

	r = find_entry_point(pod, entry_point, &path, err);
	if (r == 0)
		r = set_crossing(pod, err);
	if (r < 0)
		return r;
	if (str_format(&app_arg, "--app=%s", app) < 0 ||
		str_format(&uuid_arg, "--uuid=%s", pod->uuid) < 0)
		return fail_oom(err);
	entry_point_init(&e, path, entry_point);
	entry_point_add(&e, debug ? "--debug=true" : "--debug=false");
	if (streq(entry_point, "app-add"))
		entry_point_add(&e, uuid_arg);
	entry_point_add(&e, app_arg);
	return entry_point_run(&e, pod, err);
}

int stage1_add_app(const Pod *pod, PlanInput *in, bool debug, Error *err)
{
	const Flavor *flavor;
	int r = find_flavor(pod, &flavor, err);

	if (r == 0)
		r = start_options_read(pod, &in->options, err);
	if (r == 0)
		r = flavor->prepare_app(pod, in, err);
	return r < 0 ? r : stage1_app(pod, "app-add", in->manifest->apps[0].name, debug, err);
}

int stage1_gc(void *debug, const Pod *pod, Error *err)
{
	_cleanup_free_ char *path = NULL;
	EntryPoint e;
	int r;

	r = find_entry_point(pod, "gc", &path, err);
	if (r < 0)
		return r;
	entry_point_init(&e, path, "gc");
	if (*(const bool *)debug)
		entry_point_add(&e, "--debug");
	entry_point_add(&e, pod->uuid);
	return entry_point_run(&e, pod, err);
}
