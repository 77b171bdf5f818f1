/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/launch.h"

#include <fcntl.h>
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/stage1-choice.h"

void launch_done(Launch *l)
{
	/* The images are what the manifest's text points into. */
	(void)pod_manifest_free(l->manifest);
	free(l->manifest_text);
	image_list_free(l->images, l->n_images);
	(void)image_free(l->stage1);
	store_done(&l->store);
	passed_sockets_done(&l->sockets);
	free(l->data_dir);
}

static int reserve_images(Launch *l, size_t n, Error *err)
{
	l->images = calloc(n + 1, sizeof *l->images);
	return l->images ? 0 : fail_oom(err);
}

/* Counts the image that was put in its place, if it is one that can be run. */
static int accept_image(Launch *l, Error *err)
{
	const Image *image = l->images[l->n_images++];
	int r = image_manifest_check_platform(image->manifest, err);

	return r < 0 ? wrap(err, r, "cannot run image \"%s\"", image->manifest->name) : 0;
}

/* What should be an image, and is not, may be an argument that is at the wrong place. r: what
 * image_find() has returned. */
static int no_image(const Invocation *inv, size_t i, int r, Error *err)
{
	const char *word = inv->images[i].image;

	if (i == 0 || inv->images[i - 1].args.items || strstr(word, "://"))
		return r;
	/* rkt-fetch has said already what is wrong. */
	if (r > 0)
		log_line(NULL,
			"hint: if \"%s\" is an argument of the app: those stand behind \"--\"",
			word);
	if (r == -EINVAL && err) {
		err->hint[0] = '\0';
		error_hint(err, "if \"%s\" is an argument of the app: those stand behind \"--\"",
			word);
	}
	return r;
}

static int find_images(const Invocation *inv, const RunOptions *options, Launch *l, Error *err)
{
	Fetch fetch = {.global = inv->global,
		.component = verb_leaf(inv->verb),
		.data_dir = l->data_dir,
		.policy = options->pull_policy,
		.take_over = true};
	int r = reserve_images(l, inv->n_images, err);

	for (size_t i = 0; i < inv->n_images && r == 0; i++) {
		r = image_find(&fetch, &l->store, &inv->images[i], &l->images[i], err);
		if (r != 0)
			return no_image(inv, i, r, err);
		inv->images[i].found = l->images[i];
		r = accept_image(l, err);
	}
	return r;
}

/* Loads a stored image as the next one. */
static int load_image(Launch *l, const char *key, Error *err)
{
	int r = image_load(&l->store, key, &l->images[l->n_images], err);

	if (r < 0)
		return r;
	image_touch(&l->store, key);
	return accept_image(l, err);
}

/* A manifest is written by a program, which knows the whole ID: the beginning of one may mean
 * another image tomorrow. */
static int load_named(Launch *l, size_t i, Error *err)
{
	const char *id = l->manifest->apps[i].image_id;
	char key[STORE_KEY_LEN + 1];
	int r;

	if (strlen(id) < STORE_KEY_LEN)
		return fail(err, -EINVAL,
			"apps[%zu].image.id: \"%s\" is not a whole image ID (\"sha512-\" and 64 "
			"hex "
			"digits)",
			i, id);
	r = store_resolve_key(&l->store, id, key, err);
	if (r == -ENOENT)
		return fail(err, r, "apps[%zu].image.id: image %s is not in the store", i, id);
	return r < 0 ? r : load_image(l, key, err);
}

/* What a crash has left of a layer may be less than it was. */
static int check_layers(const Launch *l, const Image *image, Error *err)
{
	LayerInfo info;
	int r = 0;

	for (size_t i = 0; i < image->n_layers && r == 0; i++)
		r = store_layer_info(&l->store, image->layers[i], &info, err);
	if (r == 0)
		return 0;
	(void)wrap(err, r, "what is left of image %s cannot be run", image->key);
	error_hint(err, "it can be when \"%s\" was fetched again", image->manifest->name);
	return r;
}

int launch_load_prepared(Launch *l, const Pod *pod, const PodManifest *m, Error *err)
{
	int r = reserve_images(l, m->n_apps, err);

	for (size_t i = 0; i < m->n_apps && r == 0; i++) {
		r = pod_read_image(pod, &m->apps[i], &l->images[i], err);
		if (r < 0)
			return r;
		image_touch(&l->store, l->images[i]->key);
		r = accept_image(l, err);
		if (r == 0)
			r = check_layers(l, l->images[i], err);
	}
	return r;
}

