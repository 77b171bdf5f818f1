/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The terminal of an interactive pod: bytes and window size go between the caller's terminal
 * (stdin, stdout) and the pod's, while the caller's is in raw mode. Three times ^] within a second
 * is the way out. While stdout has no room nothing is read from the pod's terminal; when it takes
 * nothing any more, that is hung up. */

#include <poll.h>
#include "base/macro.h"

/* Takes over the pod's terminal. typing: what is typed goes there; without it the caller's
 * terminal, if there is one, stays in its mode. 0 or a negative errno. */
int terminal_start(int master, bool typing);
bool terminal_active(void);

/* The caller's window has a new size. */
void terminal_resize(void);

/* Fills fds (room for TERMINAL_POLL_MAX); returns how many. */
#define TERMINAL_POLL_MAX 2
unsigned terminal_poll(struct pollfd *fds);

/* Moves what can be moved. True when the user typed the way out. */
bool terminal_dispatch(const struct pollfd *fds, unsigned n);

/* After the pod's end: passes on what the caller's terminal takes at once, and gives it back as it
 * was. */
void terminal_stop(void);

/* Then: whether some output is left, for which there was no room. */
bool terminal_has_more(void);

/* Passes on the rest as slowly as it is taken, and closes the pod's terminal. Returns the negative
 * errno that the output could not be written with, or 0; a reader that has left (EPIPE) is no loss.
 */
int terminal_drain(void);
