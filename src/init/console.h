/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The apps' "log" output: whole lines from their pipes to the monitor's stdout, as "[ uptime]
 * app[pid]: text". A reader of that stdout that is slow slows the apps down, but never keeps the
 * monitor from its other work. */

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include "plan/plan.h"

/* Makes the pipes of every stream in log mode. ret_write_ends[app][0 or 1] are for the apps, -1
 * where there is none. 0 or a negative errno. */
int console_open(const Plan *plan, int ret_write_ends[PLAN_APPS_MAX][2]);

/* In a mutable pod: whether the place of an app can be given to another, because everything that
 * was printed there has been passed on. */
bool console_is_idle(unsigned app);

/* Gives such a place to an app that was added: its name, and the non-blocking read ends of its
 * pipes, or -1, which are taken over. */
void console_add_app(unsigned app, const char *name, const int read_ends[static 2]);

/* What an app prints to a stream that others read: its lines go to the file that the app was given
 * for that, if it was given one. stream: 0 or 1; n 0: that was all. */
void console_keep(unsigned app, unsigned stream, const char *bytes, size_t n);

/* Closes what such an app would have printed to: it did not start after all. */
void console_drop_app(unsigned app);

/* The name of an app, NULL if there is none of that number. */
const char *console_app_name(unsigned app);

/* In the pod's first process, which got a copy of all this and has no use for it: gives its memory
 * back. */
void console_forget(void);

/* The pid that stands in front of an app's lines. */
void console_app_started(unsigned app, pid_t pid);

/* Fills fds (room for CONSOLE_POLL_MAX) with what to wait for; returns how many. */
#define CONSOLE_POLL_MAX (2 * PLAN_APPS_MAX + 1)
unsigned console_poll(struct pollfd *fds);

/* Passes on what can be read and written now, after poll() has returned on those entries. */
void console_dispatch(const struct pollfd *fds, unsigned n);

/* After the pod's end: passes on the rest, of which stdout may take some at once only, or all, with
 * wait, as slowly as it is read. False when there was no room for more. */
bool console_drain(bool wait);
