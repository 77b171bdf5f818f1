/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a signed manifest of schema 1 is without its signatures: that is what its digest is of
 * ("pretty JWS" of Docker's libtrust). The signatures themselves say nothing that anybody could
 * check, as their keys come with them. */

#include <stddef.h>
#include "base/error.h"

/* The signed part of text as fresh memory; a copy of the whole where it has no signatures. 0,
 * -EINVAL for signatures that have another form, -ENOMEM. */
int jws_payload(const char *text, size_t len, char **ret, size_t *ret_len, Error *err);
