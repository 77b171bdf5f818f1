/* SPDX-License-Identifier: Apache-2.0 */

/* The image of an app as preparation has left it. */

#include "pod/pod.h"

#include <stdio.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "pod/pod-internal.h"

static int read_file(const Pod *p, const char *app, const char *file, size_t max, char **ret,
	size_t *ret_len, Error *err)
{
	_cleanup_free_ char *path = NULL;

	if (str_format(&path, "appsinfo/%s/%s", app, file) < 0)
		return fail_oom(err);
	return fd_read_file(p->fd, path, max, ret, ret_len, err);
}

static int read_manifest(const Pod *p, const char *app, Image *image, Error *err)
{
	int r = read_file(p, app, "manifest", IMAGE_MANIFEST_MAX, &image->manifest_text,
		&image->manifest_len, err);

	if (r == 0)
		r = image_manifest_parse(
			image->manifest_text, image->manifest_len, &image->manifest, err);
	return r;
}

static int split_lines(char *text, Image *image, Error *err)
{
	StrList layers = {0};
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (*line && !store_layer_name_valid(line))
			return fail(err, -EBADMSG, "\"%s\" is not the name of a layer", line);
		if (*line && str_list_add(&layers, line, &image->arena) < 0)
			return fail_oom(err);
	}
	image->layers = layers.items;
	image->n_layers = layers.n;
	return 0;
}

/* Which kind it is can be told by its layers. */
static int read_layers(const Pod *p, const char *app, Image *image, Error *err)
{
	const char *file = pod_has_overlay(p) ? POD_MOUNTED_LAYERS : POD_COPIED_LAYERS;
	_cleanup_free_ char *text = NULL;
	char *kept;
	size_t len;
	int r = read_file(p, app, file, POD_LAYERS_MAX, &text, &len, err);

	if (r < 0)
		return r;
	kept = arena_strndup(&image->arena, text, len);
	if (!kept)
		return fail_oom(err);
	r = split_lines(kept, image, err);
	if (r == 0 && image->n_layers > 0 && store_layer_may_hide(image->layers[0]))
		image->format = IMAGE_OCI;
	return r;
}

int pod_read_image(const Pod *p, const RuntimeApp *app, Image **ret, Error *err)
{
	_cleanup_image_ Image *image = calloc(1, sizeof *image);
	int r;

	if (!image)
		return fail_oom(err);
	/* Whoever writes a manifest may give more digits. */
	(void)snprintf(image->key, sizeof image->key, "%s", app->image_id);
	image->on_disk = true;
	r = read_manifest(p, app->name, image, err);
	if (r == 0)
		r = read_layers(p, app->name, image, err);
	if (r < 0)
		return wrap(err, r, "cannot read what app \"%s\" of pod \"%s\" was prepared from",
			app->name, p->uuid);
	image->labels = image->manifest->labels;
	*ret = TAKE_PTR(image);
	return 0;
}
