/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/openpgp-keys.h"

#include <ctype.h>
#include <stdio.h>
#include "base/json.h"

#define PUBLIC_ARMOR "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define SECRET_ARMOR "-----BEGIN PGP PRIVATE KEY BLOCK-----"

DEFINE_CLEANUP(rnp_input_t, rnp_input_destroy)

static void rnp_freep(char **p)
{
	rnp_buffer_destroy(*p);
}

#define _cleanup_input_ _cleanup_(rnp_input_destroyp)
#define _cleanup_rnp_   _cleanup_(rnp_freep)

int openpgp_fail(Error *err, const char *what, rnp_result_t result)
{
	return fail(err, -EINVAL, "%s: %s", what, rnp_result_to_string(result));
}

static int to_fingerprint(const char *text, Fingerprint ret, Error *err)
{
	size_t len = strlen(text);

	if (len != KEY_FINGERPRINT_LEN)
		return fail(err, -EINVAL, "this is no OpenPGP key of version 4");
	for (size_t i = 0; i <= len; i++)
		ret[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}

int openpgp_fingerprint(rnp_key_handle_t key, Fingerprint ret, Error *err)
{
	_cleanup_rnp_ char *text = NULL;
	rnp_result_t result = rnp_key_get_fprint(key, &text);

	return result == RNP_SUCCESS ? to_fingerprint(text, ret, err)
				     : openpgp_fail(err, "no fingerprint", result);
}

/* Of what was loaded, the first is the key, and behind it are its subkeys. */
static int loaded_key(const char *results, Fingerprint ret, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	const char *fingerprint;
	Json *document;
	int r = json_parse(&arena, results, strlen(results), "librnp", &document, err);

	if (r < 0)
		return r;
	fingerprint = json_text(json_get(json_first(json_get(document, "keys")), "fingerprint"));
	if (!fingerprint)
		return fail(err, -EINVAL, "no key was found");
	return to_fingerprint(fingerprint, ret, err);
}

/* Text ends at a NUL; what would stand behind one is no text. */
static int check_armor(const char *what, const char *text, size_t len, Error *err)
{
	if (strlen(text) == len && strstr(text, SECRET_ARMOR))
		return fail(err, -EINVAL, "%s has a secret key in it, not a public one", what);
	if (strlen(text) == len && strstr(text, PUBLIC_ARMOR))
		return 0;
	(void)fail(err, -EINVAL, "%s is not an ASCII-armored public key", what);
	error_hint(err, "\"gpg --armor --export\" makes one");
	return -EINVAL;
}

int openpgp_load_key(rnp_ffi_t ffi, const char *what, const char *text, size_t len,
	Fingerprint ret_fingerprint, Error *err)
{
	_cleanup_input_ rnp_input_t input = NULL;
	_cleanup_rnp_ char *results = NULL;
	rnp_result_t result;
	int r = check_armor(what, text, len, err);

	if (r < 0)
		return r;
	/* What stands before the armor is no part of it. */
	len -= (size_t)(strstr(text, PUBLIC_ARMOR) - text);
	text = strstr(text, PUBLIC_ARMOR);
	result = rnp_input_from_memory(&input, (const uint8_t *)text, len, false);
	if (result == RNP_SUCCESS)
		result = rnp_import_keys(
			ffi, input, RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SINGLE, &results);
	if (result != RNP_SUCCESS)
		return openpgp_fail(err, what, result);
	r = loaded_key(results, ret_fingerprint, err);
	return r < 0 ? wrap(err, r, "%s", what) : 0;
}

bool openpgp_is_revoked(rnp_key_handle_t key)
{
	bool is = true;

	return rnp_key_is_revoked(key, &is) != RNP_SUCCESS || is;
}

bool openpgp_is_expired(rnp_key_handle_t key)
{
	bool is = true;

	return rnp_key_is_expired(key, &is) != RNP_SUCCESS || is;
}

bool openpgp_is_valid(rnp_key_handle_t key)
{
	bool is = false;

	return rnp_key_is_valid(key, &is) == RNP_SUCCESS && is;
}

static int print_identity(rnp_uid_handle_t identity, Error *err)
{
	_cleanup_rnp_ char *text = NULL;
	rnp_result_t result;
	uint32_t type = 0;
	bool valid = false;
	size_t len = 0;

	(void)rnp_uid_get_type(identity, &type);
	(void)rnp_uid_is_valid(identity, &valid);
	if (type != RNP_USER_ID || !valid)
		return 0;
	result = rnp_uid_get_data(identity, (void **)&text, &len);
	if (result != RNP_SUCCESS)
		return openpgp_fail(err, "no identity", result);
	/* A line is a line; what else must not reach a terminal is for the reader to see to. */
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n' || text[i] == '\0')
			text[i] = '?';
	(void)printf("identity %.*s\n", (int)MIN(len, (size_t)ERROR_TEXT), text);
	return 0;
}

int openpgp_print_identities(rnp_key_handle_t key, Error *err)
{
	size_t n = 0;
	int r = 0;

	(void)rnp_key_get_uid_count(key, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		rnp_uid_handle_t identity;
		rnp_result_t result = rnp_key_get_uid_handle_at(key, i, &identity);

		if (result != RNP_SUCCESS)
			return openpgp_fail(err, "no identity", result);
		r = print_identity(identity, err);
		(void)rnp_uid_handle_destroy(identity);
	}
	return r;
}
