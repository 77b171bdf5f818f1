/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/openpgp-answer.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

static char *copy(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	require(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

static void require_printable(const OpenpgpKey *key)
{
	for (size_t i = 0; i < key->n_identities; i++)
		for (const char *s = key->identities[i]; *s; s++)
			require((unsigned char)*s >= 0x20 && *s != 0x7f);
	for (size_t i = 0; i < key->n_subkeys; i++)
		require(key_fingerprint_valid(key->subkeys[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_openpgp_key_ OpenpgpKey shown = {0}, verified = {0};
	_cleanup_free_ char *first = copy(data, size), *second = copy(data, size);

	if (openpgp_answer_show(first, size, &shown, NULL) == 0)
		require(key_fingerprint_valid(shown.fingerprint));
	(void)openpgp_answer_verify(second, size, &verified, NULL);
	require_printable(&shown);
	require_printable(&verified);
	return 0;
}
