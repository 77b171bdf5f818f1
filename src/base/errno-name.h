/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The number of an error by its name as in errno(3) ("ENOSYS"), 0 when there is none of it. */
int errno_by_name(const char *name);
