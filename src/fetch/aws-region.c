/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aws-region.h"

#include <ctype.h>
#include "base/macro.h"

#define DEFAULT_REGION "us-east-1"

/* The label that is the nth from the end of len bytes, counted from 1. Returns its length; *ret
 * begins it. 0 when there are not so many. */
static size_t label_from_end(const char *host, size_t len, unsigned n, const char **ret)
{
	const char *end = host + len;

	for (;;) {
		const char *dot = memrchr(host, '.', (size_t)(end - host));
		const char *start = dot ? dot + 1 : host;

		if (--n == 0) {
			*ret = start;
			return (size_t)(end - start);
		}
		if (!dot)
			return 0;
		end = dot;
	}
}

/* Copies a region that was found; the default one where it is none. */
static const char *keep_region(const char *s, size_t len, char buf[static AWS_REGION_MAX])
{
	if (len == 0 || len >= AWS_REGION_MAX)
		return DEFAULT_REGION;
	for (size_t i = 0; i < len; i++)
		buf[i] = (char)tolower((unsigned char)s[i]);
	buf[len] = '\0';
	return buf;
}

static bool ends_with(const char *s, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len >= n && strncasecmp(s + len - n, suffix, n) == 0;
}

/* Known are "[BUCKET.]s3-REGION.amazonaws.com" and "[BUCKET.]s3.REGION.amazonaws.com". */
const char *aws_region_of(const char *host, size_t len, char buf[static AWS_REGION_MAX])
{
	const char *port = memrchr(host, ':', len), *label = NULL, *before;
	size_t n;

	if (port)
		len = (size_t)(port - host);
	if (!ends_with(host, len, ".amazonaws.com") || ends_with(host, len, "s3.amazonaws.com") ||
		ends_with(host, len, "s3-external-1.amazonaws.com"))
		return DEFAULT_REGION;
	n = label_from_end(host, len, 3, &label);
	if (n > 3 && strncasecmp(label, "s3-", 3) == 0)
		return keep_region(label + 3, n - 3, buf);
	if (label_from_end(host, len, 4, &before) == 2 && strncasecmp(before, "s3", 2) == 0)
		return keep_region(label, n, buf);
	return DEFAULT_REGION;
}
