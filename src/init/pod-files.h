/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files in a pod's directory that tell the outside about a running pod. The working directory
 * is the pod's. */

#include <sys/types.h>
#include "plan/plan.h"

/* flavor, subcgroup (the pod's cgroup, "" for none) and, last, ppid: with it the pod counts as
 * started. 0 or -errno. */
int pod_files_started(const char *cgroup);

/* The marker that every app has been started, and its removal. */
void pod_files_ready(bool ready);

/* Notes that an app used up its memory, before its status is told. Best effort. */
void pod_files_memory_killed(const char *app);

/* Notes how often an app was started again. Best effort. */
void pod_files_restarted(const char *app, uint32_t n);

/* The status file of an app. 0 or a negative errno. */
int pod_files_app_status(const char *app, int status);

/* Whether there is one: whether the app has ended. */
bool pod_files_app_has_status(const char *app);

/* The marker that an app was added to a mutable pod, and the one that it runs: each time anew, with
 * what is known of an earlier run removed, and with room for the status on the disk, if there is
 * any. 0 or a negative errno. */
int pod_files_app_created(const char *app);
int pod_files_app_started(const char *app);

/* Whether somebody holds the pod's lock: whether the processes that its files name are still meant.
 */
bool pod_files_locked(void);

/* The monitor's pid from ppid, or a negative errno. */
pid_t pod_files_monitor(void);

/* The pod's first process, a child of the monitor. 0 while there is none, or a negative errno. */
pid_t pod_files_first_process(pid_t monitor);
