/* SPDX-License-Identifier: Apache-2.0 */
#include "store/xattr-rules.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include "base/macro.h"

typedef struct posix_acl_xattr_header AclHeader;
typedef struct posix_acl_xattr_entry AclEntry;

/* Those that name somebody: there may be many, and with them there has to be a mask. */
#define ACL_NAMED    (ACL_USER | ACL_GROUP)
#define ACL_REQUIRED (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER)
#define ACL_TAGS     (ACL_REQUIRED | ACL_NAMED | ACL_MASK)

/* The number at a place in the value: that is at no multiple of anything. */
static uint32_t number_at(const Xattr *x, size_t offset)
{
	uint32_t n;

	memcpy(&n, (const char *)x->value + offset, sizeof n);
	return le32toh(n);
}

static int check_capability(const Xattr *x)
{
	uint32_t revision = x->size < sizeof revision
				    ? 0
				    : number_at(x, 0) & ~(uint32_t)VFS_CAP_FLAGS_EFFECTIVE;

	if (x->size == XATTR_CAPS_SZ_2 && revision == VFS_CAP_REVISION_2)
		return 0;
	if (x->size != XATTR_CAPS_SZ_3 || revision != VFS_CAP_REVISION_3)
		return -EINVAL;
	/* The user who is root where it counts. */
	return number_at(x, XATTR_CAPS_SZ_2) == UINT32_MAX ? -EINVAL : 0;
}

/* Where the kind of entry has its bits in a mode. The mask comes behind the group, and is shown in
 * its place. */
static unsigned mode_shift(unsigned tag)
{
	return tag == ACL_USER_OBJ ? 6 : tag == ACL_OTHER ? 0 : 3;
}

/* Entries come by kind, and the kinds' numbers rise in that order. ret_tags: the kinds that there
 * are. */
static int parse_acl(const Xattr *x, unsigned *ret_tags, mode_t *ret_permissions)
{
	unsigned last = 0, tags = 0;
	mode_t permissions = 0;

	for (size_t i = sizeof(AclHeader); i < x->size; i += sizeof(AclEntry)) {
		AclEntry e;
		unsigned tag, bits;

		memcpy(&e, (const char *)x->value + i, sizeof e);
		tag = le16toh(e.e_tag);
		bits = le16toh(e.e_perm);
		if ((tag & (tag - 1)) != 0 || (tag & ACL_TAGS) == 0 || bits > 07)
			return -EINVAL;
		if (tag & ACL_NAMED ? tag < last || le32toh(e.e_id) == UINT32_MAX : tag <= last)
			return -EINVAL;
		if (!(tag & ACL_NAMED))
			permissions =
				(permissions & ~(07u << mode_shift(tag))) | bits << mode_shift(tag);
		tags |= last = tag;
	}
	if ((tags & ACL_REQUIRED) != ACL_REQUIRED || ((tags & ACL_NAMED) && !(tags & ACL_MASK)))
		return -EINVAL;
	*ret_tags = tags;
	*ret_permissions = permissions;
	return 0;
}

static int apply_acl(const Xattr *x, bool is_default, mode_t *mode)
{
	mode_t permissions;
	unsigned tags;
	int r;

	if (x->size < sizeof(AclHeader) || number_at(x, 0) != POSIX_ACL_XATTR_VERSION ||
		(x->size - sizeof(AclHeader)) % sizeof(AclEntry) != 0)
		return -EINVAL;
	if (x->size == sizeof(AclHeader))
		return 1;
	r = parse_acl(x, &tags, &permissions);
	if (r < 0)
		return r;
	if (is_default)
		return S_ISDIR(*mode) ? 0 : -EACCES;
	*mode = (*mode & ~(mode_t)0777) | permissions;
	return tags == ACL_REQUIRED;
}

int xattr_rules_apply(const Xattr *x, mode_t *mode)
{
	if (strlen(x->name) > XATTR_NAME_MAX)
		return -ERANGE;
	if (streq(x->name, "user."))
		return -EINVAL;
	if (streq(x->name, "security.capability"))
		return check_capability(x);
	if (streq(x->name, "system.posix_acl_access"))
		return apply_acl(x, false, mode);
	if (streq(x->name, "system.posix_acl_default"))
		return apply_acl(x, true, mode);
	return 0;
}
