/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/turn-over.h"

#include "base/fd.h"
#include "base/log.h"
#include "cli/fetching.h"
#include "pod/needs.h"
#include "store/turn.h"
#include "store/verity.h"

static int find_needs(const char *data_dir, PodNeeds *ret, Error *err)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	int r = pods_open(&pods, data_dir, false, err);

	return r < 0 ? r : pod_needs_find(&pods, ret, err);
}

/* Meanwhile nobody removes the layer, nor what is made of it. */
static int make(
	const Store *s, const char *data_dir, const char *layer, LayerImport **ret, Error *err)
{
	_cleanup_close_ int lock = store_lock_prepare(data_dir, false, err);

	return lock < 0 ? lock : layer_turn(s, layer, ret, err);
}

/* Meanwhile nobody begins to need the layer. 1; 0 when somebody does already. */
static int replace(const char *data_dir, const char *layer, LayerImport *l, Error *err)
{
	_cleanup_close_ int lock = store_lock_prepare(data_dir, true, err);
	_cleanup_pod_needs_ PodNeeds needs = {.arena = {0}};
	int r = lock < 0 ? lock : find_needs(data_dir, &needs, err);

	if (r < 0 || pod_needs_has(&needs.layers, layer))
		return r;
	return layer_import_replace(l, layer, err);
}

static int turn_one(Store *s, const char *data_dir, const char *layer, Error *err)
{
	_cleanup_layer_import_ LayerImport *l = NULL;
	int r = make(s, data_dir, layer, &l, err);

	if (r > 0)
		r = replace(data_dir, layer, l, err);
	if (r <= 0)
		return r;
	log_line(NULL, "layer \"%s\" is no longer unpacked: it is seen by a view", layer);
	return layer_protect_view(s, layer, err);
}

static int turn_all(Store *s, const char *data_dir, const PodNeeds *needs, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "tree");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/tree", s->path);
	while ((errno = 0, entry = readdir(dir))) {
		Error problem = ERROR_INIT;
		int r;

		if (!store_layer_name_valid(entry->d_name) ||
			store_layer_is_view(s, entry->d_name) ||
			pod_needs_has(&needs->layers, entry->d_name))
			continue;
		r = turn_one(s, data_dir, entry->d_name, &problem);
		if (r < 0 && r != -ENOENT)
			log_error(&problem);
	}
	return errno ? fail_errno(err, -errno, "read %s/tree", s->path) : 0;
}

int turn_over(Store *s, const char *data_dir, Error *err)
{
	_cleanup_pod_needs_ PodNeeds needs = {.arena = {0}};
	bool views = false;
	int r = fetching_choose_view(s, &views, err);

	if (r < 0 || !views)
		return r;
	r = find_needs(data_dir, &needs, err);
	return r < 0 ? r : turn_all(s, data_dir, &needs, err);
}
