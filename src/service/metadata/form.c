/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/form.h"

#include <strings.h>
#include "base/number.h"

#define PARSER_SIZE 4096

static const struct {
	const char *name;
	size_t max;
} known[FORM_FIELDS] = {
	[FORM_CONTENT] = {"content", SIGNER_CONTENT_MAX},
	[FORM_UUID] = {"uuid", 64},
	[FORM_SIGNATURE] = {"signature", 256},
};

const char *form_field_name(FormField field)
{
	return known[field].name;
}

static int find_field(const char *name, size_t len)
{
	for (int i = 0; i < FORM_FIELDS; i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return i;
	return -1;
}

/* --- multipart/form-data: what libmicrohttpd finds */

static enum MHD_Result take_part(void *to, enum MHD_ValueKind kind, const char *name,
	const char *filename, const char *type, const char *encoding, const char *data,
	uint64_t offset, size_t len)
{
	Form *f = to;
	int i = name ? find_field(name, strlen(name)) : -1;

	if (i < 0 || (f->fields[i].given && offset != f->fields[i].value.len))
		return MHD_YES;
	f->fields[i].given = true;
	strbuf_add(&f->fields[i].value, data, len);
	return MHD_YES;
}

/* --- application/x-www-form-urlencoded: libmicrohttpd takes no '=' in a value, others do */

static void put_byte(Form *f, char c)
{
	if (f->in_value && f->field >= 0)
		strbuf_putc(&f->fields[f->field].value, c);
	if (!f->in_value && f->name_len++ < sizeof f->name)
		f->name[f->name_len - 1] = c;
}

static void take_escape(Form *f, char c)
{
	int high, low;

	f->escape[f->escape_len++] = c;
	if (f->escape_len < sizeof f->escape)
		return;
	f->escape_len = 0;
	high = number_hex_digit(f->escape[1]);
	low = number_hex_digit(f->escape[2]);
	if (high < 0 || low < 0)
		f->malformed = true;
	else
		put_byte(f, (char)(high << 4 | low));
}

/* The name of a field is there. */
static void begin_value(Form *f)
{
	f->field = f->name_len <= sizeof f->name ? find_field(f->name, f->name_len) : -1;
	if (f->field >= 0 && f->fields[f->field].given)
		f->field = -1;
	if (f->field >= 0)
		f->fields[f->field].given = true;
	f->in_value = true;
}

static void end_value(Form *f)
{
	if (!f->in_value)
		begin_value(f);
	f->in_value = false;
	f->name_len = 0;
}

static void take_byte(Form *f, char c)
{
	if (f->escape_len > 0 || c == '%')
		take_escape(f, c);
	else if (c == '&')
		end_value(f);
	else if (c == '=' && !f->in_value)
		begin_value(f);
	else
		put_byte(f, c == '+' ? ' ' : c);
}

/* --- either */

static void init_fields(Form *f)
{
	*f = (Form){.field = -1};
	for (size_t i = 0; i < FORM_FIELDS; i++)
		f->fields[i].value.max = known[i].max;
}

void form_init_urlencoded(Form *f)
{
	init_fields(f);
	f->urlencoded = true;
}

void form_init(Form *f, struct MHD_Connection *connection)
{
	static const char urlencoded[] = MHD_HTTP_POST_ENCODING_FORM_URLENCODED;
	const char *type = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);

	init_fields(f);
	f->urlencoded = type && strncasecmp(type, urlencoded, sizeof urlencoded - 1) == 0;
	if (!f->urlencoded)
		/* NULL for what is no form: no field is found in it. */
		f->multipart = MHD_create_post_processor(connection, PARSER_SIZE, take_part, f);
}

void form_done(Form *f)
{
	if (f->multipart)
		(void)MHD_destroy_post_processor(f->multipart);
	for (size_t i = 0; i < FORM_FIELDS; i++)
		strbuf_done(&f->fields[i].value);
}

void form_take(Form *f, const char *data, size_t len)
{
	if (f->multipart && MHD_post_process(f->multipart, data, len) != MHD_YES)
		f->malformed = true;
	for (size_t i = 0; f->urlencoded && i < len; i++)
		take_byte(f, data[i]);
}

int form_finish(Form *f)
{
	/* What is still in the parser comes out at its end. */
	if (f->multipart && MHD_destroy_post_processor(f->multipart) != MHD_YES)
		f->malformed = true;
	f->multipart = NULL;
	if (f->urlencoded)
		end_value(f);
	for (size_t i = 0; i < FORM_FIELDS; i++)
		if (f->fields[i].value.error)
			return f->fields[i].value.error;
	return f->malformed || f->escape_len > 0 ? -EINVAL : 0;
}

const StrBuf *form_value(const Form *f, FormField field)
{
	return f->fields[field].given ? &f->fields[field].value : NULL;
}
