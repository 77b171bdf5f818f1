/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How it is found out that an app has got stuck: an annotation of the app in the pod manifest,
 * "[interval=TIME,][timeout=TIME,][delay=TIME,][failures=N,]" and then "exec=PROGRAM
 * [ARGUMENT...]", "tcp=PORT" or "http=PORT[/PATH]". */

#include "spec/app.h"

#define LIVENESS_ANNOTATION "coreos.com/rkt/stage2/liveness"

typedef enum LivenessKind {
	LIVENESS_NONE,
	LIVENESS_EXEC, /* a program of the image ends with status 0 */
	LIVENESS_TCP,  /* somebody in the pod accepts connections */
	LIVENESS_HTTP, /* and answers a request with a status from 200 to 399 */
} LivenessKind;

typedef struct Liveness {
	LivenessKind kind;
	StrList exec;
	uint16_t port;
	const char *path; /* begins with "/" */

	/* In milliseconds: between two probes, for each of them, and before the first. */
	uint32_t interval, timeout, delay;
	uint16_t failures; /* that many of them, one after the other, and the app is stuck */
} Liveness;

/* What text says, or without a text nothing. Memory is the arena's. 0, -EINVAL: invalid liveness
 * probe "x": ..., with a hint; or -ENOMEM. */
int liveness_parse(const char *text, Arena *arena, Liveness *ret, Error *err);

/* The probe of an app from its annotations. The same. */
int liveness_of(const NameValues *annotations, Arena *arena, Liveness *ret, Error *err);
