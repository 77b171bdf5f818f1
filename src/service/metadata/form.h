/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What forms bring along: fields with values, in either of the encodings of HTML, taken as it comes
 * and not kept otherwise. */

#include <microhttpd.h>
#include "base/strbuf.h"
#include "service/metadata/signer.h"

/* A value may be written with three bytes for one of its own. */
#define FORM_MAX (3 * SIGNER_CONTENT_MAX + 4096)

/* The fields that there are. */
typedef enum FormField {
	FORM_CONTENT,
	FORM_UUID,
	FORM_SIGNATURE,
	FORM_FIELDS,
} FormField;

typedef struct Form {
	struct {
		StrBuf value;
		bool given;
	} fields[FORM_FIELDS];
	struct MHD_PostProcessor *multipart; /* NULL: the other encoding, if any, whose state is: */
	bool urlencoded, in_value, malformed;
	int field;       /* which one it is in; -1: one that nobody asks for */
	char name[16];   /* as far as it has come */
	size_t name_len; /* which may be more than fits */
	char escape[3];  /* "%4", as far as it has come */
	size_t escape_len;
} Form;

/* For a request that brings a form. */
void form_init(Form *f, struct MHD_Connection *connection);
void form_done(Form *f);

/* The same for one that is URL-encoded. */
void form_init_urlencoded(Form *f);

/* Takes the next part of it. Names that no field has are passed over, and of a field that is there
 * twice the first value counts. */
void form_take(Form *f, const char *data, size_t len);

/* Behind the last part. 0; -EINVAL for what is no form, -E2BIG for a value that is too large, or
 * -ENOMEM. */
int form_finish(Form *f);

const char *form_field_name(FormField field);

/* NULL: not given. */
const StrBuf *form_value(const Form *f, FormField field);
