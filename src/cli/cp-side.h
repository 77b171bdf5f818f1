/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the two paths of "rkt cp" mean. */

#include <limits.h>
#include "pod/pod.h"
#include "store/tree-ids.h"

typedef struct CpSide {
	const char *typed;
	const char *path; /* behind "POD:" */
	bool in_pod;
	bool is_stream;          /* "-" */
	int root;                /* of the app, which paths are resolved in; -1 on the host */
	int dir;                 /* the directory of what is meant ... */
	char name[NAME_MAX + 1]; /* ... and its name there, "" for the directory itself */
	bool is_dir;  /* a directory is meant: it ends with a slash, "." or "..", or is one */
	bool entered; /* dir is that directory itself, whatever its name */
	TreeIds ids;
	Pod *pod; /* one that has ended is kept until all is copied; NULL on the host */
} CpSide;

/* word: "POD:PATH", "-", or a path of the host: one that begins with "/" or "." is. */
CpSide cp_side_of(const char *word);
void cp_side_done(CpSide *s);

/* Finds what is to be copied. */
int cp_side_find(CpSide *s, Error *err);

/* Finds where what was found for from goes: into a directory that is there, with the source's name;
 * or by its own name. The content of a directory goes into one that is there or is made. */
int cp_side_find_place(CpSide *to, const CpSide *from, Error *err);

/* Enters the directory that is meant, which is there, following a link. */
int cp_side_enter(CpSide *s, Error *err);
