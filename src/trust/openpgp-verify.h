/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Detached signatures, as librnp verifies them. A part of rkt-openpgp. */

#include <rnp/rnp.h>
#include "base/error.h"

/* Verifies the data (read from where the descriptor stands to the end) against the signatures in
 * another file, armored or binary, with the keys of ffi, and prints what came out. One good
 * signature is enough; of those that are not good the one that says most is told. 0 whatever came
 * out, or -EINVAL for a file without signatures. */
int openpgp_verify_signature(rnp_ffi_t ffi, int data_fd, int signature_fd, Error *err);
