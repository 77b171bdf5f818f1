/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Gives the pages of the stack below the caller's frames back to the kernel: those that deeper
 * calls, now returned from, have written to. For a process that will wait for a long time. */
void stack_give_back(void);
