/* SPDX-License-Identifier: Apache-2.0 */

/* --volume. */

#include "pod/args-internal.h"

#include "base/boolean.h"
#include "base/number.h"
#include "base/path.h"
#include "spec/ac-types.h"

/* A volume on its way: what was said, before it is known what may be said about its kind. */
typedef struct VolumeText {
	const char *kind, *source, *mode;
	int read_only, recursive;
	int64_t uid, gid;
	const char *target; /* of --mnt-volume */
} VolumeText;

static int set_text(const char *value, const char **ret, Arena *arena, Error *err)
{
	*ret = arena_strdup(arena, value);
	return *ret ? 0 : fail_oom(err);
}

static int set_bool(const char *key, const char *value, int *ret, Error *err)
{
	bool on;

	if (boolean_parse(value, &on) < 0)
		return fail(
			err, -EINVAL, "%s must be true or false, \"%s\" is neither", key, value);
	*ret = on;
	return 0;
}

static int set_id(const char *key, const char *value, int64_t *ret, Error *err)
{
	if (number_parse_i64(value, 0, ARGS_ID_MAX, ret) < 0)
		return fail(err, -EINVAL, "%s must be a number from 0 to %lld, \"%s\" is not", key,
			(long long)ARGS_ID_MAX, value);
	return 0;
}

static int set_kind(const char *value, void *target, Arena *arena, Error *err)
{
	return set_text(value, &((VolumeText *)target)->kind, arena, err);
}

static int set_source(const char *value, void *target, Arena *arena, Error *err)
{
	return set_text(value, &((VolumeText *)target)->source, arena, err);
}

static int set_read_only(const char *value, void *target, Arena *arena, Error *err)
{
	return set_bool("readOnly", value, &((VolumeText *)target)->read_only, err);
}

static int set_recursive(const char *value, void *target, Arena *arena, Error *err)
{
	return set_bool("recursive", value, &((VolumeText *)target)->recursive, err);
}

static int set_mode(const char *value, void *target, Arena *arena, Error *err)
{
	uint64_t mode;

	if (number_parse_octal(value, 07777, &mode) < 0)
		return fail(err, -EINVAL, "mode must be an octal number like 0755, \"%s\" is not",
			value);
	return set_text(value, &((VolumeText *)target)->mode, arena, err);
}

static int set_uid(const char *value, void *target, Arena *arena, Error *err)
{
	return set_id("uid", value, &((VolumeText *)target)->uid, err);
}

static int set_gid(const char *value, void *target, Arena *arena, Error *err)
{
	return set_id("gid", value, &((VolumeText *)target)->gid, err);
}

static int set_target(const char *value, void *target, Arena *arena, Error *err)
{
	if (value[0] != '/')
		return fail(
			err, -EINVAL, "target \"%s\" must be an absolute path in the app", value);
	return set_text(value, &((VolumeText *)target)->target, arena, err);
}

/* The last one is of --mnt-volume only. */
static const ArgsKey volume_keys[] = {
	{"kind", set_kind},
	{"source", set_source},
	{"readOnly", set_read_only},
	{"recursive", set_recursive},
	{"mode", set_mode},
	{"uid", set_uid},
	{"gid", set_gid},
	{"target", set_target},
};

static int check_host(const VolumeText *v, Error *err)
{
	if (!v->source || !v->source[0])
		return fail(err, -EINVAL, "source for host volume cannot be empty");
	if (v->source[0] != '/')
		return fail(err, -EINVAL, "source for host volume must be absolute path");
	if (v->mode)
		return fail(err, -EINVAL, "mode for host volume cannot be set");
	if (v->uid >= 0)
		return fail(err, -EINVAL, "uid for host volume cannot be set");
	if (v->gid >= 0)
		return fail(err, -EINVAL, "gid for host volume cannot be set");
	return 0;
}

static int finish_volume(const char *name, const VolumeText *v, Volume *ret, Error *err)
{
	Volume volume = {.name = name, .read_only = v->read_only, .recursive = v->recursive};
	int r;

	if (v->kind && streq(v->kind, "host")) {
		r = check_host(v, err);
		if (r < 0)
			return r;
		volume.kind = VOLUME_HOST;
		volume.source = v->source;
	} else if (v->kind && streq(v->kind, "empty")) {
		if (v->source)
			return fail(err, -EINVAL, "source for empty volume must be empty");
		volume.kind = VOLUME_EMPTY;
		volume.mode = v->mode ? v->mode : "0755";
		volume.uid = MAX(v->uid, 0);
		volume.gid = MAX(v->gid, 0);
	} else if (!v->kind) {
		return fail(
			err, -EINVAL, "kind= is missing: it should be one of \"empty\", \"host\"");
	} else {
		return fail(err, -EINVAL,
			"unrecognized volume type: kind should be one of \"empty\", \"host\"");
	}
	*ret = volume;
	return 0;
}

/* Reads the keys of n_keys, and what is no key of them is refused. */
static int parse(const char *text, size_t n_keys, Arena *arena, Volume *ret,
	const char **ret_target, Error *err)
{
	VolumeText v = {.read_only = -1, .recursive = -1, .uid = -1, .gid = -1};
	unsigned seen = 0;
	StrList items;
	int r;

	r = args_split_list(text, arena, &items, err);
	if (r < 0)
		return r;
	if (!ac_name_valid(items.items[0]))
		return fail(err, -EINVAL,
			"volume name \"%s\" must consist of lower-case letters, digits and \"-\"",
			items.items[0]);
	for (size_t i = 1; i < items.n; i++) {
		r = args_set_key(
			items.items[i], "volume", volume_keys, n_keys, &seen, &v, arena, err);
		if (r < 0)
			return r;
	}
	*ret_target = v.target;
	return finish_volume(items.items[0], &v, ret, err);
}

int args_parse_volume(const char *text, Arena *arena, Volume *ret, Error *err)
{
	const char *none;

	return parse(text, ARRAY_LEN(volume_keys) - 1, arena, ret, &none, err);
}

int args_parse_mnt_volume(
	const char *text, Arena *arena, Volume *ret, const char **ret_target, Error *err)
{
	const char *target = NULL;
	int r = parse(text, ARRAY_LEN(volume_keys), arena, ret, &target, err);

	if (r == 0 && !target)
		return fail(err, -EINVAL, "target= is missing: where in the app it is mounted");
	if (r == 0)
		*ret_target = target;
	return r;
}

int args_volumes(const PodArgs *args, PodManifest *m, Error *err)
{
	const StrList *texts = &args->volumes;

	m->volumes = arena_new(&m->arena, Volume, texts->n);
	if (!m->volumes)
		return fail_oom(err);
	for (size_t i = 0; i < texts->n; i++) {
		Volume volume;
		int r = args_parse_volume(texts->items[i], &m->arena, &volume, err);

		if (r == 0 && pod_manifest_volume(m, volume.name))
			r = fail(err, -EINVAL, "a volume of this name is given already");
		if (r < 0)
			return wrap(
				err, r, "invalid argument \"%s\" for --volume", texts->items[i]);
		m->volumes[m->n_volumes++] = volume;
	}
	return 0;
}
