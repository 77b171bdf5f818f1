/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store in a scratch directory, and small images to put into it. */

#include "store/import.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16
#define KEY_A "sha512-aaaa" HEX16 HEX16 HEX16 "0123456789ab"
#define KEY_B "sha512-aabb" HEX16 HEX16 HEX16 "0123456789ab"
#define LAYER "sha256-" HEX64

typedef struct Scratch {
	char path[64];
	Store store;
} Scratch;

typedef struct Spec {
	const char *key, *name, *version, *remote; /* version as it is in JSON */
	bool latest;
} Spec;

/* cmocka fixtures: *state is a Scratch. */
int import_set_up(void **state);
int import_tear_down(void **state);

/* A layer of one file. */
int import_layer(const Store *s, const char *layer, const char *content, Error *err);

/* An image of the layer LAYER, which is made when it is not there. */
int import(Store *s, Spec spec, Error *err);
extern const Spec spec_a, spec_b;

int blob_write(const Store *s, const char *name, const char *text, size_t len, Error *err);
