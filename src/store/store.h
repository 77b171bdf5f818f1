/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The image store below DATA/cas: files are the truth (docs/formats/store.md). This header is what
 * the hot path and the verbs need: finding, listing and removing images. Putting images in is
 * store/import.h (it needs archive and digest libraries, which the start of a pod must not load).
 *
 *   cas/image/KEY/manifest   rkt image manifest, the bytes that were imported or made
 *   cas/image/KEY/info       format, import time, size, latest flag, labels, layers (lowest first)
 *   cas/image/KEY/lastused   empty; its mtime is the time of last use
 *   cas/ref/name/NAME/KEY    empty; which images carry a name (NAME: percent-escaped)
 *   cas/ref/remote/REF       the KEY that was last fetched for a remote reference, as typed
 *   cas/tree/LAYER/rootfs/   one unpacked layer, immutable
 *   cas/tree/LAYER/tar, index  of a layer that is a view: its tar, and what is where in it
 *   cas/tree/LAYER/info      the sum of its file sizes
 *   cas/tree/LAYER/archive   what it was unpacked from, in the stores of users alone
 *   cas/blob/sha256-HEX      OCI manifests and configs
 *   cas/blob/KEY             an ACI as it was received
 *   cas/tmp/                 everything that is being made
 *
 * A thing is visible exactly from the rename that puts it in place. KEY is "sha512-" and 64 hex
 * digits. LAYER is the digest of the layer's uncompressed tar with '-' for ':', or the KEY of an
 * ACI, or "deps-" and 64 hex digits for an ACI that was put together with what it depends on, or
 * "dirs-" and 64 hex digits for directories alone (dir-layer.h). */

#include <stdint.h>
#include "base/error.h"
#include "spec/image-manifest.h"

#define STORE_KEY_LEN        71
#define STORE_TAR_DIGEST_LEN 64
#define STORE_LAYERS_MAX     499 /* an overlay can have 500, of which one is the skeleton */

typedef struct Store {
	int cas_fd; /* DATA/cas */
	char *path; /* absolute path of DATA/cas, for messages */
} Store;

typedef enum ImageFormat {
	IMAGE_ACI,
	IMAGE_OCI,
} ImageFormat;

/* One stored image. */
typedef struct Image {
	char key[STORE_KEY_LEN + 1];
	ImageFormat format;
	int64_t import_time; /* ns since the epoch */
	int64_t last_used;   /* ns since the epoch */
	int64_t size; /* bytes, as "rkt image list" shows them: image bytes plus unpacked bytes */
	bool latest;  /* fetched by a name without a version */
	bool on_disk; /* what a crash of the machine leaves alone; see store_settle() */
	const char **layers; /* LAYER names, lowest first */
	size_t n_layers;
	NameValues labels;   /* those of the manifest */
	char *manifest_text; /* NULL until image_load_manifest() */
	size_t manifest_len;
	ImageManifest *manifest; /* the same */
	Arena arena;             /* of layers and labels */
} Image;

/* Opens the store below data_dir (absolute), creating its directories when create is set. A missing
 * store without create is not an error: the store is empty, cas_fd is -1. */
int store_open(Store *ret, const char *data_dir, bool create, Error *err);
void store_done(Store *s);
#define STORE_INIT                                                                                 \
	{                                                                                          \
		.cas_fd = -1                                                                       \
	}

/* Resolves what a user typed as an image ID: "sha512-" and a unique prefix of at least two hex
 * digits (longer than a key is truncated). 0 and the full key; -ENOENT "no image IDs found",
 * -EINVAL "wrong key prefix" or "image ID too short", -ENOTUNIQ "ambiguous image ID". */
int store_resolve_key(
	const Store *s, const char *typed, char ret[static STORE_KEY_LEN + 1], Error *err);

/* Whether s has the form of an image ID ("sha512-..."), as opposed to a name or path. */
bool store_looks_like_key(const char *s);

/* The best stored image with this name whose labels contain all of labels: without a "version"
 * among them one fetched as latest is preferred, then the newest import. Its manifest is not loaded
 * yet. -ENOENT when none matches. */
int store_find_by_name(
	const Store *s, const char *name, const NameValues *labels, Image **ret, Error *err);

/* Whether the name in the image's manifest, which is loaded, leads to it: it does not where nobody
 * vouched for it (ImageImport.unnamed). */
bool image_is_named(const Store *s, const Image *image);

