/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the entry points for single apps are told: "--debug=BOOL --app=NAME" and, from whoever calls
 * them, the pod's first process in RKT_STAGE1_ENTERPID. */

#include <sys/types.h>

#define APP_FAILED  1 /* exit statuses, as systemctl has them: failed */
#define APP_UNKNOWN 5 /* there is no such app */

typedef struct AppArgs {
	const char *app;
	pid_t first;
} AppArgs;

/* 0, or -EINVAL when something is missing, or is no name of an app. */
int app_args_parse(int argc, char **argv, AppArgs *ret);

/* Says how the entry point is called, or "cannot DO app NAME: REASON", and returns APP_FAILED. */
int app_args_usage(const char *entry_point);
int app_fail(const char *doing, const AppArgs *args, int r);
