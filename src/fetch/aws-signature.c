/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aws-signature.h"

#include <ctype.h>
#include <openssl/hmac.h>
#include "base/number.h"
#include "base/strbuf.h"
#include "fetch/aws-region.h"
#include "fetch/url.h"
#include "store/digest.h"

#define SERVICE        "s3"
#define SIGNED_HEADERS "host;x-amz-content-sha256;x-amz-date"
#define ALGORITHM      "AWS4-HMAC-SHA256"
#define TEXT_MAX       (1u << 20)

/* The SHA-256 of nothing. */
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define MAC_LEN 32 /* bytes of HMAC-SHA-256 */

typedef struct Mac {
	unsigned char bytes[MAC_LEN];
} Mac;

/* Decodes one character of a part of a URL, and moves *at behind it. */
static unsigned char next_byte(const char **at, const char *end, bool query)
{
	const char *c = (*at)++;

	if (*c == '+' && query)
		return ' ';
	if (*c != '%' || end - c < 3 || !isxdigit((unsigned char)c[1]) ||
		!isxdigit((unsigned char)c[2]))
		return (unsigned char)*c;
	*at += 2;
	return (unsigned char)(number_hex_digit(c[1]) << 4 | number_hex_digit(c[2]));
}

/* Appends a part of a URL in the one form that is signed: nothing but letters, digits and "-._~"
 * stands for itself, in a path '/' too. */
static void add_canonical(StrBuf *out, const char *s, size_t len, bool query)
{
	const char *end = s + len;

	while (s < end) {
		unsigned char c = next_byte(&s, end, query);

		if (isalnum(c) || (c && strchr(query ? "-._~" : "-._~/", c)))
			strbuf_putc(out, (char)c);
		else
			strbuf_printf(out, "%%%02X", c);
	}
}

/* The canonical parameters of a query, "NAME=VALUE" each. */
typedef struct Query {
	char **items;
	size_t n;
} Query;

static void query_done(Query *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->items[i]);
	free(q->items);
}

static int query_add(Query *q, const char *s, size_t len)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(TEXT_MAX);
	const char *equals = memchr(s, '=', len);
	size_t name_len = equals ? (size_t)(equals - s) : len;
	char **items = realloc(q->items, (q->n + 1) * sizeof *items);
	int r;

	if (!items)
		return -ENOMEM;
	q->items = items;
	add_canonical(&text, s, name_len, true);
	strbuf_putc(&text, '=');
	if (equals)
		add_canonical(&text, equals + 1, len - name_len - 1, true);
	r = strbuf_finish(&text, &q->items[q->n], NULL);
	if (r == 0)
		q->n++;
	return r;
}

/* By name, then by value. No name has a '=' any more. */
static int compare_parameters(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t n = strcspn(x, "="), m = strcspn(y, "=");
	int order = memcmp(x, y, MIN(n, m));

	if (order == 0 && n != m)
		return n < m ? -1 : 1;
	return order != 0 ? order : strcmp(x + n, y + m);
}

static void add_canonical_query(StrBuf *out, const char *s, size_t len)
{
	_cleanup_(query_done) Query query = {0};
	const char *end = s + len;

	while (s < end && !out->error) {
		const char *stop = memchr(s, '&', (size_t)(end - s));
		size_t n = (size_t)((stop ? stop : end) - s);

		if (n > 0)
			out->error = query_add(&query, s, n);
		s += n + 1;
	}
	if (query.n > 0)
		qsort(query.items, query.n, sizeof *query.items, compare_parameters);
	for (size_t i = 0; i < query.n; i++)
		strbuf_printf(out, "%s%s", i > 0 ? "&" : "", query.items[i]);
}

/* The host as clients send it: as it is written, without the port that its scheme has anyway. */
static void add_host(StrBuf *out, const char *url, const UrlParts *parts)
{
	size_t len = parts->host_len;
	const char *port = startswith(url, "https://") ? ":443" : ":80";
	size_t port_len = strlen(port);

	if (len > port_len && memcmp(parts->host + len - port_len, port, port_len) == 0)
		len -= port_len;
	strbuf_add(out, parts->host, len);
}