/* The image last fetched for a remote reference, exactly as typed ("docker://busybox"). Its
 * manifest is not loaded yet. -ENOENT when none. */
int store_find_remote(const Store *s, const char *ref, Image **ret, Error *err);

/* What was noted when a remote reference was fetched last. */
typedef struct RemoteRecord {
	char key[STORE_KEY_LEN + 1];
	int64_t time;    /* seconds since the epoch */
	int64_t max_age; /* seconds for which the server has said that it stays the same */
	char etag[256];  /* that the server has given it, "" when none */
} RemoteRecord;

/* -ENOENT when there is none, or its image is not there. */
int store_remote_record(const Store *s, const char *ref, RemoteRecord *ret, Error *err);

/* Adds the remote references to *ret that were last fetched as this image, with memory from arena.
 * 0 or a negative errno. */
int store_remotes_of(const Store *s, const char *key, Arena *arena, StrList *ret, Error *err);

/* What the store knows about one image, by full key: all but its manifest. Free with image_free().
 * -ENOENT when it is not there. */
int image_open(const Store *s, const char *key, Image **ret, Error *err);

/* Reads the manifest of an image that was found or opened, if that was not done yet. */
int image_load_manifest(const Store *s, Image *i, Error *err);

/* Both: the whole image by full key. */
int image_load(const Store *s, const char *key, Image **ret, Error *err);
Image *image_free(Image *i);

/* Marks the image as used now. Best effort. */
void image_touch(const Store *s, const char *key);

/* All images, in no particular order. Images that cannot be read are skipped and counted in
 * *ret_broken (may be NULL). */
int image_list(const Store *s, Image ***ret, size_t *ret_n, size_t *ret_broken, Error *err);
void image_list_free(Image **list, size_t n);

/* Removes an image: the image first, then references to it and its archive. Layer trees stay (other
 * images and pods may use them). 0, a negative errno, or 1 with err filled: the image is gone, but
 * something of it could not be removed. */
int image_remove(Store *s, const char *key, Error *err);

/* Whether s names a layer: "sha256-" and 64 hex digits, or "sha512-" and 128, or a KEY, or
 * LAYER_RENDERED or LAYER_DIRS and 64. */
#define LAYER_RENDERED "deps-"
#define LAYER_DIRS     "dirs-"
bool store_layer_name_valid(const char *s);

/* The file in a layer's directory with the archive that it was unpacked from, where that is kept.
 */
#define LAYER_ARCHIVE "archive"

/* Whether the layer can hide what is below it, other than by having something of that name: one of
 * an OCI image can. Its layers belong together, and so does LAYER_DIRS with them. */
bool store_layer_may_hide(const char *layer);

/* The file in cas that pins the mount namespace with the views that pods share. */
#define STORE_VIEWS "views"

/* Opens a layer's tree, or what its view shows. Returns the descriptor; -ENOENT when the store does
 * not have the layer. */
int store_layer_open(const Store *s, const char *layer, Error *err);

/* The same for n layers, or none of them. 0 or a negative errno. */
int store_layers_open(
	const Store *s, const char *const *layers, size_t n, int *ret_fds, Error *err);

/* Whether the layer is a view of its tar, which has to be mounted (isolate/view-namespace.h) where
 * its tree would be. */
bool store_layer_is_view(const Store *s, const char *layer);

/* What was noted of a layer when it came. */
typedef struct LayerInfo {
	int64_t bytes;    /* the sum of its file sizes */
	int64_t tar_size; /* bytes of its tar, -1 for a layer that is a tree */
	char tar_digest[STORE_TAR_DIGEST_LEN + 1]; /* SHA-256, in hex, of a tar that was made here
						      of its tree, "" for the one that came */
} LayerInfo;

/* -ENOENT when the store does not have the layer. */
int store_layer_info(const Store *s, const char *layer, LayerInfo *ret, Error *err);

/* Removes a layer that no image names. 0 also when it is not there; -EBUSY, without error text,
 * when an image needs it. The caller holds the lock of store_lock_prepare() exclusively. */
int store_layer_remove_unused(const Store *s, const char *layer, Error *err);

/* Locks that keep a preparing pod and the collection of layers apart: DATA/locks/prepareLock.
 * Returns a descriptor that holds the lock, or a negative errno. */
int store_lock_prepare(const char *data_dir, bool exclusive, Error *err);

DEFINE_CLEANUP(Image *, image_free)
#define _cleanup_image_ _cleanup_(image_freep)
#define _cleanup_store_ _cleanup_(store_done)
