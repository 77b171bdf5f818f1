/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a user means by an image string. Text only: whether a file of that name exists is for the
 * caller to say. */

#include "spec/app.h"
#include "spec/docker-ref.h"

typedef enum ImageRefKind {
	IMAGE_REF_KEY,            /* "sha512-...": an image ID, whole or a prefix */
	IMAGE_REF_NAME,           /* an appc name with labels */
	IMAGE_REF_FILE,           /* an ACI on disk */
	IMAGE_REF_URL,            /* an ACI behind http or https */
	IMAGE_REF_DOCKER,         /* a docker registry */
	IMAGE_REF_OCI_LAYOUT,     /* a directory in OCI image layout */
	IMAGE_REF_DOCKER_ARCHIVE, /* a file as "docker save" writes it */
} ImageRefKind;

typedef struct ImageRef {
	Arena arena; /* owns every string below */
	ImageRefKind kind;
	const char *typed;  /* the string as given */
	const char *remote; /* URL and DOCKER: what the store remembers the image by ("docker://"
			     * and the reference as typed); NULL for the others */
	const char *path;   /* FILE, OCI_LAYOUT, DOCKER_ARCHIVE: as given, may be relative */
	const char
		*tag; /* OCI_LAYOUT, DOCKER_ARCHIVE: which image of several, NULL when not given */
	const char *name;  /* NAME */
	NameValues labels; /* NAME: in the order typed, then os and arch of this machine unless
			      given */
	DockerRef docker;  /* DOCKER */
} ImageRef;

/* Interprets typed. is_file says whether a regular file of that name exists, which makes a string
 * without a scheme a path. Forms: "sha512-HEX"; "docker://REF", "docker:REF"; "oci:DIR[:TAG]";
 * "docker-archive:FILE[:TAG]"; "file://PATH", "http://...", "https://..." (the path ends in ".aci",
 * else `invalid image string "X"`); a path
 * ("/x", "./x", "x.aci"); and else an appc name "NAME[:VERSION][,LABEL=VALUE...]". 0, -EINVAL or
 * -ENOMEM. */
int image_ref_parse(const char *typed, bool is_file, ImageRef **ret, Error *err);
ImageRef *image_ref_free(ImageRef *ref);

DEFINE_CLEANUP(ImageRef *, image_ref_free)
#define _cleanup_image_ref_ _cleanup_(image_ref_freep)
