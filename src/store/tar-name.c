/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tar-name.h"

#include <errno.h>
#include "base/path.h"

#define WHITEOUT_META TAR_WHITEOUT_PREFIX TAR_WHITEOUT_PREFIX

int tar_name_clean(const char *name, char ret[static PATH_MAX], Error *err)
{
	const char *rest = name;
	size_t len = 0;

	if (!*name)
		return fail(err, -EINVAL, "empty name");
	if (*name == '/' && name[strspn(name, "/")])
		return fail(err, -EINVAL, "absolute name");
	while (*(rest += strspn(rest, "/"))) {
		size_t n = strcspn(rest, "/");

		if (n == 2 && rest[0] == '.' && rest[1] == '.')
			return fail(err, -EINVAL, "name with \"..\"");
		if (n != 1 || rest[0] != '.') {
			if (n > NAME_MAX || len + n + 2 > PATH_MAX)
				return fail(err, -ENAMETOOLONG, "name too long");
			if (len > 0)
				ret[len++] = '/';
			memcpy(ret + len, rest, n);
			len += n;
		}
		rest += n;
	}
	ret[len] = '\0';
	return 0;
}

static bool has_meta_component(const char *path)
{
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (startswith(p, WHITEOUT_META))
			return true;
	}
	return false;
}

int tar_name_whiteout(char *path, TarWhiteout *ret, Error *err)
{
	char *base = path + (path_base(path) - path);
	const char *hidden = startswith(base, TAR_WHITEOUT_PREFIX);

	*ret = TAR_WHITEOUT_NONE;
	if (streq(base, TAR_OPAQUE_MARK)) {
		*(base > path ? base - 1 : base) = '\0';
		*ret = has_meta_component(path) ? TAR_WHITEOUT_IGNORE : TAR_WHITEOUT_OPAQUE;
	} else if (has_meta_component(path)) {
		*ret = TAR_WHITEOUT_IGNORE;
	} else if (hidden) {
		if (!*hidden || streq(hidden, ".") || streq(hidden, ".."))
			return fail(err, -EINVAL, "whiteout of no name");
		memmove(base, hidden, strlen(hidden) + 1);
		*ret = TAR_WHITEOUT_NAME;
	}
	return 0;
}

const char *tar_name_show(const char *name, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s", name);
	for (char *p = buf; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return buf;
}
