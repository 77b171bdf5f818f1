/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For large tables of which most pods use little or nothing. They stand behind all other variables
 * (rkt-init is linked with these sorted by name), so that what the resident processes write to is
 * on few pages. */
#define _seldom_ __attribute__((section(".bss.~seldom")))
