/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/challenge.h"

#include <errno.h>
#include <strings.h>

#define TOKEN_CHARS "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Reads a quoted string or a bare word at *s into buf, and moves *s behind it. */
static int read_value(const char **s, char *buf, size_t size)
{
	const char *p = *s;
	bool quoted = *p == '"';
	size_t n = 0;

	for (p += quoted; *p && (quoted ? *p != '"' : !strchr(", \t", *p)); p++) {
		if (quoted && *p == '\\' && p[1])
			p++;
		if ((unsigned char)*p < ' ')
			return -EINVAL;
		if (n + 1 == size)
			return -E2BIG;
		buf[n++] = *p;
	}
	if (quoted && *p++ != '"')
		return -EINVAL;
	buf[n] = '\0';
	*s = p;
	return 0;
}

static int read_parameter(const char **s, Challenge *ret)
{
	char ignored[1024];
	const struct {
		const char *name;
		char *value;
		size_t size;
	} known[] = {
		{"realm", ret->realm, sizeof ret->realm},
		{"service", ret->service, sizeof ret->service},
		{"scope", ret->scope, sizeof ret->scope},
		{"error", ret->error, sizeof ret->error},
	};
	const char *name = *s;
	size_t len = strspn(name, TOKEN_CHARS);

	*s = skip_blanks(name + len);
	if (len == 0 || **s != '=')
		return -EINVAL;
	*s = skip_blanks(*s + 1);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i].name) == len && strncasecmp(name, known[i].name, len) == 0)
			return read_value(s, known[i].value, known[i].size);
	return read_value(s, ignored, sizeof ignored);
}

/* Whether another challenge begins here rather than a parameter. */
static bool is_scheme(const char *s)
{
	size_t len = strspn(s, TOKEN_CHARS);

	return len > 0 && *skip_blanks(s + len) != '=';
}

static int read_scheme(const char **s, ChallengeScheme *ret)
{
	size_t len;

	*s = skip_blanks(*s);
	len = strspn(*s, TOKEN_CHARS);
	if (len == 0)
		return -EINVAL;
	if (len == 5 && strncasecmp(*s, "Basic", len) == 0)
		*ret = CHALLENGE_BASIC;
	else if (len == 6 && strncasecmp(*s, "Bearer", len) == 0)
		*ret = CHALLENGE_BEARER;
	else
		return -ENOTSUP;
	*s = skip_blanks(*s + len);
	return 0;
}

int challenge_parse(const char *text, Challenge *ret)
{
	Challenge c = {0};
	int r = read_scheme(&text, &c.scheme);

	while (r == 0 && *text && !is_scheme(text)) {
		r = read_parameter(&text, &c);
		text = skip_blanks(text);
		if (r == 0 && *text && *text != ',')
			r = -EINVAL;
		text += strspn(text, ", \t");
	}
	if (r == 0)
		*ret = c;
	return r;
}