/* Loads the images that the manifest names; nothing is fetched. */
static int load_named_images(Launch *l, Error *err)
{
	const PodManifest *m = l->manifest;
	int r = reserve_images(l, m->n_apps, err);

	for (size_t i = 0; i < m->n_apps && r == 0; i++) {
		r = load_named(l, i, err);
		if (r < 0)
			return wrap(err, r, "image of app \"%s\"", m->apps[i].name);
	}
	return r;
}

int launch_load_image(Launch *l, const char *key, Error *err)
{
	int r = reserve_images(l, 1, err);

	return r < 0 ? r : load_image(l, key, err);
}

static int read_manifest(const char *path, Launch *l, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *json;
	size_t len;
	int r = fd_read_input(path, POD_MANIFEST_MAX, &l->manifest_text, &len, err);

	if (r < 0)
		return wrap(err, r, "cannot use the pod manifest %s", path);
	r = json_parse(&arena, l->manifest_text, len, "pod manifest", &json, err);
	if (r < 0)
		return wrap(err, r, "%s is not JSON", path);
	r = pod_manifest_parse(l->manifest_text, len, &l->manifest, err);
	return r < 0 ? wrap(err, r, "cannot use the pod manifest %s", path) : 0;
}

static int check_source(const Volume *v, Error *err)
{
	if (!v || v->kind != VOLUME_HOST || access(v->source, F_OK) == 0)
		return 0;
	return fail_errno(err, -errno, "volume \"%s\": source %s", v->name, v->source);
}

/* Ports are forwarded to a network that the pod has for itself. Whether it will is said by
 * run-prepared, when the pod is only prepared now. */
static int check_ports(const Invocation *inv, const Launch *l, Error *err)
{
	const NetList *net = &((const RunOptions *)inv->options)->net;

	if (net_list_has(net, "none") || net_list_has(net, "host"))
		return 0;
	return pod_ports_check(l->manifest, (const Image *const *)l->images, log_text, err);
}

/* What a pod needs of the host is looked for before the pod is made. A pod that is only prepared
 * may get it later. */
static int check_sources(const Invocation *inv, const PodManifest *m, Error *err)
{
	int r = 0;

	if (!streq(inv->verb->name, "run"))
		return 0;
	for (size_t i = 0; i < m->n_volumes && r == 0; i++)
		r = check_source(&m->volumes[i], err);
	for (size_t i = 0; i < m->n_apps; i++)
		for (size_t k = 0; k < m->apps[i].n_mounts && r == 0; k++)
			r = check_source(m->apps[i].mounts[k].app_volume, err);
	return r;
}

int launch_open(const Invocation *inv, Launch *l, Error *err)
{
	int r = global_data_dir(inv->global, &l->data_dir, err);

	return r < 0 ? r : store_open(&l->store, l->data_dir, false, err);
}

int launch_stage1(const Invocation *inv, Launch *l, Error *err)
{
	const RunOptions *options = inv->options;
	Fetch fetch = {.global = inv->global, .component = verb_leaf(inv->verb)};
	int r = launch_open(inv, l, err);

	if (r < 0)
		return r;
	fetch.data_dir = l->data_dir;
	r = stage1_choose(&options->stage1, &fetch, &l->store, &l->stage1, err);
	if (r != 0 || !l->stage1 || !options->dry_run)
		return r;
	return fail(err, -EOPNOTSUPP,
		"--dry-run prints the plan of a pod, and one whose stage1 is an image has none");
}

int launch_plan(const Invocation *inv, Launch *l, Error *err)
{
	const RunOptions *options = inv->options;
	int r;

	if (options->pod_manifest) {
		r = read_manifest(options->pod_manifest, l, err);
		if (r == 0)
			r = load_named_images(l, err);
	} else {
		r = find_images(inv, options, l, err);
		if (r == 0)
			r = pod_manifest_generate(&options->pod, &l->manifest, err);
	}
	if (r == 0)
		r = check_ports(inv, l, err);
	return r != 0 ? r : check_sources(inv, l->manifest, err);
}
