/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/request.h"

#include <strings.h>
#include "base/log.h"
#include "base/number.h"

#define LOG_LINE_MAX 8192

#define SMALL_ANSWER_MAX  (16u << 10) /* as many as there are connections */
#define LARGE_ANSWERS_MAX (32u << 20) /* of all others, as long as they are being sent */

Request *request_new(Service *service, struct MHD_Connection *connection)
{
	Request *q = calloc(1, sizeof *q);

	if (!q)
		return NULL;
	q->service = service;
	q->connection = connection;
	q->text.max = REGISTRATION_MAX;
	return q;
}

void request_free(Request *q)
{
	if (q->body == BODY_FORM)
		form_done(&q->form);
	strbuf_done(&q->text);
	free(q);
}

/* What clients have sent, for the log: without what a terminal would take for more than text. */
static void put_printable(StrBuf *b, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] > ' ' && text[i] < 0x7f)
			strbuf_putc(b, text[i]);
		else
			strbuf_printf(b, "%%%02X", (unsigned char)text[i]);
}

/* Tokens are secrets. They are the first word of what apps ask for, and an argument of what
 * registers pods; where they are in a path that is nothing's, nobody knows. */
static void put_path(StrBuf *b, const Request *q)
{
	const char *form = q->route ? q->route->path : "?";
	size_t word = 0;

	for (const char *c = form; *c; c++)
		if (*c != '*' && *c != '+') {
			strbuf_putc(b, *c);
		} else if (c == form + 1) {
			strbuf_puts(b, "TOKEN");
			word++;
		} else {
			put_printable(b, q->words[word], strlen(q->words[word]));
			word++;
		}
}

static void log_request(const Request *q, unsigned status)
{
	_cleanup_strbuf_ StrBuf line = STRBUF_INIT(LOG_LINE_MAX);

	put_printable(&line, q->method, strlen(q->method));
	strbuf_putc(&line, ' ');
	put_path(&line, q);
	log_line(NULL, "%s - %u", strbuf_text(&line), status);
}

static void answer(Request *q, unsigned status, struct MHD_Response *response)
{
	q->answered = true;
	q->result = MHD_NO;
	if (!response)
		return;
	q->result = MHD_queue_response(q->connection, status, response);
	MHD_destroy_response(response);
	log_request(q, status);
}

static struct MHD_Response *with_header(
	struct MHD_Response *response, const char *name, const char *value)
{
	if (response && MHD_add_response_header(response, name, value) != MHD_YES) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

/* A copy of a large text, for one answer. */
typedef struct Copy {
	size_t *total, len;
	char text[];
} Copy;

static void free_copy(void *data)
{
	Copy *copy = data;

	*copy->total -= copy->len;
	free(copy);
}

static void refuse_busy(Request *q)
{
	static const char text[] = "too much is being sent\n";
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);

	answer(q, MHD_HTTP_SERVICE_UNAVAILABLE,
		with_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "10"));
}

/* What nobody reads stays in memory: of large answers there is not more than a bound. */
static void answer_large(
	Request *q, unsigned status, const char *type, const char *text, size_t len)
{
	size_t *total = &q->service->large_answers;
	struct MHD_Response *response;
	Copy *copy;

	if (*total + len > LARGE_ANSWERS_MAX) {
		refuse_busy(q);
		return;
	}
	copy = malloc(sizeof *copy + len);
	if (!copy) {
		answer(q, status, NULL);
		return;
	}
	*copy = (Copy){.total = total, .len = len};
	memcpy(copy->text, text, len);
	*total += len;
	response = MHD_create_response_from_buffer_with_free_callback_cls(
		len, copy->text, free_copy, copy);
	if (!response)
		free_copy(copy);
	answer(q, status, with_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type));
}

void request_answer(Request *q, unsigned status, const char *type, const char *text)
{
	size_t len = strlen(text);
	struct MHD_Response *response;

	if (len > SMALL_ANSWER_MAX) {
		answer_large(q, status, type, text, len);
		return;
	}
	response = MHD_create_response_from_buffer(
		len, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	answer(q, status, with_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type));
}

static void unref(void *text)
{
	shared_text_unref(text);
}

void request_answer_shared(Request *q, const char *type, SharedText *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
		text->len, text->data, unref, text);

	if (response)
		(void)shared_text_ref(text);
	answer(q, MHD_HTTP_OK, with_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type));
}

