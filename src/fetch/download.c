/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/download.h"

#include <time.h>
#include "base/strbuf.h"
#include "store/digest.h"
#include "store/partial.h"

#define ATTEMPTS_MAX    5  /* without progress in between */
#define RETRY_AFTER_MAX 60 /* seconds; who wants more patience is told to come again */
#define REPLAY_CHUNK    (1u << 20)
#define PROGRESS_MIN    (1u << 20) /* bytes between two failures that make them two */

typedef struct Attempts {
	const Download *d;
	Partial partial;
	uint64_t delivered; /* bytes that the sink has got */
	uint64_t skip;      /* bytes of this answer that it has got already */
	uint64_t offset;    /* that this attempt has asked for */
	bool restart;       /* this answer was not taken: it can be continued from a part */
	bool no_part;       /* the part was of no use */
	bool sink_failed;
	char validator[256]; /* of the resource, as for If-Range; "" when there is none */
	unsigned failures;   /* in a row */
	uint64_t delivered_at_failure;
} Attempts;

/* What ties parts together: a strong ETag, or else a date. */
static const char *validator_of(const HttpResponse *re)
{
	if (re->etag[0] == '"')
		return re->etag;
	return re->last_modified;
}

/* A part that cannot be kept is none: the download goes on without. */
static void keep(Attempts *a, const void *data, size_t len)
{
	if (a->partial.fd >= 0 && partial_append(&a->partial, data, len) < 0)
		partial_remove(&a->partial);
}

static int deliver(Attempts *a, const void *data, size_t len, Error *err)
{
	int r = sink_write(&a->d->body, data, len, err);

	a->delivered += len;
	a->sink_failed = r < 0;
	return r;
}

static int take(void *userdata, const void *data, size_t len, Error *err)
{
	Attempts *a = userdata;
	size_t known = (size_t)MIN((uint64_t)len, a->skip);

	a->skip -= known;
	if (known == len)
		return 0;
	data = (const char *)data + known;
	keep(a, data, len - known);
	return deliver(a, data, len - known, err);
}

/* Gives the sink what came at an earlier attempt. */
static int replay(Attempts *a, Error *err)
{
	_cleanup_free_ char *buf = malloc(REPLAY_CHUNK);
	uint64_t at = 0;

	if (!buf)
		return fail_oom(err);
	while (at < a->partial.len) {
		ssize_t n = pread(a->partial.fd, buf, REPLAY_CHUNK, (off_t)at);
		int r;

		if (n <= 0)
			return fail_errno(err, n < 0 ? -errno : -EIO, "read %s", a->partial.name);
		r = deliver(a, buf, (size_t)n, err);
		if (r < 0)
			return r;
		at += (uint64_t)n;
	}
	return 0;
}

/* The name for parts of the resource as it is now. */
static int name_by_validator(const Attempts *a, char ret[static DIGEST_HEX_MAX + 1], Error *err)
{
	_cleanup_free_ char *text = NULL;

	if (str_format(&text, "%s\n%s", a->d->url, a->validator) < 0)
		return fail_oom(err);
	return digest_buffer(DIGEST_SHA256, text, strlen(text), ret, err);
}

/* The first answer of a resource that is known by its URL: now a part of it can be looked for. */
static int open_by_validator(Attempts *a, const HttpResponse *response, Error *err)
{
	char name[DIGEST_HEX_MAX + 1];
	int r = name_by_validator(a, name, err);

	if (r < 0)
		return r;
	/* Without it the download works as well. */
	if (partial_open(a->d->store, name, &a->partial, NULL) < 0 || a->partial.len == 0)
		return 0;
	if (!response->accepts_ranges)
		return partial_truncate(&a->partial);
	a->restart = true;
	return -ECANCELED;
}

static int begin_whole(Attempts *a, const HttpResponse *response, Error *err)
{
	const char *validator = validator_of(response);

	if (a->delivered > 0) {
		if (!a->d->digest && !streq(validator, a->validator))
			return fail(err, -ESTALE, "GET %s: it changed while it was downloaded",
				a->d->url);
		a->skip = a->delivered;
		return 0;
	}
	(void)snprintf(a->validator, sizeof a->validator, "%s", validator);
	if (a->partial.fd >= 0 && a->d->digest)
		return partial_truncate(&a->partial);
	/* Named by what the resource was at the last attempt. */
	if (a->partial.fd >= 0) {
		partial_remove(&a->partial);
		return 0;
	}
	return a->d->url_kept && a->validator[0] ? open_by_validator(a, response, err) : 0;
}

static int begin(void *userdata, const HttpResponse *response, Error *err)
{
	Attempts *a = userdata;

	if (response->status == HTTP_OK)
		return begin_whole(a, response, err);
	if (response->range_start != a->offset)
		return fail(err, -EPROTO, "GET %s: the server sent another range than asked for",
			a->d->url);
	return a->delivered == 0 ? replay(a, err) : 0;
}

