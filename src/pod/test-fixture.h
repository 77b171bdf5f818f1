/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A data directory of its own for each test, and what the listener heard. */

#include "base/strbuf.h"
#include "pod/pod.h"

/* Behind the project's headers: cmocka's fail() is meant in tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

typedef struct Fixture {
	char dir[32];
	Pods pods;
	StrBuf out, err; /* lines on either stream, each with a newline */
} Fixture;

/* For cmocka_unit_test_setup_teardown(): *state is the Fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Forgets what was heard. */
void fixture_hush(Fixture *f);

/* A pod in the given state directory ("run"), unlocked; the caller frees it. */
Pod *fixture_pod(Fixture *f, const char *dir);

/* Writes a file in the pod's directory, creating its parents. */
void fixture_write(const Pod *p, const char *path, const char *text);

/* Whether pods/DIR/UUID is there. */
bool fixture_is_in(const Fixture *f, const char *dir, const char *uuid);

/* The state that another process sees. */
PodState fixture_state_elsewhere(const Fixture *f, const char *uuid);

/* The origin of an error, for comparison. */
const char *fixture_origin(const Error *err);
