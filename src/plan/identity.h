/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Users and groups of an app, by the names that its root filesystem knows. */

#include "store/view.h"

typedef struct IdentityKind {
	const char *what;     /* in messages */
	const char *accounts; /* file in the root filesystem */
	bool group;
} IdentityKind;

extern const IdentityKind identity_user, identity_group;

/* What can be told without any file: a number, and "root". 0 or -ENOENT. */
int identity_number(const char *text, uint32_t *ret);

/* What else a user or group is written as: a path in the root filesystem, whose owner is meant, or
 * a name. 0, or -ENOENT when it means nothing. */
int identity_lookup(const IdentityKind *kind, const View *root, const char *text, uint32_t *ret);

/* Fails with -EINVAL for what means nothing. */
int identity_unknown(const IdentityKind *kind, const char *text, Error *err);
