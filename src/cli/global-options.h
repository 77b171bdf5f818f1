/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options that every verb takes, before or behind its name. */

#include "cli/option.h"
#include "config/config.h"

typedef struct GlobalOptions {
	bool debug, help, trust_keys_from_https;
	const char *dir; /* NULL: not given */
	ConfigDirs config;
	unsigned insecure;                        /* Insecure bits */
	const char *cpu_profile, *memory_profile; /* accepted, nothing is written */
} GlobalOptions;

extern const OptionSet global_options;

/* Makes the directories of the configuration absolute, in arena: other programs are told of them.
 * 0 or a negative errno. */
int global_options_complete(GlobalOptions *options, Arena *arena, Error *err);

/* The data directory that holds: the one given with --dir, made absolute, or the one of the
 * configuration, or the built-in default; links in it resolved when it exists already. Fresh
 * memory. 0, -EINVAL for an empty --dir and for a configuration that is wrong, or another negative
 * errno. */
int global_data_dir(const GlobalOptions *options, char **ret, Error *err);
