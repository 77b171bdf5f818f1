/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/http-internal.h"

#include <ctype.h>
#include <strings.h>
#include "base/number.h"

#define RETRY_AFTER_MAX 86400u
#define VALUE_MAX       1024 /* of a header that is understood; a longer one is cut */

typedef void (*Take)(HttpResponse *re, const char *value);

static void take_content_type(HttpResponse *re, const char *value)
{
	(void)snprintf(re->content_type, sizeof re->content_type, "%s", value);
	re->content_type[strcspn(re->content_type, "; ")] = '\0';
}

static void take_digest(HttpResponse *re, const char *value)
{
	(void)snprintf(re->digest, sizeof re->digest, "%s", value);
}

static void take_challenge(HttpResponse *re, const char *value)
{
	/* A server may offer several. */
	if (re->challenge[0] == '\0' || strncasecmp(value, "Bearer ", 7) == 0)
		(void)snprintf(re->challenge, sizeof re->challenge, "%s", value);
}

static void take_etag(HttpResponse *re, const char *value)
{
	/* A cut one would be another one. */
	if (strlen(value) < sizeof re->etag)
		(void)snprintf(re->etag, sizeof re->etag, "%s", value);
}

static void take_last_modified(HttpResponse *re, const char *value)
{
	if (strlen(value) < sizeof re->last_modified)
		(void)snprintf(re->last_modified, sizeof re->last_modified, "%s", value);
}

/* RFC 9111, section 5.2. What forbids keeping counts more than what allows it, and a number with a
 * leading zero is none. */
static void take_cache_control(HttpResponse *re, const char *value)
{
	char text[VALUE_MAX], *rest = text;
	const char *word;
	bool forbidden = false;
	uint64_t seconds;

	(void)snprintf(text, sizeof text, "%s", value);
	while ((word = strsep(&rest, ", "))) {
		if (strcasecmp(word, "no-store") == 0 || strcasecmp(word, "no-cache") == 0)
			forbidden = true;
		else if (strncasecmp(word, "max-age=", 8) == 0 && word[8] != '0' &&
			 number_parse_u64(word + 8, INT32_MAX, &seconds) == 0)
			re->max_age = (int64_t)seconds;
	}
	if (forbidden)
		re->max_age = 0;
}

static void take_retry_after(HttpResponse *re, const char *value)
{
	uint64_t seconds;

	/* The other form, a date, tells as little as nothing: clocks differ. */
	if (number_parse_u64(value, RETRY_AFTER_MAX, &seconds) == 0)
		re->retry_after = (unsigned)seconds;
}

static void take_accept_ranges(HttpResponse *re, const char *value)
{
	re->accepts_ranges = strcasecmp(value, "bytes") == 0;
}

/* "bytes 100-199/200" */
static void take_content_range(HttpResponse *re, const char *value)
{
	char text[32];
	uint64_t start;

	if (strncasecmp(value, "bytes ", 6) != 0)
		return;
	(void)snprintf(text, sizeof text, "%.*s", (int)strcspn(value + 6, "-"), value + 6);
	if (number_parse_u64(text, INT64_MAX, &start) == 0)
		re->range_start = start;
}

static const struct {
	const char *name; /* with the colon */
	Take take;
} headers[] = {
	{"accept-ranges:", take_accept_ranges},
	{"cache-control:", take_cache_control},
	{"content-range:", take_content_range},
	{"content-type:", take_content_type},
	{"docker-content-digest:", take_digest},
	{"etag:", take_etag},
	{"last-modified:", take_last_modified},
	{"retry-after:", take_retry_after},
	{"www-authenticate:", take_challenge},
};

/* The value without blanks around it. */
static void copy_value(const char *value, size_t len, char to[static VALUE_MAX])
{
	while (len > 0 && isspace((unsigned char)*value)) {
		value++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)value[len - 1]))
		len--;
	len = MIN(len, (size_t)VALUE_MAX - 1);
	memcpy(to, value, len);
	to[len] = '\0';
}

void http_header_take(HttpResponse *re, const char *line, size_t len)
{
	char value[VALUE_MAX];

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		size_t n = strlen(headers[i].name);

		if (len < n || strncasecmp(line, headers[i].name, n) != 0)
			continue;
		copy_value(line + n, len - n, value);
		headers[i].take(re, value);
	}
}
