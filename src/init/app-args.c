/* SPDX-License-Identifier: Apache-2.0 */
#include "init/app-args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "init/say.h"
#include "plan/plan.h"

int app_args_parse(int argc, char **argv, AppArgs *ret)
{
	const char *pid = getenv("RKT_STAGE1_ENTERPID");

	say_set_component("app");
	*ret = (AppArgs){.first = pid ? text_to_number(pid) : 0};
	for (int i = 1; i < argc; i++) {
		const char *value = startswith(argv[i], "--app=");

		if (value)
			ret->app = value;
	}
	if (!ret->app || ret->first <= 0 || strchr(ret->app, '/') || ret->app[0] == '.' ||
		ret->app[0] == '\0' || strlen(ret->app) >= PLAN_NAME_MAX)
		return -EINVAL;
	return 0;
}

int app_args_usage(const char *entry_point)
{
	say("this is called as RKT_STAGE1_ENTERPID=PID ", entry_point, " --app=NAME", NULL);
	return APP_FAILED;
}

int app_fail(const char *doing, const AppArgs *args, int r)
{
	say("cannot ", doing, " app ", args->app, ": ",
		r == -ETIMEDOUT ? "the pod's monitor does not answer: is it stopped?"
				: say_errno(r),
		NULL);
	return APP_FAILED;
}
