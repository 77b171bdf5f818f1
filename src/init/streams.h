/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The streams and terminals of apps that one can attach to, in the monitor. What an app prints goes
 * to everybody who is attached at that time. If nobody is, the newest of it is kept for those who
 * come (backlog.h). */

#include <poll.h>
#include "init/frames.h"
#include "init/sessions.h"
#include "plan/plan.h"

/* Makes the pipes of every stream of that kind. ret_outputs[app][0 or 1] and ret_inputs[app] are
 * for the apps; others are left as they are. 0 or a negative errno. */
int streams_open(
	const Plan *plan, int ret_outputs[PLAN_APPS_MAX][2], int ret_inputs[PLAN_APPS_MAX]);

/* Gives an app that was added its place: our ends of its pipes, which do not block, or -1, and the
 * master of its terminal, or -1. All are taken over. */
void streams_add_app(unsigned app, const int ends[static 3], int master);

/* Takes the terminal of an app of the plan over. 0 or a negative errno. */
int streams_add_terminal(unsigned app, int master);

/* Whether there are any. */
bool streams_any(void);

/* In a mutable pod: whether the place of an app can be given to another. */
bool streams_is_idle(unsigned app);

/* The app's main process has ended: nobody reads its input, and its terminal ends with it. */
void streams_app_ended(unsigned app);

/* The place of the running app of this name, or -1. */
int streams_find_app(const char *name);

/* Which of these an app has: ATTACH_* bits. */
unsigned streams_of(unsigned app);

/* Whether this (one of the ATTACH_* bits, or those of a terminal) can be attached to now. */
bool streams_can_attach(unsigned app, unsigned what);

/* Whether the app has a terminal of its own. */
bool streams_has_terminal(unsigned app);

/* Passes bytes to the app's input. Returns how many it takes now; those for an input that nobody
 * reads any more count as taken. */
size_t streams_put(unsigned app, const char *bytes, size_t n);

/* The descriptor of the input to wait for when it takes no more, -1 when there is none. */
int streams_input(unsigned app);

/* Sets the size of the app's terminal, if it has one. */
void streams_resize(unsigned app, unsigned rows, unsigned columns);

/* Fills fds (room for STREAMS_POLL_MAX) with what to wait for, those who are attached included;
 * returns how many. */
#define STREAMS_POLL_MAX (2 * PLAN_APPS_MAX + SESSIONS_POLL_MAX)
unsigned streams_poll(struct pollfd *fds);
void streams_dispatch(const struct pollfd *fds, unsigned n);

/* After the pod's end: passes on the rest, and lets everybody go. */
void streams_finish(void);
