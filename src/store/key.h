/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The form of image IDs and layer names: what may become a file name below DATA/cas. Internal to
 * the store. */

#include <stdbool.h>

/* Whether s is "sha512-" and exactly 64 lower-case hex digits. */
bool key_valid(const char *s);