/* The request in canonical form, digested. */
static int request_hash(const char *method, const char *url, const UrlParts *parts,
	const char *time, char ret[static DIGEST_HEX_MAX + 1], Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(TEXT_MAX);

	strbuf_printf(&text, "%s\n", method);
	if (parts->path_len > 0)
		add_canonical(&text, parts->path, parts->path_len, false);
	else
		strbuf_putc(&text, '/');
	strbuf_putc(&text, '\n');
	add_canonical_query(&text, parts->query, parts->query_len);
	strbuf_puts(&text, "\nhost:");
	add_host(&text, url, parts);
	strbuf_printf(&text,
		"\nx-amz-content-sha256:" EMPTY_HASH "\nx-amz-date:%s\n\n" SIGNED_HEADERS
		"\n" EMPTY_HASH,
		time);
	if (text.error)
		return fail_errno(err, text.error, "sign %s", url);
	return digest_buffer(DIGEST_SHA256, strbuf_text(&text), text.len, ret, err);
}

static int mac(const void *key, size_t key_len, const char *text, Mac *ret, Error *err)
{
	unsigned len = sizeof ret->bytes;

	if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text),
		    ret->bytes, &len))
		return fail(err, -EIO, "cannot compute a message authentication code");
	return 0;
}

/* The key for a day, a region and the service. date is its first eight characters. */
static int signing_key(
	const char *secret, const char *date, const char *region, Mac *ret, Error *err)
{
	const char *const steps[] = {region, SERVICE, "aws4_request"};
	_cleanup_free_ char *first = NULL;
	int r;

	if (str_format(&first, "AWS4%s", secret) < 0)
		return fail_oom(err);
	r = mac(first, strlen(first), date, ret, err);
	for (size_t i = 0; i < ARRAY_LEN(steps) && r == 0; i++) {
		const Mac before = *ret;

		r = mac(before.bytes, sizeof before.bytes, steps[i], ret, err);
	}
	return r;
}

/* The signature in hex. */
static int sign(const AwsKey *key, const char *region, const char *time, const char *scope,
	const char *hash, char ret[static 2 * MAC_LEN + 1], Error *err)
{
	_cleanup_free_ char *text = NULL, *date = strndup(time, 8);
	Mac with = {0}, signature = {0};
	int r;

	if (!date || str_format(&text, ALGORITHM "\n%s\n%s\n%s", time, scope, hash) < 0)
		return fail_oom(err);
	r = signing_key(key->secret, date, region, &with, err);
	if (r == 0)
		r = mac(with.bytes, sizeof with.bytes, text, &signature, err);
	for (size_t i = 0; i < MAC_LEN && r == 0; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", signature.bytes[i]);
	return r;
}

int aws_sign(const AwsKey *key, const char *method, const char *url, time_t now,
	CredentialHeaders *ret, Error *err)
{
	_cleanup_credential_headers_ CredentialHeaders headers = {{NULL}};
	_cleanup_free_ char *scope = NULL;
	char hash[DIGEST_HEX_MAX + 1], hex[2 * MAC_LEN + 1], time[32], guess[AWS_REGION_MAX];
	const char *region = key->region;
	UrlParts parts;
	struct tm tm;
	int r = url_split(url, &parts, err);

	if (r < 0)
		return r;
	if (!gmtime_r(&now, &tm) || strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &tm) == 0)
		return fail(err, -EOVERFLOW, "sign %s: the clock is out of range", url);
	if (!*region)
		region = aws_region_of(parts.host, parts.host_len, guess);
	if (str_format(&scope, "%.8s/%s/" SERVICE "/aws4_request", time, region) < 0)
		return fail_oom(err);
	r = request_hash(method, url, &parts, time, hash, err);
	if (r == 0)
		r = sign(key, region, time, scope, hash, hex, err);
	if (r < 0)
		return r;
	if (str_format(&headers.lines[0], "x-amz-content-sha256: " EMPTY_HASH) < 0 ||
		str_format(&headers.lines[1], "x-amz-date: %s", time) < 0 ||
		str_format(&headers.lines[2],
			"Authorization: " ALGORITHM
			" Credential=%s/%s, SignedHeaders=" SIGNED_HEADERS ", Signature=%s",
			key->id, scope, hex) < 0)
		return fail_oom(err);
	*ret = headers;
	headers = (CredentialHeaders){{NULL}};
	return 0;
}
