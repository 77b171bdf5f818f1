/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Walks over the words of a command line: stores options where their rows say, and hands out the
 * other words. */

#include "cli/option.h"

#define ARGS_TARGETS 3

typedef struct Args {
	const char *const *words;
	size_t n, next;
	OptionTarget targets[ARGS_TARGETS]; /* searched in this order; the ones with a base before
					       the ones without */
	Arena *arena;                       /* for lists */
	const char *unknown_hint;           /* what an unknown option may come from, or NULL */
} Args;

typedef enum ArgsResult {
	ARGS_END = 0,
	ARGS_WORD,   /* a word that is neither an option nor an option's value */
	ARGS_DASHES, /* "--" */
} ArgsResult;

/* Processes options up to the next other word, which goes to *ret_word. An ArgsResult, or -EINVAL:
 * an unknown option (with the nearest one as hint), a missing or bad value, an optional value that
 * is not behind '=' but the next word, "--X must follow an image" for an option whose target has no
 * base. */
int args_next(Args *args, const char **ret_word, Error *err);

/* The words that were not looked at yet. */
static inline const char *const *args_rest(const Args *args)
{
	return args->words + args->next;
}
