/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Attributes of directories, kept until everything below them is made: a time, a mode without write
 * permission or a default ACL would not survive, or would act on, what is made in between. Internal
 * to the store. */

#include "store/attributes.h"

#define DIR_ATTRIBUTES_MAX (32u << 20) /* bytes that are kept for one tree */

typedef struct DirAttributesItem DirAttributesItem;

typedef struct DirAttributes {
	Arena arena;
	size_t used;
	DirAttributesItem *items;
	size_t n, size;
	void *made; /* for tsearch() */
} DirAttributes;

/* Notes that the directory with the status st is one that was made here, and tells whether it is.
 */
int dir_attributes_note_made(DirAttributes *dirs, const struct stat *st, Error *err);
bool dir_attributes_made(const DirAttributes *dirs, const struct stat *st);

/* Notes the attributes of path; a later note for the same path wins. a is copied, except for the
 * memory of its attributes, which must come from dirs->arena. -EFBIG past DIR_ATTRIBUTES_MAX. */
int dir_attributes_add(DirAttributes *dirs, const char *path, const Attributes *a, Error *err);

/* Applies them all below root, deepest first. Paths that are no directories any more are passed
 * over, with policy->always also those that lead to one that was not made here. */
int dir_attributes_apply(DirAttributes *dirs, int root, const AttributePolicy *policy,
	const char **ret_path, Error *err);

/* Tells the paths of directories that are there only because of what is in them, "" for the root,
 * in no order. Only after dir_attributes_apply(). 0, or what told returned. */
int dir_attributes_each_implicit(const DirAttributes *dirs,
	int (*told)(void *userdata, const char *path, Error *err), void *userdata, Error *err);

void dir_attributes_done(DirAttributes *dirs);
