/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a detached signature may consist of (RFC 4880, section 4.2). A library that verifies takes
 * much more: a signed message, say, with text of its own, which would then be verified instead of
 * the file that is meant. */

#include <stddef.h>
#include <stdint.h>
#include "base/macro.h"

#define SIGNATURES_MAX 64

/* Whether data is one or several whole OpenPGP signature packets, at most SIGNATURES_MAX, and
 * nothing else. */
bool signature_packets_only(const uint8_t *data, size_t len);