void request_refuse(Request *q, unsigned status, const char *text)
{
	_cleanup_strbuf_ StrBuf line = STRBUF_INIT(4096);

	strbuf_printf(&line, "%s\n", text);
	request_answer(q, status, TYPE_ERROR, strbuf_text(&line));
}

void request_refuse_error(Request *q, unsigned status, const char *what, const Error *err)
{
	char message[2 * ERROR_TEXT];
	_cleanup_strbuf_ StrBuf line = STRBUF_INIT(4096);

	strbuf_printf(&line, "%s%s", what, error_message(err, message, sizeof message));
	request_refuse(q, status, strbuf_text(&line));
}

/* Whether the path has the route's form; its words. */
static bool matches(const char *form, const char *path, char words[][REQUEST_WORD_MAX])
{
	size_t n = 0;

	for (; *form; form++) {
		size_t len = *form == '*' ? strcspn(path, "/") : strlen(path);

		if (*form != '*' && *form != '+') {
			if (*form != *path++)
				return false;
			continue;
		}
		if (len == 0 || len >= REQUEST_WORD_MAX)
			return false;
		memcpy(words[n], path, len);
		words[n++][len] = '\0';
		path += len;
	}
	return *path == '\0';
}

/* A target may be a whole URL: what counts is its path. */
static const char *path_of(const char *target)
{
	static const char scheme[] = "http://";

	if (strncasecmp(target, scheme, sizeof scheme - 1) != 0)
		return target;
	target += sizeof scheme - 1;
	return target + strcspn(target, "/");
}

static bool method_is(const char *method, const char *wanted)
{
	return streq(method, wanted) ||
	       (streq(method, MHD_HTTP_METHOD_HEAD) && streq(wanted, MHD_HTTP_METHOD_GET));
}

static void refuse_method(Request *q, const char *allowed)
{
	static const char text[] = "method not allowed\n";
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);

	answer(q, MHD_HTTP_METHOD_NOT_ALLOWED,
		with_header(response, MHD_HTTP_HEADER_ALLOW, allowed));
}

void request_begin(
	Request *q, const Route *routes, size_t n, const char *method, const char *target)
{
	_cleanup_strbuf_ StrBuf allowed = STRBUF_INIT(64);
	const char *path = path_of(target);

	q->method = method;
	for (size_t i = 0; i < n; i++) {
		if (!matches(routes[i].path, path, q->words))
			continue;
		q->route = &routes[i];
		if (method_is(method, q->route->method)) {
			q->route->begin(q);
			return;
		}
		strbuf_printf(&allowed, "%s%s", allowed.len > 0 ? ", " : "", routes[i].method);
	}
	if (allowed.len > 0)
		refuse_method(q, strbuf_text(&allowed));
	else
		request_refuse(q, MHD_HTTP_NOT_FOUND, "404 page not found");
}

static size_t body_max(const Request *q)
{
	return q->body == BODY_FORM ? FORM_MAX : q->body == BODY_TEXT ? REGISTRATION_MAX : 0;
}

void request_want(Request *q, RequestBody body)
{
	const char *text = MHD_lookup_connection_value(
		q->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	uint64_t len = 0;

	q->body = body;
	if (body == BODY_FORM)
		form_init(&q->form, q->connection);
	if (text && number_parse_u64(text, UINT64_MAX, &len) == 0 && len > body_max(q))
		request_refuse(q, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
}

bool request_take(Request *q, const char *data, size_t len)
{
	q->received += len;
	if (q->received > body_max(q)) {
		log_request(q, MHD_HTTP_CONTENT_TOO_LARGE);
		return false;
	}
	if (q->body == BODY_TEXT)
		strbuf_add(&q->text, data, len);
	else
		form_take(&q->form, data, len);
	return true;
}

void request_finish(Request *q)
{
	int r = q->body == BODY_FORM ? form_finish(&q->form) : q->text.error;

	switch (r) {
	case 0: q->route->finish(q); break;
	case -EINVAL: request_refuse(q, MHD_HTTP_BAD_REQUEST, "form is malformed"); break;
	case -E2BIG: request_refuse(q, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large"); break;
	default: request_refuse(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory"); break;
	}
}
