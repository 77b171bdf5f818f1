/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* JSON through jansson: strict reading with a ceiling, and printing in the form that rkt's users
 * know (that of Go's encoding/json: '<', '>' and '&' escaped, tabs for indentation). */

#include <jansson.h>
#include "base/cleanup.h"
#include "base/error.h"

#define _cleanup_json_ _cleanup_(json_decrefp)

/* Parses one document; duplicate keys, trailing bytes and nesting beyond jansson's limit are errors
 * that name line and column. what names the document in the message. 0 or -EINVAL, also when memory
 * is out: jansson does not tell that from broken text. */
int json_parse(const char *text, size_t len, const char *what, json_t **ret, Error *err);

/* Prints on one line, or with one tab per level. Fresh memory, no newline at the end. 0 or -ENOMEM.
 */
int json_print(const json_t *value, bool pretty, char **ret);
