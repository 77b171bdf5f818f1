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

/* Nobody begins to need a layer meanwhile. 1; 0 when somebody does already. */
static int replace(const char *data_dir, const char *layer, LayerImport *l, Error *err)
{
	_cleanup_close_ int lock = store_lock_prepare(data_dir, true, err);
	int r = lock < 0 ? lock : is_needed(data_dir, layer, err);

	return r != 0 ? MIN(r, 0) : layer_import_replace(l, layer, err);
}

static int turn_one(Store *s, const char *data_dir, const char *layer, Error *err)
{
	_cleanup_layer_import_ LayerImport *l = NULL;
	int r = is_needed(data_dir, layer, err);

	if (r != 0)
		return MIN(r, 0);
	r = layer_turn(s, layer, &l, err);
	if (r > 0)
		r = replace(data_dir, layer, l, err);
	/* What is open for writing cannot be protected. */
	l = layer_import_free(l);
	if (r <= 0)
		return r;
	log_line(NULL, "layer \"%s\" is no longer unpacked: it is seen by a view", layer);
	return layer_protect_view(s, layer, err);
}

static int turn_all(Store *s, const char *data_dir, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "tree");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/tree", s->path);
	while ((errno = 0, entry = readdir(dir))) {
		Error problem = ERROR_INIT;
		int r;

		if (!store_layer_name_valid(entry->d_name) || store_layer_is_view(s, entry->d_name))
			continue;
		r = turn_one(s, data_dir, entry->d_name, &problem);
		if (r < 0 && r != -ENOENT)
			log_error(&problem);
	}
	return errno ? fail_errno(err, -errno, "read %s/tree", s->path) : 0;
}

int turn_over(Store *s, const char *data_dir, Error *err)
{
	bool views = false;
	int r = fetching_choose_view(s, &views, err);

	return r < 0 || !views ? r : turn_all(s, data_dir, err);
}
