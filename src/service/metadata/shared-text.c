/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/shared-text.h"

#include <string.h>

SharedText *shared_text_new(const char *text, size_t len)
{
	SharedText *t = malloc(sizeof *t + len + 1);

	if (!t)
		return NULL;
	t->references = 1;
	t->len = len;
	memcpy(t->data, text, len);
	t->data[len] = '\0';
	return t;
}

SharedText *shared_text_ref(SharedText *t)
{
	if (t)
		t->references++;
	return t;
}

void shared_text_unref(SharedText *t)
{
	if (t && --t->references == 0)
		free(t);
}
