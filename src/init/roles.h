/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* rkt-init and rkt-pod are the stage1 of the native flavor: its entry points are names of them,
 * executed in the pod's directory as the stage1 interface says (docs/internals/stage1.md).
 * Each function is the whole of one entry point and returns its exit status. */

/* run [--flags...] UUID: starts the pod's plan and supervises it. */
int role_run(int argc, char **argv);

/* enter --pid=N --appname=A -- CMD [ARGS...]: runs a command in an app of the pod. */
int role_enter(int argc, char **argv);

/* exec --pid=N --appname=A [--interactive] [--tty] [--uid=N] [--gid=N] [--cwd=PATH]
 * [--env=NAME=VALUE ...] -- CMD [ARGS...]: runs a command as what the app is. */
int role_exec(int argc, char **argv);

/* stop [--force] UUID: asks the supervisor to end the pod, or kills the pod. */
int role_stop(int argc, char **argv);

/* app-add, app-rm, app-start, app-stop: see init/app-args.h for how they are called. They give an
 * app of a mutable pod that runs its root filesystem, take it away, start the app, and stop it;
 * app-stop returns when it has ended. */
int role_app_add(int argc, char **argv);
int role_app_rm(int argc, char **argv);
int role_app_start(int argc, char **argv);
int role_app_stop(int argc, char **argv);

/* attach --action=list|auto-attach|custom-attach [--stdin=true ...] --app=NAME: connects to the
 * streams or the terminal of an app, or tells which of them it has. */
int role_attach(int argc, char **argv);

/* gc [--flags...] UUID: removes what a killed monitor left behind. */
int role_gc(int argc, char **argv);
