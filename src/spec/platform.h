/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Operating systems and architectures: how appc, OCI and the kernel call them. */

#include "base/error.h"

/* A Linux platform. */
typedef struct Platform {
	const char *arch;        /* appc's name */
	const char *oci_arch;    /* OCI's, and the variant that it stands for when none is given */
	const char *oci_variant; /* NULL: there are no variants */
	const char *machine;     /* what uname(2) says there, or NULL */
} Platform;

/* The row of this machine, NULL when it is none that is known. */
const Platform *platform_host(void);

/* The row of a platform in OCI's terms; variant may be NULL. NULL when there is none. */
const Platform *platform_find_oci(const char *arch, const char *variant);

/* How well machines of platform host run images for arch and variant (may be NULL): 0 not at all,
 * more is better. */
int platform_rank(const Platform *host, const char *arch, const char *variant);

/* Whether os, and arch unless it is NULL, are names of appc's table. The message: "bad arch "z80"
 * for linux (must be one of: amd64, ...)". 0 or -EINVAL. */
int platform_check(const char *os, const char *arch, Error *err);
