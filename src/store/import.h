/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Putting images into the store. Everything is made under cas/tmp and becomes visible by a rename
 * when it is whole; whoever dies on the way leaves only garbage in cas/tmp, which the next import
 * removes (it is locked by its maker while in use). Layers, and images with layers that are not on
 * disk yet, become visible before they are on disk: store_settle() (settle.h) has to follow, or a
 * reboot makes them vanish. store_drop_lost() has to come first. The store must have been opened
 * with create. Several threads and processes may import at once. */

#include "store/layer-index.h"
#include "store/store.h"
#include "store/unpack.h"

/* Files in cas/tmp whose names begin so are locks of who fetches something: empty, removed only by
 * who has locked them, and collected when nobody has. */
#define STORE_FETCH_LOCK_PREFIX "fetch-"

/* One layer on its way in: a directory in cas/tmp that entries are unpacked into. */
typedef struct LayerImport LayerImport;

/* Whether the layer is there. One that was lost is not, though its tree is, nor one that is known
 * to be damaged. */
bool layer_exists(const Store *s, const char *layer);

/* Says that the layer is damaged: it counts as absent from now on, so that it can be brought anew.
 * Pods that run from it still do; its tree stays until the next boot. 0 also when it is not there.
 */
int layer_refuse(const Store *s, const char *layer, Error *err);

/* Takes that back, where nothing has come in its place: a damaged layer is better than none. Images
 * are made of it again, but whoever brings it has to bring it anew (layer_exists()). Best effort.
 */
void layer_refuse_not(const Store *s, const char *layer);

/* Starts an unpack. The layer's final name is told at the end, since it is the digest of what was
 * read. */
int layer_import_begin(const Store *s, LayerImport **ret, Error *err);

/* Descriptor of the directory that becomes the layer's root. It can be read. */
int layer_import_root(const LayerImport *l);

/* Notes a directory of the tree that the archive does not name ("etc", "" for the root), for
 * dir-layer.h. */
int layer_import_note_implicit(LayerImport *l, const char *path, Error *err);
#define LAYER_IMPLICIT_MAX (16u << 20) /* bytes of such paths */

/* Creates the file for the layer's archive as it comes, compressed or not, which is kept beside the
 * tree. Returns a descriptor, which stays l's, or a negative errno. */
int layer_import_archive(LayerImport *l, Error *err);

/* Creates the file for the layer's uncompressed tar, of which the layer is to be a view. Returns a
 * descriptor for reading and writing, which stays l's, or a negative errno. */
int layer_import_tar(LayerImport *l, Error *err);

/* Makes the layer a view of its tar, which is whole. */
int layer_import_index(LayerImport *l, LayerIndex *index, const char *digest, Error *err);

/* A descriptor, the caller's, of the root of that view, or a negative errno. */
int layer_import_view(const LayerImport *l, Error *err);

/* Fills the tree from the tar instead, and drops that. options as for unpack_tar(). */
int layer_import_unpack(
	LayerImport *l, const UnpackOptions *options, UnpackResult *ret, Error *err);

/* Whether the layer is there, with its archive. */
bool layer_has_archive(const Store *s, const char *layer);

/* Makes the tree or view visible as layer. The same layer made by somebody else in the meantime is
 * success: theirs stays, unless the disk refused it, or it is a view and this one a tree; it gets
 * the archive if it has none. bytes is the sum of file sizes. */
int layer_import_commit(LayerImport *l, const char *layer, int64_t bytes, Error *err);

/* Instead, for a view of a tar that was made here, of the tree of a layer: brings all of it to the
 * disk, which takes time. replaced: the root of that tree, which becomes l's. digest: SHA-256 of
 * the tar, in hex. bytes as above. 0 or a negative errno. */
int layer_import_prepare(
	LayerImport *l, int replaced, int64_t bytes, const char *digest, Error *err);

/* Then puts it in the place of the tree, at once; layer_import_free() removes that. The caller sees
 * to it that nobody has the tree, or begins to. 1; 0 when it is no longer that of the layer, since
 * somebody has removed or replaced it; or a negative errno. */
int layer_import_replace(LayerImport *l, const char *layer, Error *err);

/* Abandons and removes it. NULL is fine. */
LayerImport *layer_import_free(LayerImport *l);

/* A blob on its way in: a file in cas/tmp that is written as its bytes arrive. */
typedef struct BlobImport BlobImport;

int blob_import_begin(const Store *s, BlobImport **ret, Error *err);

/* Descriptor of the empty file, open for reading and writing. */
int blob_import_fd(const BlobImport *b);

/* Makes it visible under a digest ("sha256-<hex>", "sha512-<hex>" or a KEY), after its content is
 * on disk. Its name gets there with that of the image that needs it. An existing blob is replaced:
 * content under one name is the same. */
int blob_import_commit(BlobImport *b, const char *name, Error *err);

/* Abandons and removes it. NULL is fine. */
BlobImport *blob_import_free(BlobImport *b);

/* A blob with these bytes, on disk already, which is quicker before layers are unpacked than after.
 */
int blob_import_text(const Store *s, const char *text, size_t len, BlobImport **ret, Error *err);

/* What makes an image, given when all its layers are committed. */
typedef struct ImageImport {
	const char *key;
	ImageFormat format;
	const char *manifest_text;
	size_t manifest_len;
	const char *const *layers; /* lowest first */
	size_t n_layers;
	int64_t size;
	bool latest;
	bool unnamed;           /* the name in its manifest shall not lead to it */
	const char *remote_ref; /* NULL for local files */
	int64_t max_age;        /* of the remote reference, see RemoteRecord */
	const char *etag;       /* of the same, NULL when the server has given none */
} ImageImport;

/* Makes the image visible: info, manifest, names, then the remote reference. Importing what is
 * already there renews import time, last use and the latest flag. */
int image_import(Store *s, const ImageImport *import, Error *err);

DEFINE_CLEANUP(LayerImport *, layer_import_free)
DEFINE_CLEANUP(BlobImport *, blob_import_free)
#define _cleanup_layer_import_ _cleanup_(layer_import_freep)
#define _cleanup_blob_import_  _cleanup_(blob_import_freep)
