/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Those who are attached to apps, as the monitor sees them. Each gets what the app prints; while
 * one of them has no room for it, nothing more is read of that app, so that it waits. Who takes
 * nothing at all for SESSION_PATIENCE seconds is let go: he holds up neither the app nor the others
 * for longer than that. */

#include <poll.h>
#include <stdbool.h>
#include "init/frames.h"

#define SESSIONS_MAX     32
#define SESSION_PATIENCE 3

/* Prepares for them. 0 or a negative errno. */
int sessions_open(void);

/* Attaches the one behind a connection that does not block to what an app has (ATTACH_* bits), and
 * tells him so; takes it over then. 0, or a negative errno as the answer: -ESRCH when no such app
 * runs, -ENOENT when it has none of these, -EAGAIN when there are too many sessions. */
int sessions_add(int connection, const char *app, unsigned wanted);

/* The same for one behind a stream socket, for whom there are no frames but bytes alone, and of
 * whom it is known what he wants. He is told nothing, also not why his connection ends. -ENOENT
 * when the app has ended meanwhile, or what he wants has. */
int sessions_add_plain(int connection, unsigned app, unsigned wanted);

/* Whether anybody is attached to this (ATTACH_* bits). */
bool sessions_are_attached(unsigned app, unsigned what);

/* Whether everybody who is attached to this (one of the ATTACH_* bits) has room for a frame. */
bool sessions_have_room(unsigned app, unsigned what);

/* The same as far as it is known, without asking the kernel. */
bool sessions_had_room(unsigned app, unsigned what);

/* Passes a frame of len bytes to everybody who is attached to this, who have room for it. */
void sessions_send(unsigned app, unsigned what, const Frame *frame, size_t len);

/* This has come to its end. */
void sessions_closed(unsigned app, unsigned what);

/* Waits until everybody has room, or has been let go. */
void sessions_wait(unsigned app, unsigned what);

/* How long poll() may wait, in milliseconds; -1: for ever. */
int sessions_timeout(void);

#define SESSIONS_POLL_MAX (2 * SESSIONS_MAX)
unsigned sessions_poll(struct pollfd *fds);
void sessions_dispatch(const struct pollfd *fds, unsigned n);

/* Lets everybody go. */
void sessions_close(void);
