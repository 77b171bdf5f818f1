/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/api.h"

#include <ctype.h>
#include "spec/json-fields.h"

/* q->words: UUID, app. UUIDs are told apart by their text. */
static bool take_uuid(Request *q)
{
	char *uuid = q->words[0], quoted[QUOTED_MAX];
	Error err = ERROR_INIT;

	for (char *c = uuid; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (uuid_valid(uuid))
		return true;
	fail(&err, -EINVAL, "%s", text_quoted(uuid, quoted, sizeof quoted));
	request_refuse_error(q, MHD_HTTP_BAD_REQUEST, "UUID is missing or malformed: ", &err);
	return false;
}

static const char *token_of(const Request *q)
{
	return MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, "token");
}

static void answer_put(Request *q, int r, const Error *err)
{
	switch (r) {
	case 0: request_answer(q, MHD_HTTP_OK, TYPE_ERROR, ""); break;
	case -EINVAL:
		request_refuse_error(q, MHD_HTTP_BAD_REQUEST, "JSON-decoding failed: ", err);
		break;
	case -EBADMSG:
	case -EEXIST: request_refuse_error(q, MHD_HTTP_BAD_REQUEST, "", err); break;
	case -ENOENT: request_refuse_error(q, MHD_HTTP_NOT_FOUND, "", err); break;
	case -ENOSPC: request_refuse_error(q, MHD_HTTP_INSUFFICIENT_STORAGE, "", err); break;
	default: request_refuse_error(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "", err); break;
	}
}

static void begin_pod(Request *q)
{
	const char *token = token_of(q);

	if (!take_uuid(q))
		return;
	if (token && *token)
		request_want(q, BODY_TEXT);
	else
		request_refuse(q, MHD_HTTP_BAD_REQUEST, "token missing");
}

static void put_pod(Request *q)
{
	Error err = ERROR_INIT;
	int r = registrations_put_pod(&q->service->registrations, q->words[0], token_of(q),
		strbuf_text(&q->text), q->text.len, &err);

	answer_put(q, r, &err);
}

static void begin_app(Request *q)
{
	if (take_uuid(q))
		request_want(q, BODY_TEXT);
}

static void put_app(Request *q)
{
	Error err = ERROR_INIT;
	int r = registrations_put_app(&q->service->registrations, q->words[0], q->words[1],
		strbuf_text(&q->text), q->text.len, &err);

	answer_put(q, r, &err);
}

static void delete_pod(Request *q)
{
	if (!take_uuid(q))
		return;
	if (registrations_remove(&q->service->registrations, q->words[0]) < 0)
		request_refuse(q, MHD_HTTP_NOT_FOUND, "pod not found");
	else
		request_answer(q, MHD_HTTP_OK, TYPE_ERROR, "");
}

const Route registration_routes[] = {
	{MHD_HTTP_METHOD_PUT, "/pods/*", begin_pod, put_pod},
	{MHD_HTTP_METHOD_DELETE, "/pods/*", delete_pod, NULL},
	{MHD_HTTP_METHOD_PUT, "/pods/*/*", begin_app, put_app},
};
const size_t n_registration_routes = ARRAY_LEN(registration_routes);
