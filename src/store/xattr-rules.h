/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the kernel does with an extended attribute that is set. A view has them as they are written
 * into it, with nobody who would refuse: so archives are held to this before they become trees or
 * views. Internal to the store. */

#include "store/attributes.h"

/* Judges an attribute that is kept (attributes_keep_xattr()), of a regular file or a directory,
 * whose type is in *mode. Returns 0, or 1 when the file gets none: an ACL that is empty, or that
 * says no more than the permissions. Those of an ACL go to *mode. Else what setxattr(2) says:
 * -EINVAL for a capability or an ACL that is not valid, -EACCES for a default ACL of a file,
 * -EINVAL or -ERANGE for names that are too short or too long. */
int xattr_rules_apply(const Xattr *x, mode_t *mode);