static int attempt(Attempts *a, HttpResponse *ret, Error *err)
{
	const Download *d = a->d;
	char if_range[300], if_none_match[300];
	HttpRequest request = {.url = d->url,
		.accept = d->accept,
		.max_body = d->max_body,
		.begin = begin,
		.body = {take, a}};

	a->skip = 0;
	a->restart = false;
	a->offset = a->delivered > 0 ? a->delivered : a->partial.fd >= 0 ? a->partial.len : 0;
	request.offset = a->offset;
	if (a->offset > 0 && !d->digest) {
		(void)snprintf(if_range, sizeof if_range, "If-Range: %s", a->validator);
		http_add_header(&request, if_range);
	}
	if (a->offset == 0 && d->if_none_match) {
		(void)snprintf(
			if_none_match, sizeof if_none_match, "If-None-Match: %s", d->if_none_match);
		http_add_header(&request, if_none_match);
	}
	return d->ask(d->userdata, &request, ret, err);
}

/* Whether it may be different next time. A host that has never answered is more likely mistyped
 * than away for a moment. */
static bool is_transient(const Attempts *a, int r, const HttpResponse *response)
{
	if (r == 0)
		return http_status_is_busy(response->status);
	if (r == -EPIPE || r == -ETIMEDOUT || r == -ECONNRESET)
		return true;
	return http_error_is_network(r) && (a->d->digest || a->delivered > 0);
}

/* Whether the bytes that came so far can be continued or none have come. */
static bool may_repeat(const Attempts *a, int r, const HttpResponse *response)
{
	if (a->sink_failed || (a->delivered > 0 && !a->d->digest && !a->validator[0]))
		return false;
	return is_transient(a, r, response);
}

/* Silence takes half a minute each time: once more is enough. */
static bool count_failure(Attempts *a, int r)
{
	if (a->delivered - a->delivered_at_failure >= PROGRESS_MIN)
		a->failures = 0;
	a->delivered_at_failure = a->delivered;
	a->failures += r == -ETIMEDOUT ? ATTEMPTS_MAX - 1 : 1;
	return a->failures < ATTEMPTS_MAX;
}

/* Waits before the next attempt, twice as long each time. False when the server wants more time
 * than anybody would wait. */
static bool wait_for_next(Attempts *a, int r, const HttpResponse *response, const Error *why)
{
	char text[ERROR_TEXT];
	time_t seconds = 1 << (a->failures - 1);
	struct timespec ts;

	if (r == 0 && response->retry_after > 0)
		seconds = response->retry_after;
	if (seconds > RETRY_AFTER_MAX)
		return false;
	if (r == 0)
		(void)snprintf(text, sizeof text, "GET %s: HTTP status code %ld", a->d->url,
			response->status);
	progress_note(a->d->progress, "%s; trying again in %lld s",
		r == 0 ? text : error_message(why, text, sizeof text), (long long)seconds);
	ts = (struct timespec){.tv_sec = seconds};
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		continue;
	return true;
}

/* Whether a part on disk has turned out to be of no use, and was dropped for that. */
static bool drop_part(Attempts *a, int r, const HttpResponse *response)
{
	if (r < 0 || response->status != HTTP_RANGE_NOT_SATISFIABLE || a->offset == 0 ||
		a->delivered > 0 || a->no_part)
		return false;
	a->no_part = true;
	return partial_truncate(&a->partial) == 0;
}

static int repeat(Attempts *a, HttpResponse *ret, Error *err)
{
	for (;;) {
		int r = attempt(a, ret, err);

		if (a->restart || drop_part(a, r, ret))
			continue;
		if (!may_repeat(a, r, ret))
			return r;
		if (!count_failure(a, r) || !wait_for_next(a, r, ret, err))
			return r;
		if (err)
			error_clear(err);
	}
}

int download_run(const Download *d, HttpResponse *ret, Error *err)
{
	_cleanup_partial_ Partial unfinished = PARTIAL_INIT;
	Attempts a = {.d = d, .partial = PARTIAL_INIT};
	int r;

	if (d->digest)
		(void)partial_open(d->store, d->digest, &a.partial, NULL);
	r = repeat(&a, ret, err);
	if (r == 0 && ret->status == HTTP_PARTIAL_CONTENT)
		ret->status = HTTP_OK;
	/* What another part of the fetch has canceled may be wanted again; what the sink refused
	 * never. */
	if ((r == 0 && ret->status == HTTP_OK) || (a.sink_failed && r != -ECANCELED))
		partial_remove(&a.partial);
	unfinished = a.partial;
	return r;
}
