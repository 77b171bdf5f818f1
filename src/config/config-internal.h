/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From one file to what it sets. */

#include "config/config.h"
#include "spec/json-fields.h"

#define CONFIG_FILE_MAX (1u << 20)

/* A file that is being read. reader allocates from the configuration's arena. */
typedef struct ConfigFile {
	JsonReader reader;
	Config *config; /* what its content goes into */
	ConfigOrigin origin;
} ConfigFile;

typedef struct ConfigKind {
	const char *name;
	ConfigPart part;
	/* Stores what the document says. 0, -EINVAL, -ENOMEM. */
	int (*read)(ConfigFile *file, const Json *document);
} ConfigKind;

extern const ConfigKind config_kinds[];
extern const size_t n_config_kinds;

/* Reads the text of a file in the directory of part. path, in the configuration's arena, names it
 * in messages. As config_load(). */
int config_read_text(Config *c, const char *path, unsigned layer, ConfigPart part, const char *text,
	size_t len, Error *err);
