/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shutting a process in before it looks at what strangers have written. */

#include "base/error.h"

/* Gives up all rights that can be given up: users and groups, new privileges, new files, processes
 * and connections. What is open stays usable, memory and time are limited, and any
 * other system call is an error. There is no way back. 0 or a negative errno. */
int openpgp_sandbox(Error *err);
