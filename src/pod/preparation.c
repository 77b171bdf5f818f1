/* SPDX-License-Identifier: Apache-2.0 */

/* The files of a pod that is being prepared. */

#include "pod/pod.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "pod/pod-internal.h"

/* The empty files of a pod are one file of several names: a new file costs several times what a new
 * name does, and only the names, the time and (of pod.lck) the lock matter. */
static int write_markers(const Pod *p, bool overlay, Error *err)
{
	const char *const more[] = {"pod.lck", "overlay-prepared"};

	if (mknodat(p->fd, POD_CREATED_FILE, S_IFREG | 0600, 0) < 0)
		return fail_errno(err, -errno, "create %s/" POD_CREATED_FILE, p->path);
	for (size_t i = 0; i < (overlay ? 2 : 1); i++)
		if (linkat(p->fd, POD_CREATED_FILE, p->fd, more[i], 0) < 0)
			return fail_errno(err, -errno, "create %s/%s", p->path, more[i]);
	return 0;
}

/* The image's manifest beside the pod, so that it outlives the image: the same file where that is
 * possible. */
static int save_image_manifest(
	const Pod *p, const Store *store, const Image *image, const char *dir, Error *err)
{
	_cleanup_free_ char *stored = NULL, *saved = NULL;

	if (str_format(&stored, "image/%s/manifest", image->key) < 0 ||
		str_format(&saved, "%s/manifest", dir) < 0)
		return fail_oom(err);
	/* There already: left by an attempt that did not finish, and never to be written through.
	 */
	if (store->cas_fd >= 0 &&
		(linkat(store->cas_fd, stored, p->fd, saved, 0) == 0 || errno == EEXIST))
		return 0;
	return fd_write_file(p->fd, saved, 0644, image->manifest_text, image->manifest_len, err);
}

/* Names what the app's root filesystem is made of, one layer on a line, lowest first. */
static int save_layers(
	const Pod *p, const Image *image, const char *dir, const char *file, Error *err)
{
	_cleanup_strbuf_ StrBuf ids = STRBUF_INIT(POD_LAYERS_MAX);
	_cleanup_free_ char *path = NULL;

	for (size_t i = 0; i < image->n_layers; i++)
		strbuf_printf(&ids, "%s%s", i > 0 ? "\n" : "", image->layers[i]);
	if (ids.error || str_format(&path, "%s/%s", dir, file) < 0)
		return fail_oom(err);
	return fd_write_file(p->fd, path, 0644, strbuf_text(&ids), ids.len, err);
}

static int save_app(const Pod *p, const Store *store, const RuntimeApp *app, const Image *image,
	bool overlay, Error *err)
{
	_cleanup_free_ char *dir = NULL;
	int r;

	if (str_format(&dir, "appsinfo/%s", app->name) < 0)
		return fail_oom(err);
	if (mkdirat(p->fd, dir, POD_DIR_MODE) < 0 && errno != EEXIST)
		return fail_errno(err, -errno, "create %s/%s", p->path, dir);
	r = save_image_manifest(p, store, image, dir, err);
	return r < 0 ? r
		     : save_layers(p, image, dir, overlay ? POD_MOUNTED_LAYERS : POD_COPIED_LAYERS,
			       err);
}

int pod_write_app(
	const Pod *p, const Store *store, const RuntimeApp *app, const Image *image, Error *err)
{
	bool overlay = faccessat(p->fd, "overlay-prepared", F_OK, 0) == 0;

	return save_app(p, store, app, image, overlay, err);
}

static int save_manifest(const Pod *p, const PodPreparation *preparation, Error *err)
{
	_cleanup_free_ char *printed = NULL;
	const char *text = preparation->manifest_text;
	int r;

	if (!text) {
		r = pod_manifest_print(preparation->manifest, &printed, err);
		if (r < 0)
			return r;
		text = printed;
	}
	return fd_write_file(p->fd, "pod", POD_MANIFEST_MODE, text, strlen(text), err);
}

int pod_write_prepared(
	const Pod *p, const Store *store, const PodPreparation *preparation, Error *err)
{
	const PodManifest *m = preparation->manifest;
	int r = 0;

	if (mkdirat(p->fd, "appsinfo", POD_DIR_MODE) < 0 && errno != EEXIST)
		return fail_errno(err, -errno, "create %s/appsinfo", p->path);
	for (size_t i = 0; i < m->n_apps && r == 0; i++)
		r = save_app(
			p, store, &m->apps[i], preparation->images[i], preparation->overlay, err);
	if (r == 0)
		r = save_manifest(p, preparation, err);
	return r < 0 ? r : write_markers(p, preparation->overlay, err);
}

bool pod_has_overlay(const Pod *p)
{
	return faccessat(p->fd, "overlay-prepared", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
