/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A small store with a handful of images, and what plans of pods from them look like in print,
 * compared with golden/NAME.txt. A golden holds all cases of one subject. With UPDATE_GOLDENS=1 in
 * the environment the goldens are written anew instead: read the difference before committing it.
 * So are the seeds of the fuzzer, the last plan of each. */

#include "plan/compile.h"
#include "plan/print.h"
#include "store/test-archive.h"

/* Behind the project's headers: cmocka's fail() is meant in tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define UUID "01234567-89ab-cdef-0123-456789abcdef"

/* Images of the store. What is in them is told at their definition. */
#define KEY_END "00112233445566778899aabbccddeeff00112233445566778899aabbccdd"
#define WEB     "sha512-aaaa" KEY_END /* an ACI with everything */
#define DOCKER  "sha512-bbbb" KEY_END /* from a Docker image, user and group "alice" */
#define OCI     "sha512-cccc" KEY_END /* an OCI image of two layers */
#define DATA    "sha512-dddd" KEY_END /* an ACI without an app */
#define HOLLOW  "sha512-eeee" KEY_END /* an ACI whose app has no exec */

/* JSON is written with ' for ", for the reader's sake. */
#define APP_OF(name, image, more) "{'name':'" name "','image':{'id':'" image "'}" more "}"
#define WITH(app)                 ",'app':{" app "}"
#define ROOT_USER                 "'user':'0','group':'0'"
#define TRUE_APP                  "'exec':['/bin/true']," ROOT_USER

typedef struct PlanCase {
	const char *title;
	const char *apps;        /* of the pod manifest; NULL: one of the image WEB as it is */
	const char *volumes;     /* of the pod manifest; NULL: none */
	const char *annotations; /* the same */
	bool mutable; /* the pod is; then the plan is that of its start, without apps ... */
	bool added;   /* ... or, with cgroups as a caller elsewhere sees them, that of apps */
	PlanOptions options; /* seccomp filters are left out unless with_seccomp */
	bool with_seccomp;
	const CgroupHost *cgroups; /* NULL: v2, caller at its root */
	const char *only; /* operations and headings to show: " exec app "; NULL: the whole plan */
	const char *stop_signal; /* of the image OCI instead of its own */
} PlanCase;

/* The store, for all tests of a group. */
int plan_fixture_set_up(void **state);
int plan_fixture_tear_down(void **state);

/* Compiles a case. On success the text of its plan, else "error: " and the message; fresh memory.
 */
char *plan_case_print(void *state, const PlanCase *c);

void plan_check_golden(void *state, const char *name, const PlanCase *cases, size_t n);
