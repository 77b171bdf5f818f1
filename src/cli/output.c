/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <stdio.h>
#include "cli/table.h"

#define OUTPUT_MAX (256u << 20)

int output_format_parse(void *target, const char *value, Error *err)
{
	OutputFormat *format = target;

	if (streq(value, "json"))
		*format = OUTPUT_JSON;
	else if (streq(value, "json-pretty"))
		*format = OUTPUT_JSON_PRETTY;
	else if (streq(value, ""))
		*format = OUTPUT_TEXT;
	else
		return fail(err, -EINVAL, "must be json or json-pretty");
	return 0;
}

int output_table(const StrBuf *cells, Error *err)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(OUTPUT_MAX);

	if (cells->error || table_align(strbuf_text(cells), &out) < 0)
		return fail_oom(err);
	(void)fputs(strbuf_text(&out), stdout);
	return 0;
}

int output_json(const Json *value, OutputFormat format, Error *err)
{
	_cleanup_free_ char *text = NULL;

	if (json_print(value, format == OUTPUT_JSON_PRETTY, &text) < 0)
		return fail_oom(err);
	(void)puts(text);
	return 0;
}
