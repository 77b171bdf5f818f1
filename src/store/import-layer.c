/* SPDX-License-Identifier: Apache-2.0 */

/* Layers on their way into the store. */

#include "store/import.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/layer.h"
#include "store/tmp.h"

struct LayerImport {
	const Store *store;
	TmpDir tmp;
	int root;
};

bool layer_exists(const Store *s, const char *layer)
{
	_cleanup_free_ char *path = NULL;

	return s->cas_fd >= 0 && store_layer_name_valid(layer) &&
	       str_format(&path, "tree/%s", layer) == 0 && faccessat(s->cas_fd, path, F_OK, 0) == 0;
}

LayerImport *layer_import_free(LayerImport *l)
{
	if (l) {
		fd_close(l->root);
		tmp_dir_done(&l->tmp);
		free(l);
	}
	return NULL;
}

/* Makes the tree's root. A set-group-ID bit inherited from above must not spread into the tree. */
static int make_root(LayerImport *l)
{
	struct stat st;

	if (mkdirat(l->tmp.fd, "rootfs", 0755) < 0)
		return -errno;
	l->root = fd_open_dir(l->tmp.fd, "rootfs");
	if (l->root < 0)
		return l->root;
	if (fstat(l->root, &st) < 0)
		return -errno;
	if (st.st_gid != getegid() && fchown(l->root, (uid_t)-1, getegid()) < 0)
		return -errno;
	return fchmod(l->root, 0755) < 0 ? -errno : 0;
}

int layer_import_begin(const Store *s, LayerImport **ret, Error *err)
{
	_cleanup_layer_import_ LayerImport *l = calloc(1, sizeof *l);
	int r;

	if (!l)
		return fail_oom(err);
	l->store = s;
	l->root = -1;
	l->tmp = (TmpDir)TMP_DIR_INIT;
	tmp_collect(s);
	r = tmp_dir_make(s, &l->tmp, err);
	if (r < 0)
		return r;
	r = make_root(l);
	if (r < 0)
		return fail_errno(err, r, "create %s/tmp/%s/rootfs", s->path, l->tmp.name);
	*ret = TAKE_PTR(l);
	return 0;
}

int layer_import_root(const LayerImport *l)
{
	return l->root;
}

static int write_info(const LayerImport *l, int64_t bytes, Error *err)
{
	char text[LAYER_INFO_MAX];
	int r = layer_info_format(bytes, text, err);

	return r < 0 ? r : fd_write_file(l->tmp.fd, "info", 0640, text, strlen(text), err);
}

int layer_import_commit(LayerImport *l, const char *layer, int64_t bytes, Error *err)
{
	_cleanup_close_ int trees = -1;
	int r;

	if (!store_layer_name_valid(layer) || bytes < 0)
		return fail(err, -EINVAL, "\"%s\" is not the name of a layer", layer);
	if (layer_exists(l->store, layer))
		return 0;
	r = write_info(l, bytes, err);
	if (r < 0)
		return r;
	trees = fd_open_dir(l->store->cas_fd, "tree");
	if (trees < 0)
		return fail_errno(err, trees, "open %s/tree", l->store->path);
	if (renameat2(l->tmp.parent_fd, l->tmp.name, trees, layer, RENAME_NOREPLACE) < 0) {
		if (errno == EEXIST)
			return 0;
		return fail_errno(err, -errno, "create %s/tree/%s", l->store->path, layer);
	}
	tmp_dir_moved(&l->tmp);
	return 0;
}
