/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "service/metadata/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* However it is cut into parts, it is the same form. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	Form whole, bytes;

	form_init_urlencoded(&whole);
	form_take(&whole, text, size);
	form_init_urlencoded(&bytes);
	for (size_t i = 0; i < size; i++)
		form_take(&bytes, text + i, 1);
	if (form_finish(&whole) != form_finish(&bytes))
		abort();
	for (FormField i = 0; i < FORM_FIELDS; i++) {
		const StrBuf *a = form_value(&whole, i), *b = form_value(&bytes, i);

		if (!a != !b || (a && (a->len != b->len || a->len > SIGNER_CONTENT_MAX)))
			abort();
		if (a && memcmp(strbuf_text(a), strbuf_text(b), a->len) != 0)
			abort();
	}
	form_done(&whole);
	form_done(&bytes);
	return 0;
}
