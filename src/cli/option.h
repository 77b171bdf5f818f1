/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Command line options as rows of tables. Parsing, --help, the man pages, shell completion and the
 * machine-readable list (rkt-doc) all read the same rows: an option that has a row has all of them.
 *
 * A row says where its value goes as an offset into the options structure of its verb, so there are
 * no global variables. A verb's options are a list of sets, which verbs share ("the network
 * options"). */

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "spec/app.h"

typedef enum OptionKind {
	OPTION_BOOL,     /* bool. "--x", "--x=true", "--x=0"; never takes the next word */
	OPTION_TRISTATE, /* int 0 or 1. Like a bool, but the value has to be written */
	OPTION_STRING,   /* const char *. The last one wins */
	OPTION_LIST,     /* StrList. Every occurrence adds one item */
	OPTION_DURATION, /* int64_t, ns */
	OPTION_OPTIONAL, /* StrList. Like a list; bare "--x" adds bare_value, and a value needs '='
			  */
	OPTION_PARSED,   /* whatever parse() makes of the value */
} OptionKind;

typedef enum OptionFlags {
	OPTION_HIDDEN = 1 << 0,   /* works, but no help and no completion tell of it */
	OPTION_ONCE = 1 << 1,     /* a second occurrence is an error */
	OPTION_COMPUTED = 1 << 2, /* default_text is for readers: the verb itself decides what holds
				     without the option */
	OPTION_UNQUOTED = 1 << 3, /* help shows the default without quotes */
} OptionFlags;

typedef struct Option {
	const char *name; /* without the dashes */
	OptionKind kind;
	size_t offset;            /* of the target in the options structure */
	const char *default_text; /* applied by options_init(); NULL: zero, and nothing to show */
	const char *value_name;   /* what help calls the value: "PATH" */
	const char *help; /* one sentence or several; the first letter is small, no full stop at the
			     end */
	unsigned flags;
	const char *bare_value; /* OPTION_OPTIONAL */
	const char *deprecated; /* what to use instead: the option still works, with a notice on
				   stderr */
	int (*parse)(void *target, const char *value, Error *err); /* OPTION_PARSED */
	const char *words; /* for completion: the values that are possible, blank-separated */
	/* OPTION_OPTIONAL: whether a word can only be meant as a value; NULL: when it is one of
	 * words */
	bool (*is_value)(const char *word);
	char letter; /* the short form, 0 for none */
} Option;

typedef struct OptionSet {
	const Option *rows;
	size_t n;
} OptionSet;

#define OPTION_SET(array)                                                                          \
	{                                                                                          \
		.rows = (array), .n = ARRAY_LEN(array)                                             \
	}

/* Where a list of sets (NULL-terminated) stores its values: base NULL while they may not be used
 * yet. */
typedef struct OptionTarget {
	const OptionSet *const *sets;
	void *base;
} OptionTarget;

/* The row called name (of len characters), or NULL. */
const Option *option_find(const OptionSet *const *sets, const char *name, size_t len);

/* The row whose short form is letter, or NULL. */
const Option *option_find_letter(const OptionSet *const *sets, char letter);

/* Whether the option takes the following word when it is written without '='. */
bool option_needs_value(const Option *o);

/* Whether help, man pages and completion show it. */
bool option_visible(const Option *o);

/* Walks over the visible rows of two lists (b may be NULL, a too) in one alphabet, whichever set
 * they come from: the row behind last, the first one for NULL; NULL at the end. */
const Option *option_next(const OptionSet *const *a, const OptionSet *const *b, const Option *last);

/* Stores a value (NULL: the option stood alone, which is fine unless option_needs_value()). Lists
 * grow in arena; strings are not copied. 0, -EINVAL with a message that names option and value,
 * -ENOMEM. */
int option_store(const Option *o, void *base, const char *value, Arena *arena, Error *err);

/* The words that store the same values elsewhere: "--NAME" or "--NAME=VALUE", in arena, added to
 * the list; parsed options and those without a value are left out. 0 or -ENOMEM. */
int options_to_words(const OptionSet *const *sets, const void *base, Arena *arena, StrList *ret);

/* Fills base with the defaults of all rows. base is zeroed memory. */
void options_init(const OptionSet *const *sets, void *base);
