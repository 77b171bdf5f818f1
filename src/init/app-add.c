/* SPDX-License-Identifier: Apache-2.0 */

/* Adding an app to a mutable pod that runs, and removing one: its root filesystem comes and goes.
 */

#include "init/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include "base/cleanup.h"
#include "init/app-args.h"
#include "init/cgroups.h"
#include "init/execute.h"
#include "init/join.h"
#include "init/plan-file.h"
#include "init/pod-files.h"
#include "init/say.h"
#include "isolate/mount.h"
#include "isolate/view-namespace.h"

/* The app's root below the pod's, as the compiler names it. No image has a say in these names. */
static void put_root(Text *t, const char *app)
{
	text_puts(t, "opt/stage2/");
	text_puts(t, app);
	text_puts(t, "/rootfs");
}

/* Unmounts whatever is mounted as the app's root, with all that is in it. 0 or a negative errno. */
static int unmount_root(const Visit *visit, const char *app)
{
	Text root = {0};
	int r, left;

	put_root(&root, app);
	r = visit_begin(visit);
	if (r == 0) {
		while (umount2(text_string(&root), MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			continue;
		r = errno == EINVAL || errno == ENOENT ? 0 : -errno;
	}
	left = visit_end(visit);
	return left < 0 ? left : r;
}

static int make_root(const AppArgs *args, const Visit *visit, int views)
{
	uint32_t failed = 0;
	const PlanApp *app;
	Execution x;
	Plan plan;
	int r = join_find_app(args->app, &plan, &app);

	if (r < 0) {
		say("cannot read the plan of app ", args->app, ": ", say_errno(r), NULL);
		return r;
	}
	x = (Execution)EXECUTION_INIT(&plan);
	x.pod_root = x.base = visit->pod_root;
	x.visit = visit;
	x.views = views;
	r = execute(&x, plan.header->pod, &failed);
	if (r < 0)
		say("cannot set up app ", args->app, ": ", plan_code_name(plan.ops[failed].code),
			" ", plan_string(&plan, plan.ops[failed].path), ": ", say_errno(r), NULL);
	return r;
}

int role_app_add(int argc, char **argv)
{
	Visit visit = VISIT_INIT;
	AppArgs args;
	int views, r;

	r = app_args_parse(argc, argv, &args);
	if (r < 0)
		return app_args_usage("app-add");
	views = view_namespace_open(AT_FDCWD, PLAN_VIEWS_FILE);
	/* The views of its layers are mounted for this process alone. */
	r = unshare(CLONE_NEWNS) < 0 ? -errno : mount_make_slave();
	if (r < 0)
		return app_fail("make a mount namespace for", &args, r);
	r = visit_open(args.first, &visit);
	if (r < 0)
		return app_fail("find", &args, r);
	/* An earlier attempt may have been killed. */
	r = unmount_root(&visit, args.app);
	if (r < 0)
		return app_fail("unmount the old root of", &args, r);
	r = make_root(&args, &visit, views);
	if (r == 0) {
		r = pod_files_app_created(args.app);
		if (r < 0)
			(void)app_fail("write the files of", &args, r);
	}
	if (r < 0)
		(void)unmount_root(&visit, args.app);
	return r < 0 ? APP_FAILED : 0;
}

int role_app_rm(int argc, char **argv)
{
	Visit visit = VISIT_INIT;
	AppArgs args;
	Plan pod;
	int r;

	r = app_args_parse(argc, argv, &args);
	if (r < 0)
		return app_args_usage("app-rm");
	/* What has come in from outside does not end with the app. */
	if (plan_file_open(PLAN_FILE, &pod) == 0)
		cgroups_remove_added(&pod, args.app);
	r = visit_open(args.first, &visit);
	if (r == 0)
		r = unmount_root(&visit, args.app);
	return r < 0 ? app_fail("unmount the root of", &args, r) : 0;
}
