/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The table of isolators and the shapes that their values have. */

#include "spec/app.h"
#include "spec/json-fields.h"

typedef struct IsolatorRow IsolatorRow;

struct IsolatorRow {
	const char *name;
	/* Reads the value and writes its canonical form to value_json. */
	int (*parse)(JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
	int64_t scale;    /* quantities: what 1 counts in the isolator's unit */
	int64_t min, max; /* numbers */
	bool is_default;  /* quantities: what "default" has to be; true also forbids "request" */
	bool single;      /* at most one in a list */
};

int isolator_parse_quantity(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
int isolator_parse_number(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
int isolator_parse_bool(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
int isolator_parse_capabilities(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
int isolator_parse_seccomp(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
int isolator_parse_selinux(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
int isolator_parse_apparmor(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
int isolator_parse_sysctl(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator);
