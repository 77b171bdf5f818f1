/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/stage1.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "stage1/call.h"
#include "stage1/first-process.h"
#include "stage1/start-options.h"

/* Since which version of the interface "gc" is told where the configuration is. */
#define SINCE_GC_LOCAL_CONFIG 5

int stage1_prepare(
	const Flavor *flavor, const Pod *pod, const PlanInput *in, const Image *image, Error *err)
{
	int r = flavor->prepare(pod, in, image, err);

	if (r == 0 && pod_manifest_is_mutable(in->manifest))
		r = start_options_write(pod, &in->options, err);
	return r;
}

int stage1_enter(const Pod *pod, const char *app, const char *const *command, Error *err)
{
	_cleanup_free_ char *app_arg = NULL;
	_cleanup_call_ Call c = CALL_INIT;
	char pid_arg[32];
	pid_t pid = 0;
	int r = call_init(&c, pod, NULL, "enter", err);

	if (r == 0)
		r = first_process_find(pod, &pid, err);
	if (r < 0)
		return r;
	if (str_format(&app_arg, "--appname=%s", app) < 0)
		return fail_oom(err);
	(void)snprintf(pid_arg, sizeof pid_arg, "--pid=%d", (int)pid);
	entry_point_add(&c.entry_point, pid_arg);
	entry_point_add(&c.entry_point, app_arg);
	entry_point_add(&c.entry_point, "--");
	for (; *command; command++)
		entry_point_add(&c.entry_point, *command);
	return entry_point_exec(&c.entry_point, pod, err);
}

int stage1_stop(const Pod *pod, bool force, Error *err)
{
	_cleanup_call_ Call c = CALL_INIT;
	pid_t pid;
	int r = call_init(&c, pod, NULL, "stop", err);

	if (r == 0)
		r = first_process_supervisor(pod, &pid, err);
	if (r < 0)
		return r;
	if (force)
		entry_point_add(&c.entry_point, "--force");
	entry_point_add(&c.entry_point, pod->uuid);
	return entry_point_run(&c.entry_point, pod, err);
}

