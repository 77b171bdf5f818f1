/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/identity.h"

#include "base/cleanup.h"
#include "base/number.h"

#define ACCOUNTS_MAX (4u << 20)

/* The number in the given field (counted from 0) of the line of /etc/passwd or /etc/group whose
 * first field is name. False when there is none. */
static bool find_account(const char *text, const char *name, unsigned field, uint32_t *ret)
{
	size_t n = strlen(name);

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *p = line;

		if (len > n && memcmp(line, name, n) == 0 && line[n] == ':') {
			char number[16];
			size_t digits;
			uint64_t value;

			for (unsigned i = 0; p && i < field; i++) {
				p = memchr(p, ':', len - (size_t)(p - line));
				p = p ? p + 1 : NULL;
			}
			digits = p ? strspn(p, "0123456789") : 0;
			if (digits == 0 || digits >= sizeof number)
				return false;
			memcpy(number, p, digits);
			number[digits] = '\0';
			if (number_parse_u64(number, UINT32_MAX - 1, &value) < 0)
				return false;
			*ret = (uint32_t)value;
			return true;
		}
		line += len + (line[len] == '\n');
	}
	return false;
}

const IdentityKind identity_user = {"user", "/etc/passwd", false};
const IdentityKind identity_group = {"group", "/etc/group", true};

int identity_number(const char *text, uint32_t *ret)
{
	uint64_t number = 0;

	if (!streq(text, "root") && number_parse_u64(text, UINT32_MAX - 1, &number) < 0)
		return -ENOENT;
	*ret = (uint32_t)number;
	return 0;
}

int identity_lookup(const IdentityKind *kind, const View *root, const char *text, uint32_t *ret)
{
	_cleanup_free_ char *accounts = NULL;
	struct stat st;
	int fd;

	if (text[0] == '/') {
		if (view_lookup(root, text, false, &fd, &st, NULL) < 0)
			return -ENOENT;
		(void)fd_close(fd);
		*ret = kind->group ? st.st_gid : st.st_uid;
		return 0;
	}
	if (view_read_file(root, kind->accounts, ACCOUNTS_MAX, &accounts, NULL) < 0)
		return -ENOENT;
	return find_account(accounts, text, 2, ret) ? 0 : -ENOENT;
}

int identity_unknown(const IdentityKind *kind, const char *text, Error *err)
{
	const char *colon = strchr(text, ':');

	(void)fail(err, -EINVAL, "invalid %s \"%s\"", kind->what, text);
	if (colon && !kind->group && text[0] != '/')
		error_hint(err, "the group is another option: --user=%.*s --group=%s",
			(int)(colon - text), text, colon + 1);
	error_hint(err, "it is neither a number, nor a path in the image, nor a name in its %s",
		kind->accounts);
	return -EINVAL;
}
