/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Allows as many descriptors as the machine's administrator does, for programs that open something
 * for each layer of an image or each stream of an app, and do not use select(). Needs nothing but
 * system calls, so that rkt-init can use it too. */
void fd_raise_limit(void);
