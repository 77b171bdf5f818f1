/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What run, prepare and run-prepared are told. */

#include "cli/net-list.h"
#include "cli/option.h"
#include "cli/output.h"
#include "cli/pull-policy.h"
#include "cli/resolver.h"
#include "pod/args.h"

/* Which stage1 image: at most one is set. */
typedef struct Stage1Choice {
	const char *url, *path, *name, *hash, *from_dir;
} Stage1Choice;

typedef struct RunOptions {
	/* As typed. */
	PodArgs pod;
	const char *pod_manifest; /* path, NULL: not given */
	const char *pull_policy_word;
	bool store_only, no_store;
	StrList net_values;
	ResolverArgs resolver_args;
	Stage1Choice stage1;
	bool private_users, no_overlay, interactive, mds_register, dry_run, durable, quiet, detach;
	OutputFormat format;        /* of the plan that --dry-run prints */
	const char *hostname;       /* NULL: "rkt-UUID" */
	const char *ipc;            /* "auto", "private", "parent", or NULL: private */
	const char *uuid_file_save; /* path, NULL: none */
	const char *pod_name;       /* NULL: none */

	/* What follows from it, by run_options_check(). */
	PullPolicy pull_policy;
	NetList net;
	Resolver resolver;
} RunOptions;

/* Lists for struct Verb, each NULL-terminated; the last three are for AppArgs. */
extern const OptionSet *const run_option_sets[];
extern const OptionSet *const prepare_option_sets[];
extern const OptionSet *const run_prepared_option_sets[];
extern const OptionSet *const again_option_sets[]; /* of run and run-prepared, for the run itself */
extern const OptionSet *const sandbox_option_sets[];
extern const OptionSet *const app_option_sets[];
extern const OptionSet *const added_app_option_sets[];
extern const OptionSet *const signature_option_sets[];

/* Checks the options of run and prepare against each other, before anything is fetched or made, and
 * fills in what follows from them. options->pod.apps is set. 0, -EINVAL, -ENOMEM. */
int run_options_check(RunOptions *options, Arena *arena, Error *err);

/* The same for what run-prepared takes. */
int run_prepared_options_check(RunOptions *options, Arena *arena, Error *err);
