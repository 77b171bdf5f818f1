/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/keeper.h"

/* What the parts of a keeper share. Of its children: each has a process group of its own. */
typedef enum KeeperProgram {
	KEEPER_MAIN,    /* has the app's terminal and sockets */
	KEEPER_HANDLER, /* has its terminal */
	KEEPER_PROBE,   /* has neither, nor its streams, and is not waited for */
} KeeperProgram;

/* Starts one by these operations. Unless it is a probe, it runs when this returns. Its pid, or a
 * negative number, which was said unless it is a probe. */
pid_t keeper_start(PlanRange ops, KeeperProgram program);

/* Whether it has ended, without taking note of that. */
bool keeper_has_ended(pid_t pid);

/* Kills it and what is in its group, waits for their end, and returns its status as keeper_run()
 * has it. What cannot end, since a disk does not answer or somebody traces it, is waited for no
 * longer than a second, and counts as killed. */
int keeper_reap(pid_t pid);
