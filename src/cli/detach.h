/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pods in the background. */

#include "cli/connection.h"
#include "stage1/stage1.h"

/* Starts the pod, whose lock is held, in a process and a session of its own, with nothing for its
 * streams: what the supervisor has to say goes to the file "supervisor.log" in the pod's directory.
 * The connection is that process's then, and closed here. Returns when the apps have been started,
 * after printing the pod's UUID; 0, or -EIO when it did not come to that, with what was said. */
int detach(const Pod *pod, const Stage1Run *run, Connection *connection, Error *err);
