/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The arguments of the entry point "run". Internal to this layer. */

#include "stage1/entry-point.h"
#include "stage1/stage1.h"

typedef struct RunArgs {
	Arena arena; /* of the words */
	EntryPoint *entry_point;
	unsigned version; /* of the interface */
	bool failed;
} RunArgs;

/* Adds them in the order of rkt's stage1 interface. What is newer than version is left out, with a
 * word to run->warn where the user asked for it by name. 0 or -ENOMEM. */
int run_args_add(RunArgs *a, const Stage1Run *run, const char *uuid);
void run_args_done(RunArgs *a);
