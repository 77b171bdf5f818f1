/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The program rkt-image, which does what needs libraries that rkt has not. */

#include "cli/verb.h"
#include "store/tree-ids.h"

/* Has it do the verb that inv is of in the store of data_dir, with these words (n of them) behind
 * its name: options of its own first, which a word "--" may end. Result as Verb.run. */
int image_program(const Invocation *inv, const char *data_dir, const char *const *words, size_t n,
	Error *err);

/* The same for a verb that is only rkt-image's. */
typedef struct ImageCall {
	const char *verb, *data_dir;
	const StrList *words;
	TreeIds ids; /* for verbs that --first-id and --n-ids mean something to */
	int in, out; /* its standard input and output; -1: the caller's */
} ImageCall;

int image_program_call(const Invocation *inv, const ImageCall *call, Error *err);

/* The same for a verb about one image, inv's first word, whose ID is looked up. */
int image_program_for_one(const Invocation *inv, bool overwrite, bool rootfs_only, Error *err);
