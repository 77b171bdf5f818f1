/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stage1-choice.h"

#include <limits.h>
#include "base/path.h"
#include "base/strbuf.h"
#include "cli/insecure.h"

/* Where an installation has stage1 images, which only root can put there. */
#define IMAGES_DIR "/usr/lib/rkt/stage1-images"

#define OWN_PREFIX "coreos.com/rkt/"

static const struct {
	const char *name;
	const char
		*lacks; /* what the built-in flavor does not do instead; NULL: it stands for it */
} own[] = {
	{"stage1-coreos", NULL},
	{"stage1-host", NULL},
	{"stage1-src", NULL},
	{"stage1-fly", "runs its app in a chroot, with the namespaces of the host"},
	{"stage1-kvm", "runs its pods in virtual machines"},
};

/* name is len bytes. */
static OwnStage1 find_own(const char *name, size_t len, Error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (strlen(own[i].name) != len || memcmp(own[i].name, name, len) != 0)
			continue;
		if (!own[i].lacks)
			return OWN_STAGE1_NATIVE;
		(void)fail(err, -EOPNOTSUPP, "%s, which %s, is not there yet", own[i].name,
			own[i].lacks);
		return OWN_STAGE1_MISSING;
	}
	return OWN_STAGE1_NONE;
}

OwnStage1 own_stage1_by_name(const char *name, Error *err)
{
	const char *rest = startswith(name, OWN_PREFIX);

	return rest ? find_own(rest, strcspn(rest, ":,"), err) : OWN_STAGE1_NONE;
}

OwnStage1 own_stage1_by_file(const char *path, Error *err)
{
	const char *base = path_base(path);
	size_t len = strlen(base);

	if (len < 4 || !streq(base + len - 4, ".aci"))
		return OWN_STAGE1_NONE;
	return find_own(base, len - 4, err);
}

/* The built-in flavor for one of rkt's own images that cannot be had; r with what err holds, for
 * one that is not rkt's. */
static int stand_in(OwnStage1 which, int r, Error *err)
{
	if (which == OWN_STAGE1_MISSING)
		return -EOPNOTSUPP;
	if (which == OWN_STAGE1_NONE)
		return r;
	error_clear(err);
	return 0;
}

static int fetch(
	const Fetch *f, Store *store, const char *image, bool trusted, Image **ret, Error *err)
{
	const AppArgs app = {.image = image};
	GlobalOptions global = *f->global;
	Fetch with = *f;

	if (trusted)
		global.insecure |= INSECURE_IMAGE;
	with.global = &global;
	with.policy = PULL_NEW;
	return image_find(&with, store, &app, ret, err);
}

/* Whether the file stands in the directory of stage1 images. */
static bool is_trusted(const char *path)
{
	_cleanup_free_ char *dir = strndup(path, (size_t)(path_base(path) - path));
	_cleanup_free_ char *real = dir ? realpath(dir, NULL) : NULL;

	return real && streq(real, IMAGES_DIR);
}

/* The file of this name beside rkt, if there is one. */
static int find_beside(const char *path, char **ret)
{
	_cleanup_free_ char *beside = NULL;
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	self[path_base(self) - self] = '\0';
	if (str_format(&beside, "%s%s", self, path_base(path)) < 0)
		return -ENOMEM;
	if (!path_is_file(beside))
		return -ENOENT;
	*ret = TAKE_PTR(beside);
	return 0;
}

static int choose_path(const Fetch *f, Store *store, const char *path, Image **ret, Error *err)
{
	_cleanup_free_ char *absolute = NULL, *beside = NULL;
	int r = path_absolute(path, &absolute);

	if (r < 0)
		return fail_errno(err, r, "find stage1 image %s", path);
	if (path_is_file(absolute))
		return fetch(f, store, absolute, is_trusted(absolute), ret, err);
	r = find_beside(absolute, &beside);
	if (r == 0)
		return fetch(f, store, beside, true, ret, err);
	r = fail_errno(err, r, "stage1 image %s", path);
	return stand_in(own_stage1_by_file(absolute, err), r, err);
}

