/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The number of a signal as images name it: a number, or a name with or without "SIG"; real-time
 * signals are counted from either end ("SIGRTMIN+3", "RTMAX-1"). 0 for what is none. */
int signal_by_name(const char *name);
