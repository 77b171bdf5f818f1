/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What "rkt run" and "rkt prepare" were told, and the pod manifest that follows from it. The
 * command line fills these structures (src/cli/), this module validates them against each other and
 * the images. */

#include "spec/image-manifest.h"
#include "spec/pod-manifest.h"
#include "store/store.h"

/* One image on the command line, with the flags that follow it. NULL or -1: not given. */
typedef struct AppArgs {
	const char *image;        /* as typed */
	const char *name;         /* --name */
	const char *exec;         /* --exec */
	const char *user, *group; /* --user, --group */
	const char *working_dir;  /* --working-dir */
	int read_only_rootfs;     /* --readonly-rootfs: -1, 0, 1 */
	const char *signature;    /* --signature */
	const char *memory, *cpu, *cpu_shares, *oom_score_adj;
	const char *caps_retain, *caps_remove, *seccomp;
	const char *supplementary_gids;
	StrList environment;                                /* --environment K=V, in order */
	StrList annotations, user_annotations, user_labels; /* K=V */
	StrList mounts;                                     /* --mount volume=V,target=P */
	StrList args;                                       /* behind "--" */
	const Image *found; /* the stored image, filled in after the image was found or fetched */
} AppArgs;

typedef struct PodArgs {
	AppArgs *apps;
	size_t n_apps;
	StrList volumes;       /* --volume */
	StrList mounts;        /* --mount before the first image */
	StrList ports;         /* --port */
	StrList set_env;       /* --set-env */
	StrList set_env_files; /* --set-env-file */
	bool inherit_env;
} PodArgs;

/* Generates the pod manifest. Every app's found image must be set. Precedence of
 * environment variables, later wins: image, --inherit-env (only what is not set), --set-env-file,
 * --set-env,
 * --environment. 0, -EINVAL with the flag and value named, -ENOMEM. */
int pod_manifest_generate(const PodArgs *args, PodManifest **ret, Error *err);
