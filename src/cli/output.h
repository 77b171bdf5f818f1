/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Results on stdout: tables and JSON. */

#include "base/json.h"
#include "base/strbuf.h"
#include "cli/option.h"

typedef enum OutputFormat {
	OUTPUT_TEXT,
	OUTPUT_JSON,
	OUTPUT_JSON_PRETTY,
} OutputFormat;

/* For OPTION_PARSED rows whose target is an OutputFormat. */
int output_format_parse(void *target, const char *value, Error *err);

/* The row of --format. */
#define OUTPUT_FORMAT_ROW(at)                                                                      \
	{                                                                                          \
		.name = "format", .kind = OPTION_PARSED, .offset = (at), .value_name = "FORMAT",   \
		.help = "print JSON instead of text: json (one line) or json-pretty",              \
		.parse = output_format_parse, .words = "json json-pretty"                          \
	}

/* Aligns and prints what was collected, "\t" between cells. */
int output_table(const StrBuf *cells, Error *err);

/* Prints a value and a newline. -ENOMEM also for NULL, a value whose making ran out of memory. */
int output_json(const Json *value, OutputFormat format, Error *err);
