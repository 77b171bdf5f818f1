/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Keeps a process that shares the caller's controlling terminal from typing into it: TIOCSTI and
 * TIOCLINUX fail with EPERM from now on, also in what is executed. Without it a program of the
 * image could leave a command for the shell that "rkt enter" was typed in. Needs CAP_SYS_ADMIN or
 * no_new_privs. Returns 0 or a negative errno. */
int terminal_guard(void);