static int choose_from_dir(const Fetch *f, Store *store, const char *file, Image **ret, Error *err)
{
	_cleanup_config_ Config config = CONFIG_INIT;
	_cleanup_free_ char *path = NULL;
	const char *dir;
	int r = config_load(&f->global->config, CONFIG_PATHS, &config, err);

	if (r < 0)
		return r;
	dir = config.paths.stage1_images ? config.paths.stage1_images : IMAGES_DIR;
	if (!file[0] || file[0] == '.' || strchr(file, '/'))
		return fail(err, -EINVAL,
			"--stage1-from-dir must be the name of a file in %s, not \"%s\"", dir,
			file);
	if (str_format(&path, "%s/%s", dir, file) < 0)
		return fail_oom(err);
	if (path_is_file(path))
		return fetch(f, store, path, is_trusted(path), ret, err);
	r = fail(err, -ENOENT, "there is no stage1 image \"%s\" in %s", file, dir);
	return stand_in(own_stage1_by_file(file, err), r, err);
}

static int choose_name(const Fetch *f, Store *store, const char *name, Image **ret, Error *err)
{
	char key[STORE_KEY_LEN + 1];
	OwnStage1 which = own_stage1_by_name(name, NULL);

	if (which != OWN_STAGE1_NONE && image_find_stored(store, name, key, NULL) == -ENOENT)
		return stand_in(own_stage1_by_name(name, err), -ENOENT, err);
	return fetch(f, store, name, false, ret, err);
}

static int choose_url(const Fetch *f, Store *store, const char *url, Image **ret, Error *err)
{
	static const char *const schemes[] = {"http://", "https://", "file://", "docker://"};

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (startswith(url, schemes[i]))
			return fetch(f, store, url, false, ret, err);
	return fail(err, -EINVAL,
		"--stage1-url must be a URL of http, https, file or docker, not \"%s\"", url);
}

static int load(Store *store, const char *key, Image **ret, Error *err)
{
	int r = image_load(store, key, ret, err);

	if (r == 0)
		image_touch(store, key);
	return r;
}

static int choose_hash(Store *store, const char *hash, Image **ret, Error *err)
{
	char key[STORE_KEY_LEN + 1];
	int r;

	if (!store_looks_like_key(hash))
		return fail(err, -EINVAL, "--stage1-hash must be an image ID, not \"%s\"", hash);
	r = store_resolve_key(store, hash, key, err);
	return r < 0 ? r : load(store, key, ret, err);
}

/* The image of this name and version, if it is stored: -ENOENT otherwise. */
static int choose_stored(
	Store *store, const char *name, const char *version, Image **ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	char key[STORE_KEY_LEN + 1];
	int r;

	/* One that is being worked on is imported each time. */
	if (endswith(version, "-dirty"))
		return -ENOENT;
	if (str_format(&text, "%s:%s", name, version) < 0)
		return fail_oom(err);
	r = image_find_stored(store, text, key, err);
	return r < 0 ? r : load(store, key, ret, err);
}

/* By the configuration: the built-in flavor where it says nothing. */
static int choose_default(const Fetch *f, Store *store, Image **ret, Error *err)
{
	_cleanup_config_ Config config = CONFIG_INIT;
	const char *name, *location;
	int r = config_load(&f->global->config, CONFIG_STAGE1, &config, err);

	if (r < 0)
		return r;
	name = config.stage1.name;
	location = config.stage1.location;
	if (name) {
		r = choose_stored(store, name, config.stage1.version, ret, err);
		if (r != -ENOENT)
			return r;
		error_clear(err);
	}
	if (location && location[0] == '/')
		return choose_path(f, store, location, ret, err);
	if (location)
		return fetch(f, store, location, false, ret, err);
	if (!name)
		return 0;
	r = fail(err, -ENOENT,
		"neither the location of the default stage1 image nor its filename are set, use "
		"--stage1-{path,url,name,hash,from-dir} flag");
	return stand_in(own_stage1_by_name(name, err), r, err);
}

int stage1_choose(
	const Stage1Choice *choice, const Fetch *fetch, Store *store, Image **ret, Error *err)
{
	int r;

	if (choice->url)
		r = choose_url(fetch, store, choice->url, ret, err);
	else if (choice->path)
		r = choose_path(fetch, store, choice->path, ret, err);
	else if (choice->name)
		r = choose_name(fetch, store, choice->name, ret, err);
	else if (choice->hash)
		r = choose_hash(store, choice->hash, ret, err);
	else if (choice->from_dir)
		r = choose_from_dir(fetch, store, choice->from_dir, ret, err);
	else
		r = choose_default(fetch, store, ret, err);
	return r < 0 ? wrap(err, r, "error finding stage1") : r;
}
