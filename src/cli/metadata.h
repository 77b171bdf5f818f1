/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Registering pods with the metadata service, for those that ask for it. */

#include "pod/pod.h"
#include "spec/metadata-service.h"
#include "spec/pod-manifest.h"

/* Makes the token of a pod that will be registered. 0 or a negative errno. */
int metadata_make_token(char ret[static METADATA_TOKEN_SIZE], Error *err);

/* Whether the service is there. 0, or a negative errno with advice. */
int metadata_check(Error *err);

/* Registers a pod, whose manifest is m, and its apps, as its directory describes them; the file
 * mds-registered says that this has been begun. Takes it back on failure. 0 or a negative errno. */
int metadata_register(const Pod *pod, const PodManifest *m, const char *token, Error *err);

/* Takes back what mds-registered tells of; a hook for GcHooks. 0 or a negative errno. */
int metadata_unregister(const Pod *pod, Error *err);
