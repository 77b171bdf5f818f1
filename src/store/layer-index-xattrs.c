/* SPDX-License-Identifier: Apache-2.0 */

/* Extended attributes in the form that an index has them. */

#include "store/layer-index-internal.h"

#include <endian.h>
#include <linux/limits.h>
#include "store/erofs-format.h"

typedef struct Prefix {
	const char *text;
	uint8_t number;
} Prefix;

static const Prefix *prefix_of(const char *name)
{
	static const Prefix prefixes[] = {
		{"user.", EROFS_XATTR_USER},
		{"security.", EROFS_XATTR_SECURITY},
		{"system.posix_acl_access", EROFS_XATTR_ACL_ACCESS},
		{"system.posix_acl_default", EROFS_XATTR_ACL_DEFAULT},
	};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (startswith(name, prefixes[i].text))
			return &prefixes[i];
	return NULL;
}

static size_t xattr_size(const Xattr *x, const Prefix *prefix)
{
	size_t size = sizeof(ErofsXattr) + strlen(x->name) - strlen(prefix->text) + x->size;

	return (size + 3) & ~(size_t)3;
}

int layer_index_set_xattrs(LayerIndex *x, IndexNode *node, const Attributes *a, Error *err)
{
	size_t len = 0, names = 0;
	uint8_t *out;

	for (size_t i = 0; i < a->n_xattrs; i++) {
		const Prefix *prefix = prefix_of(a->xattrs[i].name);

		if (!prefix)
			return fail_errno(err, -EINVAL, "set attribute %s", a->xattrs[i].name);
		if (a->xattrs[i].size > UINT16_MAX)
			return fail_errno(err, -ERANGE, "set attribute %s", a->xattrs[i].name);
		len += xattr_size(&a->xattrs[i], prefix);
		names += strlen(a->xattrs[i].name) + 1;
	}
	/* Nobody could list them. */
	if (names > XATTR_LIST_MAX)
		return fail_errno(err, -ENOSPC, "set its attributes");
	/* Counted in 16 bits; the mark of an opaque directory may come on top. */
	if (len > 4 * (size_t)(UINT16_MAX - 16))
		return fail_errno(err, -ENOSPC, "set its attributes");
	out = arena_alloc(&x->arena, len);
	if (!out)
		return fail_oom(err);
	node->xattrs = out;
	node->xattrs_len = (uint32_t)len;
	for (size_t i = 0; i < a->n_xattrs; i++) {
		const Xattr *attribute = &a->xattrs[i];
		const Prefix *prefix = prefix_of(attribute->name);
		const char *name = attribute->name + strlen(prefix->text);
		const ErofsXattr head = {
			(uint8_t)strlen(name), prefix->number, htole16((uint16_t)attribute->size)};

		memcpy(out, &head, sizeof head);
		memcpy(out + sizeof head, name, head.name_len);
		if (attribute->size > 0)
			memcpy(out + sizeof head + head.name_len, attribute->value,
				attribute->size);
		out += xattr_size(attribute, prefix);
	}
	return 0;
}
