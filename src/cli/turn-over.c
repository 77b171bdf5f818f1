/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/turn-over.h"

#include "base/fd.h"
#include "base/log.h"
#include "cli/fetching.h"
#include "pod/needs.h"
#include "store/turn.h"
#include "store/verity.h"

/* 1 when a pod has the layer. */
static int is_needed(const char *data_dir, const char *layer, Error *err)
{
	_cleanup_pod_needs_ PodNeeds needs = {.arena = {0}};
	_cleanup_pods_ Pods pods = PODS_INIT;
	int r = pods_open(&pods, data_dir, false, err);

	if (r == 0)
		r = pod_needs_find(&pods, &needs, err);
	return r < 0 ? r : pod_needs_has(&needs.layers, layer);
}

/* Nobody begins to need a layer meanwhile. Somebody may have turned it over, or removed it, while
 * it was made: 0. */
static int replace(Store *s, const char *data_dir, const char *layer, LayerImport *l, Error *err)
{
	_cleanup_close_ int lock = store_lock_prepare(data_dir, true, err);
	int r = lock < 0 ? lock : is_needed(data_dir, layer, err);

	if (r != 0 || !layer_exists(s, layer) || store_layer_is_view(s, layer))
		return MIN(r, 0);
	r = layer_import_replace(l, layer, err);
	return r < 0 ? r : 1;
}

static int turn_one(Store *s, const char *data_dir, const char *layer, Error *err)
{
	_cleanup_layer_import_ LayerImport *l = NULL;
	int r = is_needed(data_dir, layer, err);

	if (r != 0)
		return MIN(r, 0);
	r = layer_turn(s, layer, &l, err);
	if (r > 0)
		r = replace(s, data_dir, layer, l, err);
	if (r <= 0)
		return r;
	log_line(NULL, "layer \"%s\" is no longer unpacked: it is seen by a view", layer);
	return layer_protect_view(s, layer, err);
}

int turn_over(Store *s, const char *data_dir, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "tree");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	bool views = false;
	int r = fetching_choose_view(s, &views, err);

	if (r < 0 || !views)
		return r;
	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/tree", s->path);
	while ((entry = readdir(dir))) {
		Error problem = ERROR_INIT;

		r = store_layer_name_valid(entry->d_name)
			    ? turn_one(s, data_dir, entry->d_name, &problem)
			    : 0;
		if (r < 0 && r != -ENOENT)
			log_error(&problem);
	}
	return 0;
}
