/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The client's side of a session: between an app that one is attached to and this process's own
 * stdin, stdout and stderr. */

#include <stdbool.h>

/* Passes on what there is to be passed on, over a connection that was answered, until what was
 * attached to (ATTACH_* bits) or this side has come to its end. With the input of a terminal, and a
 * terminal here, this one is in raw mode meanwhile and its size goes along. Returns the exit
 * status, with what went wrong said. */
int relay(int connection, unsigned attached, bool terminal);
