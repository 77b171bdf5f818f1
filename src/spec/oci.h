/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* OCI image format 1.x and Docker schema 2: index, manifest and config, and their conversion to an
 * appc image manifest. Docker's media types are accepted as the OCI ones that they became. */

#include "spec/image-manifest.h"

#define OCI_MANIFEST_MAX (4u << 20)
#define OCI_CONFIG_MAX   (8u << 20)

typedef enum OciCompression {
	OCI_LAYER_TAR,
	OCI_LAYER_GZIP,
	OCI_LAYER_ZSTD,
} OciCompression;

typedef struct OciDescriptor {
	const char *media_type;
	const char *digest; /* "sha256:<64 hex>" or "sha512:<128 hex>", validated */
	int64_t size;
	const char *os, *arch, *variant; /* of "platform"; NULL when not given */
	const char *ref_name;            /* annotation org.opencontainers.image.ref.name, or NULL */
	const char *kind;                /* annotation kind, which is cosign's, or NULL */
	OciCompression compression;      /* layers */
} OciDescriptor;

/* An index or manifest list. */
typedef struct OciIndex {
	Arena arena;
	OciDescriptor *manifests;
	size_t n_manifests;
} OciIndex;

typedef struct OciManifest {
	Arena arena;
	OciDescriptor config;
	OciDescriptor *layers; /* lowest first */
	size_t n_layers;
} OciManifest;

typedef struct OciConfig {
	Arena arena;
	const char *os, *arch, *variant;
	const char *author, *created;
	StrList entrypoint, cmd;
	const char *user, *working_dir, *stop_signal;
	StrList env;           /* "K=V" as given */
	StrList volumes;       /* sorted */
	StrList exposed_ports; /* "80/tcp", sorted */
	NameValues labels;
	StrList diff_ids; /* one per layer, lowest first, validated digests */
} OciConfig;

int oci_index_parse(const char *text, size_t len, OciIndex **ret, Error *err);
OciIndex *oci_index_free(OciIndex *i);

/* Picks the manifest for this machine: os linux, its architecture, the highest variant that it
 * runs. An entry that does not tell its platform is taken when no other fits. NULL when there is
 * none. */
const OciDescriptor *oci_index_select(const OciIndex *i);

int oci_manifest_parse(const char *text, size_t len, OciManifest **ret, Error *err);
OciManifest *oci_manifest_free(OciManifest *m);

int oci_config_parse(const char *text, size_t len, OciConfig **ret, Error *err);
OciConfig *oci_config_free(OciConfig *c);

/* Whether media_type names an index or manifest list (else it should be a manifest). */
bool oci_media_type_is_index(const char *media_type);

/* Whether s is "sha256:" + 64 lower-case hex or "sha512:" + 128. */
bool oci_digest_valid(const char *s);

/* Where an image came from; NULL members are left out of the manifest. */
typedef struct OciOrigin {
	const char *registry;      /* "registry-1.docker.io" */
	const char *repository;    /* "library/busybox" */
	const char *tag;           /* NULL for digest references */
	const char *original_name; /* as the user typed it, without the scheme */
	const char *manifest_digest;
	const char *image_id; /* digest of the config */
} OciOrigin;

/* Names of annotations: the layers as a JSON array of diff ids, lowest first. */
#define OCI_LAYERS_ANNOTATION "rkt.dev/oci/layers"
/* How the image wants to be stopped, as it says ("SIGQUIT", "3"). */
#define OCI_STOP_SIGNAL_ANNOTATION "rkt.dev/oci/stop-signal"

/* Makes the appc manifest of an OCI image, by the conversion table of docker2aci
 * (docs/formats/oci-conversion.md), as canonical JSON text. Its annotations name the layers in
 * order, lowest first, as one JSON array of diff ids under OCI_LAYERS_ANNOTATION, so that equal
 * images get equal manifests. The result passes image_manifest_parse(). manifest may be NULL where
 * there is none (docker-save archives); otherwise its layers have to be as many as the config's. 0,
 * -EINVAL (another system's image, a port that is none, no name to be made of the origin), -ENOMEM.
 */
int oci_to_appc(const OciConfig *config, const OciManifest *manifest, const OciOrigin *origin,
	char **ret_json, Error *err);

DEFINE_CLEANUP(OciIndex *, oci_index_free)
DEFINE_CLEANUP(OciManifest *, oci_manifest_free)
DEFINE_CLEANUP(OciConfig *, oci_config_free)
