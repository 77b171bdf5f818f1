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
	const char *memory, *cpu, *cpu_shares, *pids_limit, *oom_score_adj;
	const char *caps_retain, *caps_remove, *seccomp;
	const char *supplementary_gids;
	const char *stream_modes[3];                        /* --stdin, --stdout, --stderr */
	const char *restart, *liveness;                     /* --restart, --liveness */
	StrList environment;                                /* --environment K=V, in order */
	StrList annotations, user_annotations, user_labels; /* K=V */
	StrList mounts;                                     /* --mount volume=V,target=P */
	StrList mnt_volumes; /* --mnt-volume NAME,kind=...,target=P */
	StrList args;        /* behind "--" */
	const Image *found;  /* the stored image, filled in after the image was found or fetched */
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
	bool mutable;                                       /* apps come and go while it runs */
	StrList annotations, user_annotations, user_labels; /* K=V, of the pod */

	/* What follows from it, by pod_args_check(). */
	NameValues env_from_files, env_set;
} PodArgs;

/* Checks all that is right or wrong whatever the images are, before anything is fetched or made,
 * and reads the files that the options name. What follows from them lives in arena or with the
 * options. 0, -EINVAL with the flag and value named, a negative errno for a --set-env-file that
 * cannot be read, -ENOMEM. */
int pod_args_check(PodArgs *args, Arena *arena, Error *err);

/* Generates the pod manifest, whose acVersion is the engine's version, as rkt's is. The options
 * have passed pod_args_check(), and every app's found image is set; the manifest may refer to
 * memory of both. Precedence of environment
 * variables, later wins: image, --inherit-env (only what is not set), --set-env-file,
 * --set-env, --environment. Isolators of options replace the image's of the same kind. 0, -EINVAL
 * or -EEXIST with the flag and value named, -ENOMEM. */
int pod_manifest_generate(const PodArgs *args, PodManifest **ret, Error *err);

/* A port of the host that leads to one of the pod, with those behind it. */
typedef struct PodPort {
	const char *protocol; /* "tcp", ... */
	const char *host_ip;  /* NULL: any */
	unsigned host_port, pod_port, count;
} PodPort;

/* The ports that a pod exposes, one for each of m->ports, in arena. Whether they are sound is
 * pod_ports_check()'s to say. 0, -ENOMEM, or -EINVAL as there. */
int pod_ports_find(
	const PodManifest *m, const Image *const *images, Arena *arena, PodPort **ret, Error *err);

/* A port of an app whose connections come by a socket that rkt was passed. */
typedef struct ActivatedPort {
	size_t app;           /* in the manifest */
	size_t exposed;       /* in m->ports, or SIZE_MAX: nobody has said which port of the host */
	const char *name;     /* of the app's port */
	const char *protocol; /* "tcp" or "udp" */
	const char *host_ip;  /* NULL: any */
	unsigned port, count; /* of the host */
} ActivatedPort;

/* The ports of all apps that are socket-activated, in arena. 0, -ENOMEM, or -EINVAL for a protocol
 * that has no such sockets. */
int pod_ports_activated(const PodManifest *m, const Image *const *images, Arena *arena,
	ActivatedPort **ret, size_t *ret_n, Error *err);

/* Whether every port that the pod exposes leads to one port of one app ('port name "x" could not be
 * found in any apps', with a hint what there is), and no two use the same port of the host. say
 * hears of ports that another app has as well. images: one for each app, for apps that leave their
 * app object to the image; may be NULL. 0 or -EINVAL. Not for pods without a network of their own,
 * which do not forward ports. */
int pod_ports_check(const PodManifest *m, const Image *const *images, void (*say)(const char *text),
	Error *err);
