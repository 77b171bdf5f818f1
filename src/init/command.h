/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A command that is run beside an app of a pod that runs: what the entry points "enter" and "exec"
 * have in common. The working directory is the pod's. */

#include <sys/types.h>
#include "init/say.h"
#include "plan/plan.h"

typedef struct Command {
	Plan pod;  /* the pod's plan */
	Plan plan; /* the one that the app is in */
	const PlanApp *app;
	const PlanOp *exec; /* the app's own EXEC, for its environment ... */
	Text with_host;     /* ... and the variable that names the host; "": there is none */
	pid_t first;        /* the pod's first process */
	char **argv;        /* NULL-terminated */
} Command;

/* Takes "--pid=N --appname=A -- CMD [ARGS...]", passing over other options, and finds the app. 0,
 * -EINVAL when something is missing, -ENOENT when there is no such app, or another negative errno.
 */
int command_parse(int argc, char **argv, Command *ret);

/* Puts the caller into the cgroups of the pod and of the app, while it still sees the host's files.
 * With make those of an app that was added and does not run are made again as far as it takes to
 * end what is in them; otherwise that is -ESRCH. 0 or a negative errno. */
int command_join_cgroups(const Command *c, bool make);

/* The app's environment with n variables more ("NAME=VALUE"), each in place of an earlier one of
 * its name. A vector that lives as long as the process; NULL when there is no memory. */
char **command_environment(Command *c, const char *const *more, size_t n);

/* Closes all descriptors but the first three, before a filter of the app's may forbid that. 0 or a
 * negative errno. */
int command_close_descriptors(void);

/* Becomes the command, which is looked for in the PATH of env as execvpe() does. Returns a
 * negative errno, if at all. */
int command_execute(const Command *c, char **env);

/* The exit status for an error of that: 127 for a command that is not there, else 126. */
int command_failure(int r);
