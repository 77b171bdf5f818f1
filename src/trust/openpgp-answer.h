/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The answers of rkt-openpgp: lines of a word and its value (openpgp-main.c has the list). They are
 * those of a program that a hostile file may have taken over, so nothing in them is believed to
 * be well-formed. */

#include "trust/openpgp.h"

/* What became of a key: to *ret, fingerprint, subkeys and identities. -EINVAL with the reason that
 * the answer has, -EPROTO for what is no answer. text (len bytes and a NUL) is cut into pieces. */
int openpgp_answer_show(char *text, size_t len, OpenpgpKey *ret, Error *err);

/* What became of a signature, as openpgp_verify() returns it. */
int openpgp_answer_verify(char *text, size_t len, OpenpgpKey *ret, Error *err);
