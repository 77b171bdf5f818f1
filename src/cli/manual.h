/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Man pages as sources for scdoc(5), and the option tables as JSON, made from the rows of verbs and
 * options when rkt is built. */

#include "base/json.h"
#include "base/strbuf.h"
#include "cli/verb.h"

#define MANUAL_PAGE_NAME 64 /* bytes that hold any page's name */

/* The name of a verb's page: "rkt_image_list". Returns buf. */
const char *manual_page_name(const Verb *verb, char buf[static MANUAL_PAGE_NAME]);

/* Appends the page of a verb; NULL: of rkt as a whole. */
void manual_put_page(const Verb *verb, StrBuf *out);

/* {"global": [OPTION...], "verbs": [{"name", "synopsis", "brief", "options": [OPTION...]}]} with an
 * OPTION of {"name", "value"
 * ("required" or "optional"), "default", "help"}. Hidden and deprecated ones are not in it. Made
 * in arena, NULL when memory is out. */
Json *manual_options(Arena *arena);
