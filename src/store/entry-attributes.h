/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attributes of an archive's entry. Internal to the store. */

#include "store/attributes.h"

struct archive_entry;

/* Takes them from an entry; xattrs that are not to be stored (other namespaces, and those that
 * overlayfs would act on) are left out, and all but those of regular files and directories. Memory
 * for the rest comes from arena. -EINVAL and others, with the reason, for values out of range and
 * attributes that the kernel would not set. */
int attributes_from_entry(struct archive_entry *entry, Arena *arena, Attributes *ret, Error *err);
