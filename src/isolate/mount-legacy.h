/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What kernels before 6.8 need: an overlay whose lower directories go into one option string, as
 * mount(2) takes it. */

#include <stdint.h>
#include "base/macro.h"

/* As mount_create_overlay(), with the overlay mounted by mount(2) over the upper directory for a
 * moment. The option string must fit into a page: -E2BIG past about forty layers. */
int mount_legacy_overlay(
	const char *lowers, uint32_t len, const char *upper, const char *work, bool is_volatile);
