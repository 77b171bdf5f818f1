/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options that every verb takes, before or behind its name. */

#include "cli/option.h"

typedef struct GlobalOptions {
	bool debug, help, trust_keys_from_https;
	const char *dir; /* NULL: not given */
	const char *system_config, *local_config;
	const char *user_config;                  /* NULL: none */
	unsigned insecure;                        /* Insecure bits */
	const char *cpu_profile, *memory_profile; /* accepted, nothing is written */
} GlobalOptions;

extern const OptionSet global_options;

/* The data directory that holds: the one given with --dir, made absolute, or the built-in default;
 * links in it resolved when it exists already. Fresh memory. 0, -EINVAL for an empty --dir, or
 * another negative errno. */
int global_data_dir(const GlobalOptions *options, char **ret, Error *err);
