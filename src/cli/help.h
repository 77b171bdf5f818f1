/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Help for the terminal, made from the rows of verbs and options, in rkt's layout: NAME, USAGE,
 * VERSION, COMMANDS, DESCRIPTION, OPTIONS, GLOBAL OPTIONS. */

#include <stdio.h>
#include "cli/verb.h"

/* All about a verb. */
void help_print_verb(const Verb *verb, FILE *to);

/* A group and its verbs; NULL: rkt as a whole. */
void help_print_group(const VerbGroup *group, FILE *to);

/* How the verb is called, and where the rest can be read. */
void help_print_usage(const Verb *verb, FILE *to);
