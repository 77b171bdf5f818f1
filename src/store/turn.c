/* SPDX-License-Identifier: Apache-2.0 */
#include "store/turn.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/checksum.h"
#include "store/file-content.h"
#include "store/key.h"
#include "store/layer-tar.h"
#include "store/layer.h"
#include "store/pack.h"
#include "store/view-tree.h"

/* Bytes for headers and for the index, and that are left to others. */
#define ROOM_MORE (UINT64_C(256) << 20)

typedef struct Room {
	uint64_t bytes; /* of content, of files with several names once for each */
	bool holes;     /* are in files: the tar would have zeros there */
} Room;

/* A ViewVisit. */
static int measure(void *userdata, const ViewEntry *e, Error *err)
{
	Room *room = userdata;

	if (!S_ISREG(e->st.st_mode))
		return 0;
	room->bytes += (uint64_t)e->st.st_size;
	room->holes = room->holes || file_has_holes(&e->st);
	return 0;
}

static int check_room(const Store *s, const char *layer, uint64_t bytes, Error *err)
{
	struct statvfs disk;

	if (fstatvfs(s->cas_fd, &disk) < 0)
		return fail_errno(err, -errno, "look at the disk of %s", s->path);
	if (disk.f_bavail >= (bytes + ROOM_MORE) / disk.f_frsize)
		return 0;
	return fail(err, -ENOSPC,
		"the disk of %s has no room for the archive of layer %s beside it", s->path, layer);
}

/* Whether it is what it was when it came, as far as that is known. ret_shown: what it shows. */
static int check_whole(const Store *s, const char *layer, int root, uint64_t *ret_shown, Error *err)
{
	uint64_t noted, found;
	int r = layer_checksum_noted(s, layer, &noted, err);
	bool known = r == 0;

	if (r == -ENOENT)
		error_clear(err);
	else if (r < 0)
		return r;
	r = tree_checksum(root, &found, ret_shown, err);
	if (r == 0 && known && noted != found) {
		r = fail(err, -EBADMSG, "layer %s is damaged", layer);
		error_hint(err, "\"rkt fsck --repair\" makes it anew");
	}
	return r;
}

/* A PackWrite. */
static int keep(void *userdata, const void *data, size_t len, Error *err)
{
	const int *fd = userdata;
	int r = fd_write(*fd, data, len);

	return r < 0 ? fail_errno(err, r, "write the archive of a layer") : 0;
}

static int pack(LayerImport *l, int root, bool is_aci, int *ret_tar, Error *err)
{
	int tar = layer_import_tar(l, err), r;

	if (tar < 0)
		return tar;
	r = pack_layer(root, is_aci, keep, &tar, err);
	if (r == 0 && lseek(tar, 0, SEEK_SET) < 0)
		r = fail_errno(err, -errno, "read the archive of a layer");
	*ret_tar = tar;
	return r;
}

/* ret_hex: of the tar. */
static int make_index(LayerImport *l, const char *layer, int tar,
	char ret_hex[static DIGEST_HEX_MAX + 1], Error *err)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	LayerTar whole = {.layer = layer, .fd = tar, .kind = DIGEST_SHA256};
	struct stat st;
	int r;

	if (fstat(tar, &st) < 0)
		return fail_errno(err, -errno, "read the archive of layer %s", layer);
	whole.size = (uint64_t)st.st_size;
	r = layer_tar_read(&whole, &index, ret_hex, NULL, err);
	return r < 0 ? r : layer_import_index(l, index, ret_hex, err);
}

/* The directories that the archive which came did not name: that which is made names all. */
static int copy_implicit(const Store *s, const char *layer, LayerImport *l, Error *err)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t len = 0;
	int r = str_format(&path, "tree/%s/implicit", layer);

	if (r < 0)
		return fail_oom(err);
	r = fd_read_file(s->cas_fd, path, LAYER_IMPLICIT_MAX, &text, &len, err);
	if (r == -ENOENT) {
		error_clear(err);
		return 0;
	}
	for (size_t i = 0; r == 0 && i < len; i += strlen(text + i) + 1)
		r = layer_import_note_implicit(l, text + i, err);
	return r;
}

/* Whether the view shows what the tree does: a tar tells other things by some names. */
static int check_view(const LayerImport *l, uint64_t wanted, Error *err)
{
	_cleanup_close_ int root = layer_import_view(l, err);
	uint64_t found, shown;
	int r = root < 0 ? root : tree_checksum(root, &found, &shown, err);

	if (r == 0 && shown != wanted)
		r = fail(err, -ENOTSUP, "a view would not show what it has");
	return r;
}

/* root becomes l's. */
static int make(
	const Store *s, const char *layer, int64_t bytes, int root, LayerImport *l, Error *err)
{
	_cleanup_close_ int tree = root;
	char hex[DIGEST_HEX_MAX + 1];
	uint64_t shown;
	int tar = -1, r = copy_implicit(s, layer, l, err);

	if (r == 0)
		r = check_whole(s, layer, tree, &shown, err);
	if (r == 0)
		r = pack(l, tree, key_valid(layer), &tar, err);
	if (r == 0)
		r = make_index(l, layer, tar, hex, err);
	if (r == 0)
		r = check_view(l, shown, err);
	return r < 0 ? r : layer_import_prepare(l, TAKE_FD(tree), bytes, hex, err);
}

/* By what is known without looking into it. */
static int may_turn(const Store *s, const char *layer, LayerInfo *ret, Error *err)
{
	Standing standing = STANDING_LOST;
	int r = store_layer_info(s, layer, ret, err);

	if (r == 0)
		r = layer_standing(s, layer, &standing, err);
	if (r < 0)
		return r;
	return ret->tar_size < 0 && standing == STANDING_ON_DISK &&
	       !startswith(layer, LAYER_RENDERED) && !startswith(layer, LAYER_DIRS) &&
	       !layer_has_archive(s, layer);
}

int layer_turn(const Store *s, const char *layer, LayerImport **ret, Error *err)
{
	_cleanup_layer_import_ LayerImport *l = NULL;
	_cleanup_close_ int root = -1;
	Room room = {.bytes = 0};
	LayerInfo info;
	int r = may_turn(s, layer, &info, err);

	if (r <= 0)
		return r;
	root = store_layer_open(s, layer, err);
	r = root < 0 ? root : layer_visit(root, measure, &room, err);
	if (r == 0 && room.holes)
		return 0;
	if (r == 0)
		r = check_room(s, layer, room.bytes, err);
	if (r == 0)
		r = layer_import_begin(s, &l, err);
	if (r == 0)
		r = make(s, layer, info.bytes, TAKE_FD(root), l, err);
	if (r < 0)
		return wrap(err, r, "layer %s stays unpacked", layer);
	*ret = TAKE_PTR(l);
	return 1;
}