/* What entry points for single apps are told about the pod. */
static int set_crossing(const Pod *pod, const Flavor *flavor, Error *err)
{
	_cleanup_call_ Call enter = CALL_INIT;
	char number[16];
	pid_t pid = 0;
	int r = call_init(&enter, pod, flavor, "enter", err);

	if (r == 0)
		r = first_process_find(pod, &pid, err);
	if (r < 0)
		return r;
	(void)snprintf(number, sizeof number, "%d", (int)pid);
	if (setenv("RKT_STAGE1_ENTERCMD", enter.program, 1) < 0 ||
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
	_cleanup_free_ char *app_arg = NULL;
	_cleanup_call_ Call c = CALL_INIT;
	int r = call_init(&c, pod, NULL, "attach", err);

	if (r == 0)
		r = set_crossing(pod, c.flavor, err);
	if (r < 0)
		return r;
	if (str_format(&app_arg, "--app=%s", attach->app) < 0 ||
		setenv("RKT_STAGE1_ENTERAPP", attach->app, 1) < 0)
		return fail_oom(err);
	c.entry_point.crossing = true;
	c.entry_point.app = attach->app;
	entry_point_add(&c.entry_point, actions[attach->action]);
	for (size_t i = 0; attach->action == ATTACH_CUSTOM && i < ARRAY_LEN(ends); i++)
		entry_point_add(&c.entry_point, ends[i][attach->ends >> i & 1]);
	entry_point_add(&c.entry_point, app_arg);
	entry_point_add(&c.entry_point, attach->debug ? "--debug=true" : "--debug=false");
	return entry_point_exec(&c.entry_point, pod, err);
}

int stage1_app(const Pod *pod, const char *entry_point, const char *app, bool debug, Error *err)
{
	_cleanup_free_ char *app_arg = NULL, *uuid_arg = NULL;
	_cleanup_call_ Call c = CALL_INIT;
	int r = call_init(&c, pod, NULL, entry_point, err);

	if (r == 0)
		r = set_crossing(pod, c.flavor, err);
	if (r < 0)
		return r;
	if (str_format(&app_arg, "--app=%s", app) < 0 ||
		str_format(&uuid_arg, "--uuid=%s", pod->uuid) < 0)
		return fail_oom(err);
	c.entry_point.crossing = true;
	c.entry_point.app = app;
	entry_point_add(&c.entry_point, debug ? "--debug=true" : "--debug=false");
	if (streq(entry_point, "app-add"))
		entry_point_add(&c.entry_point, uuid_arg);
	entry_point_add(&c.entry_point, app_arg);
	r = entry_point_run(&c.entry_point, pod, err);
	if (r == 0 && streq(entry_point, "app-rm") && c.flavor->forget_app)
		r = c.flavor->forget_app(pod, app, err);
	return r;
}

int stage1_read_plan(const Pod *pod, void **ret_data, Plan *ret, Error *err)
{
	_cleanup_free_ char *data = NULL;
	const Flavor *flavor = NULL;
	size_t len;
	int r = call_find_flavor(pod, &flavor, err);

	*ret_data = NULL;
	if (r < 0 || flavor != &flavor_native)
		return r;
	r = fd_read_file(pod->fd, "plan", PLAN_SIZE_MAX, &data, &len, err);
	if (r == 0 && plan_load(ret, data, len) < 0)
		r = fail(err, -EBADMSG, "the plan of pod %s is damaged", pod->uuid);
	if (r == 0)
		*ret_data = TAKE_PTR(data);
	return r;
}

int stage1_add_app(const Pod *pod, PlanInput *in, bool debug, Error *err)
{
	const Flavor *flavor = NULL;
	int r = call_find_flavor(pod, &flavor, err);

	if (r == 0)
		r = start_options_read(pod, &in->options, err);
	if (r == 0)
		r = flavor->prepare_app(pod, in, err);
	return r < 0 ? r : stage1_app(pod, "app-add", in->manifest->apps[0].name, debug, err);
}

/* Calls the entry point "gc" of a pod that has run. */
static int call_gc(Call *c, const Pod *pod, const Stage1Gc *gc, Error *err)
{
	unsigned version = 0;
	int r = call_version(c, pod, &version, err);

	if (r < 0)
		return r;
	if (gc->debug)
		entry_point_add(&c->entry_point, "--debug");
	if (gc->local_config && version >= SINCE_GC_LOCAL_CONFIG) {
		entry_point_add(&c->entry_point, "--local-config");
		entry_point_add(&c->entry_point, gc->local_config);
	}
	entry_point_add(&c->entry_point, pod->uuid);
	return entry_point_run(&c->entry_point, pod, err);
}

/* The one step does not wait for the other's success: nobody will come back for it. */
static int clean_up(const Pod *pod, const Stage1Gc *gc, bool has_run, Error *err)
{
	_cleanup_call_ Call c = CALL_INIT;
	int r = call_init(&c, pod, NULL, "gc", err), r2 = 0;

	if (r < 0)
		return r;
	if (has_run && (!c.flavor->left_behind || c.flavor->left_behind(pod)))
		r = call_gc(&c, pod, gc, err);
	if (c.flavor->disconnect)
		r2 = c.flavor->disconnect(pod, gc->local_config, r >= 0 ? err : NULL);
	return r != 0 ? r : r2;
}

/* A pod is connected to its networks while it is still prepared. */
int stage1_gc(void *options, const Pod *pod, Error *err)
{
	return clean_up(pod, options, pod->state == POD_EXITED_DELETING, err);
}

static int remove_file(const Pod *pod, const char *path, Error *err)
{
	int r = path_remove_tree(pod->fd, path);

	return r < 0 ? fail_errno(err, r, "remove %s/%s", pod->path, path) : 0;
}

/* What overlayfs has in its own directories keeps an overlay that was not synced from being mounted
 * again; what the apps have changed is not there. */
static int remove_work(const Pod *pod, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(pod->fd, "overlay");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (fd == -ENOENT)
		return 0;
	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/overlay", pod->path);
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (endswith(entry->d_name, ".work"))
			r = path_remove_tree(fd, entry->d_name);
	if (r == 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "empty %s/overlay", pod->path) : 0;
}

int stage1_reset(const Pod *pod, const Stage1Gc *gc, Error *err)
{
	/* In this order: what the later ones are removed by is in net/. */
	static const char *const files[] = {"net-info.json", "netns", "net", "subcgroup", "control",
		PLAN_NOTIFY_DIR, POD_HOSTS_FILE, POD_RESOLV_CONF_FILE, "supervisor.log",
		"stage1/rootfs/rkt"};
	const Flavor *flavor = NULL;
	int r = call_find_flavor(pod, &flavor, err);

	if (r < 0)
		return r;
	if (flavor != &flavor_native)
		return fail(
			err, -EOPNOTSUPP, "a pod whose stage1 is an image cannot be started again");
	/* The process id is nobody's any more, and the pod counts as running from now on. */
	r = remove_file(pod, "ppid", err);
	if (r == 0)
		r = clean_up(pod, gc, true, err);
	for (size_t i = 0; i < ARRAY_LEN(files) && r == 0; i++)
		r = remove_file(pod, files[i], err);
	return r == 0 ? remove_work(pod, err) : r;
}
