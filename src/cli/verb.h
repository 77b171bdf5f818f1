/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The verbs of rkt. Each one is a file cmd-<verb>.c, which holds its row, its options and what it
 * does; verb.c lists them. */

#include "cli/global-options.h"
#include "pod/args.h"

typedef struct Verb Verb;

/* What a verb is called with. */
typedef struct Invocation {
	const Verb *verb;
	const GlobalOptions *global;
	void *options;           /* the verb's own options structure, NULL when it has none */
	const char *const *args; /* the words that are not options */
	size_t n_args;
	AppArgs *images; /* VERB_IMAGES: the images with what was said about each */
	size_t n_images;
	Arena *arena; /* lives until the end of the program */
} Invocation;

typedef enum VerbFlags {
	VERB_ROOT =
		1 << 0, /* "cannot run as unprivileged user" unless the effective user is root */
	VERB_HIDDEN = 1 << 1, /* not in help */
	VERB_IMAGES = 1 << 2, /* arguments are images, by the grammar of image-args.h */
	VERB_FIRST_WORD =
		1 << 3, /* options end at the first other word; the rest is another program's */
	VERB_SECOND_WORD = 1 << 4, /* the same at the second one */
} VerbFlags;

struct Verb {
	const char *name;     /* "image list" */
	const char *synopsis; /* what stands behind the name in USAGE */
	const char *brief;
	const char *description;
	const OptionSet *const *options; /* NULL-terminated, for the structure of options_size */
	const OptionSet *const *app_options; /* VERB_IMAGES: NULL-terminated, for AppArgs */
	size_t options_size;
	size_t min_args, max_args; /* words that are not options, images or an app's arguments */
	const char
		*missing; /* what each of min_args is, for those who left it out: "IMAGE OUTPUT" */
	unsigned flags;
	/* 0 done, < 0 failed with err filled (printed by main, status 254), VERB_USAGE the words do
	 * not fit (main prints err if it is filled and how the verb is called, status 254), else
	 * the exit status of the program, when everything was said already. */
	int (*run)(const Invocation *inv, Error *err);
};

#define ARGS_ANY   SIZE_MAX
#define VERB_USAGE 256

/* All verbs, by name. */
extern const Verb *const verbs[];
extern const size_t n_verbs;

typedef struct VerbGroup {
	const char *name, *brief;
} VerbGroup;

/* First words of verbs with two, by name. */
extern const VerbGroup verb_groups[];
extern const size_t n_verb_groups;

/* What a word is, as the first word of a verb's name: a name or a unique beginning of one. Exactly
 * one of the members is set. */
typedef struct VerbMatch {
	const Verb *verb;
	const VerbGroup *group;
} VerbMatch;

/* 0 or -EINVAL `unknown command "x" for "rkt"`, with a hint: what another engine's name is called
 * here, the commands of which x is the beginning, or the nearest one. group NULL: at the top. */
int verb_find(const VerbGroup *group, const char *word, VerbMatch *ret, Error *err);

/* Whether the verb belongs to the group. */
bool verb_in_group(const Verb *verb, const VerbGroup *group);

/* The last word of a verb's name, which messages begin with: "list" of "image list". */
const char *verb_leaf(const Verb *verb);
