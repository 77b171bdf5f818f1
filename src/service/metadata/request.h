/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One request to the metadata service: what it asks for, by a table of routes, what it brings
 * along, and its answer. */

#include <microhttpd.h>
#include "service/metadata/form.h"
#include "service/metadata/registrations.h"
#include "service/metadata/signer.h"

/* What all requests are about. */
typedef struct Service {
	Registrations registrations;
	Signer signer;
	size_t large_answers; /* bytes of them that are being sent */
} Service;

typedef struct Request Request;

/* A method and a path. In the path "*" stands for one part of it and "+" for all that is left, none
 * of them empty: the request's words. */
typedef struct Route {
	const char *method, *path; /* "GET" is "HEAD" as well */

	/* Called when the head of the request is there. It answers, or asks for the body. */
	void (*begin)(Request *q);

	/* Called when the body, which begin() has asked for, is there. It answers. */
	void (*finish)(Request *q);
} Route;

typedef enum RequestBody {
	BODY_NONE,
	BODY_TEXT,
	BODY_FORM,
} RequestBody;

#define REQUEST_WORDS    3
#define REQUEST_WORD_MAX 512

struct Request {
	Service *service;
	struct MHD_Connection *connection;
	const char *method; /* NULL until its head is there */
	const Route *route; /* of that path, if there is one */
	char words[REQUEST_WORDS][REQUEST_WORD_MAX];
	RequestBody body;
	size_t received; /* bytes of the body */
	StrBuf text;     /* BODY_TEXT */
	Form form;       /* BODY_FORM */
	bool answered;
	enum MHD_Result result; /* of the answer */
};

/* NULL when memory is out. */
Request *request_new(Service *service, struct MHD_Connection *connection);
void request_free(Request *q);

/* The head is there: finds the route, and answers or goes on to take the body. */
void request_begin(
	Request *q, const Route *routes, size_t n, const char *method, const char *target);

/* Takes a part of the body. False when there is more than anybody may send: the connection is to be
 * closed. */
bool request_take(Request *q, const char *data, size_t len);

/* The body has come to its end. */
void request_finish(Request *q);

/* In Route.begin: asks for the body. */
void request_want(Request *q, RequestBody body);

/* Answers. The text is copied, the shared one has one more owner. In place of a large text there is
 * 503 when too many of them are being sent. */
#define TYPE_TEXT  "text/plain; charset=us-ascii"
#define TYPE_ERROR "text/plain; charset=utf-8"
#define TYPE_JSON  "application/json"
void request_answer(Request *q, unsigned status, const char *type, const char *text);
void request_answer_shared(Request *q, const char *type, SharedText *text);

/* With the text and a newline, as errors are told; with that of an Error. */
void request_refuse(Request *q, unsigned status, const char *text);
void request_refuse_error(Request *q, unsigned status, const char *what, const Error *err);
