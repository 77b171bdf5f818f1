/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The texts of single options. All results live in the arena. Results of every function: 0, -EINVAL
 * with a message that says what is wrong with the text, -ENOMEM. */

#include "pod/args.h"

#define ENV_FILE_MAX (1u << 20)

/* The highest user or group number: the one behind it means "leave it" in system calls. */
#define ARGS_ID_MAX 4294967294

/* A copy of text, which must be UTF-8: the manifest is JSON. */
int args_copy(const char *text, Arena *arena, const char **ret, Error *err);

/* The items of a list that is separated by commas, empty ones too. */
int args_split_list(const char *text, Arena *arena, StrList *ret, Error *err);

/* "K=V", at the first '='. what says how it should have been: "must be specified as key=value". */
int args_split_pair(const char *text, Arena *arena, NameValue *ret, Error *err);

/* "K=V" texts of one option, later ones replacing earlier ones of the same key. */
int args_pairs(const StrList *texts, const char *flag, Arena *arena, NameValues *ret, Error *err);

/* The user annotations or labels of an option, if it was given, as a sorted map instead of *map. */
int args_map(const StrList *texts, const char *flag, Arena *arena, NameValues *map, Error *err);

/* --annotation NAME=VALUE, whose names are AC identifiers. */
int args_annotations(const StrList *texts, Arena *arena, NameValues *ret, Error *err);

/* Adds an annotation, or replaces the one of that name. 0 or -ENOMEM. */
int args_set_annotation(
	Arena *arena, NameValues *annotations, const char *name, const char *value, Error *err);

/* --restart and --liveness, as annotations like the ones below. They are checked, also where they
 * are some of --annotation. */
int args_restart(const AppArgs *args, Arena *arena, NameValues *annotations, Error *err);
int args_liveness(const AppArgs *args, Arena *arena, NameValues *annotations, Error *err);

/* --stdin, --stdout and --stderr, as annotations that are added to the others of the app, whose own
 * ones of these names they replace. The whole is checked. */
int args_stream_modes(const AppArgs *args, Arena *arena, NameValues *annotations, Error *err);

/* The place of name in the list, or NULL. */
NameValue *args_find_pair(const NameValues *list, const char *name);

/* One item "key=value" of a list, with the option's own keys. A key stands for a bit in *seen. */
typedef struct ArgsKey {
	const char *key;
	int (*set)(const char *value, void *target, Arena *arena, Error *err);
} ArgsKey;
int args_set_key(const char *item, const char *what, const ArgsKey *keys, size_t n_keys,
	unsigned *seen, void *target, Arena *arena, Error *err);

/* --volume NAME,kind=host|empty,... */
int args_parse_volume(const char *text, Arena *arena, Volume *ret, Error *err);

/* --mnt-volume NAME,kind=host|empty,...,target=PATH: a volume, and where it is mounted. */
int args_parse_mnt_volume(
	const char *text, Arena *arena, Volume *ret, const char **ret_target, Error *err);

/* --mount volume=V,target=P */
int args_parse_mount(const char *text, Arena *arena, Mount *ret, Error *err);

/* --port NAME:[HOSTIP:]HOSTPORT */
int args_parse_port(const char *text, Arena *arena, ExposedPort *ret, Error *err);

/* --port of a sandbox, which has no images that name ports: NAME:PROTOCOL:PODPORT:[HOSTIP:]HOSTPORT
 */
int args_parse_pod_port(const char *text, Arena *arena, ExposedPort *ret, Error *err);

/* --seccomp mode=retain|remove[,errno=E],call,... */
int args_parse_seccomp(const char *text, Arena *arena, Isolator *ret, Error *err);

/* The lines of a --set-env-file, added to *list, whose items have room for one per line. */
int args_parse_env_file(
	const char *text, size_t len, const char *path, Arena *arena, NameValues *list, Error *err);

int args_volumes(const PodArgs *args, PodManifest *m, Error *err);

/* The app's mounts, then those for all apps; of two with the same cleaned path the first counts. */
int args_mounts(
	const PodArgs *args, const AppArgs *app, PodManifest *m, RuntimeApp *ret, Error *err);

/* --set-env-file and --set-env, into args. A file is read once: it may be a pipe. */
int args_common_environment(PodArgs *args, Arena *arena, Error *err);

/* All options of one app, over what app holds of its image. The volumes are in m already. */
int args_app(const PodArgs *pod, const AppArgs *args, PodManifest *m, RuntimeApp *app, Error *err);

int args_ports(const PodArgs *args, PodManifest *m, Error *err);
int args_environment(
	const PodArgs *args, const AppArgs *app, Arena *arena, App *target, Error *err);
int args_isolators(const AppArgs *app, Arena *arena, App *target, Error *err);
