/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/openpgp-verify.h"

#include <stdio.h>
#include "base/fd.h"
#include "trust/openpgp-keys.h"
#include "trust/openpgp.h"
#include "trust/signature-packets.h"

/* How far the data was read, and whether that worked. */
typedef struct Reader {
	int fd;
	int error;
	bool at_end;
} Reader;

/* In the order of what they say to the user. */
typedef enum Verdict {
	VERDICT_UNKNOWN,
	VERDICT_WEAK,
	VERDICT_EXPIRED,
	VERDICT_REVOKED,
	VERDICT_BAD,
	VERDICT_GOOD,
} Verdict;

static const char *const verdict_words[] = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_WEAK] = "weak",
	[VERDICT_EXPIRED] = "expired",
	[VERDICT_REVOKED] = "revoked",
	[VERDICT_BAD] = "bad",
	[VERDICT_GOOD] = "good",
};

typedef struct Finding {
	Verdict verdict;
	char detail[64];         /* key ID, fingerprint or hash */
	rnp_key_handle_t signer; /* the primary key; NULL when unknown */
} Finding;

/* Whoever can find two files with one hash can move a signature from one to the other. */
static const char *const strong_hashes[] = {
	"SHA256", "SHA384", "SHA512", "SHA224", "SHA3-256", "SHA3-512"};

static bool read_data(void *userdata, void *buf, size_t len, size_t *ret)
{
	Reader *reader = userdata;
	ssize_t n = fd_read(reader->fd, buf, len);

	reader->error = n < 0 ? (int)n : 0;
	reader->at_end = n >= 0 && (size_t)n < len;
	*ret = n < 0 ? 0 : (size_t)n;
	return n >= 0;
}

/* Takes the armor off, if there is one. What is in it must be signatures and nothing else. */
static int read_signatures(int fd, uint8_t *buf, size_t *ret_len, Error *err)
{
	rnp_input_t input = NULL;
	rnp_output_t output = NULL;
	uint8_t *plain = NULL;
	size_t len = 0;
	ssize_t n = fd_read(fd, buf, SIGNATURE_FILE_MAX + 1);

	if (n < 0)
		return fail_errno(err, (int)n, "cannot read the signature");
	if (n > SIGNATURE_FILE_MAX)
		return fail(
			err, -EFBIG, "the signature has more than %u bytes", SIGNATURE_FILE_MAX);
	if (n > 0 && !(buf[0] & 0x80) &&
		rnp_input_from_memory(&input, buf, (size_t)n, true) == RNP_SUCCESS &&
		rnp_output_to_memory(&output, SIGNATURE_FILE_MAX) == RNP_SUCCESS &&
		rnp_dearmor(input, output) == RNP_SUCCESS &&
		rnp_output_memory_get_buf(output, &plain, &len, false) == RNP_SUCCESS &&
		len <= (size_t)n) {
		memcpy(buf, plain, len);
		n = (ssize_t)len;
	}
	(void)rnp_output_destroy(output);
	(void)rnp_input_destroy(input);
	*ret_len = (size_t)n;
	return signature_packets_only(buf, (size_t)n)
		       ? 0
		       : fail(err, -EINVAL,
				 "keystore: no valid signatures found in signature file");
}

/* The key that answers for the one that signed: itself, or the one that it is a subkey of. */
static rnp_key_handle_t primary_of(rnp_ffi_t ffi, rnp_key_handle_t key)
{
	rnp_key_handle_t primary = NULL;
	char *fingerprint = NULL;
	bool is_primary = false;

	if (rnp_key_is_primary(key, &is_primary) == RNP_SUCCESS && is_primary)
		return key;
	if (rnp_key_get_primary_fprint(key, &fingerprint) == RNP_SUCCESS && fingerprint)
		(void)rnp_locate_key(ffi, "fingerprint", fingerprint, &primary);
	rnp_buffer_destroy(fingerprint);
	return primary;
}

/* Whether the key can sign and its owner says so. */
static bool may_sign(rnp_key_handle_t key)
{
	bool signs = false;

	return openpgp_is_valid(key) && rnp_key_allows_usage(key, "sign", &signs) == RNP_SUCCESS &&
	       signs;
}

static Verdict judge_key(rnp_key_handle_t primary, rnp_key_handle_t key)
{
	if (openpgp_is_revoked(primary) || openpgp_is_revoked(key))
		return VERDICT_REVOKED;
	if (openpgp_is_expired(primary) || openpgp_is_expired(key))
		return VERDICT_EXPIRED;
	return may_sign(key) ? VERDICT_GOOD : VERDICT_BAD;
}

static bool is_weak(rnp_op_verify_signature_t signature, char *ret_hash, size_t size)
{
	char *hash = NULL;
	bool weak = true;

	if (rnp_op_verify_signature_get_hash(signature, &hash) != RNP_SUCCESS)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(strong_hashes); i++)
		weak = weak && !streq(hash, strong_hashes[i]);
	(void)snprintf(ret_hash, size, "%s", hash);
	rnp_buffer_destroy(hash);
	return weak;
}

/* The issuer that the signature claims to have, for the user. */
static void name_issuer(rnp_op_verify_signature_t signature, char *ret, size_t size)
{
	rnp_signature_handle_t handle = NULL;
	char *id = NULL;

	(void)rnp_op_verify_signature_get_handle(signature, &handle);
	if (handle && rnp_signature_get_keyid(handle, &id) == RNP_SUCCESS && id)
		(void)snprintf(ret, size, "%s", id);
	rnp_buffer_destroy(id);
	(void)rnp_signature_handle_destroy(handle);
}

static Finding judge(rnp_ffi_t ffi, rnp_op_verify_signature_t signature)
{
	rnp_result_t status = rnp_op_verify_signature_get_status(signature);
	Finding f = {.verdict = VERDICT_UNKNOWN};
	rnp_key_handle_t key = NULL;
	char *fingerprint = NULL;

	if (rnp_op_verify_signature_get_key(signature, &key) != RNP_SUCCESS || !key) {
		name_issuer(signature, f.detail, sizeof f.detail);
		return f;
	}
	f.signer = primary_of(ffi, key);
	if (!f.signer)
		return f;
	if (is_weak(signature, f.detail, sizeof f.detail)) {
		f.verdict = VERDICT_WEAK;
		return f;
	}
	f.verdict = judge_key(f.signer, key);
	if (f.verdict == VERDICT_GOOD && status == RNP_ERROR_SIGNATURE_EXPIRED)
		f.verdict = VERDICT_EXPIRED;
	else if (f.verdict == VERDICT_GOOD && status != RNP_SUCCESS)
		f.verdict = VERDICT_BAD;
	(void)rnp_key_get_fprint(key, &fingerprint);
	(void)snprintf(f.detail, sizeof f.detail, "%s", fingerprint ? fingerprint : "");
	rnp_buffer_destroy(fingerprint);
	return f;
}

static int tell(rnp_ffi_t ffi, rnp_op_verify_t op, Error *err)
{
	Finding best = {.verdict = VERDICT_UNKNOWN};
	size_t n = 0;

	(void)rnp_op_verify_get_signature_count(op, &n);
	for (size_t i = 0; i < n; i++) {
		rnp_op_verify_signature_t signature;
		Finding f;

		if (rnp_op_verify_get_signature_at(op, i, &signature) != RNP_SUCCESS)
			continue;
		f = judge(ffi, signature);
		if (i == 0 || f.verdict > best.verdict)
			best = f;
	}
	if (n == 0)
		return fail(err, -EINVAL, "keystore: no valid signatures found in signature file");
	(void)printf("%s %s\n", verdict_words[best.verdict], best.detail);
	return best.verdict == VERDICT_GOOD ? openpgp_print_identities(best.signer, err) : 0;
}

int openpgp_verify_signature(rnp_ffi_t ffi, int data_fd, int signature_fd, Error *err)
{
	static uint8_t buf[SIGNATURE_FILE_MAX + 1];
	Reader reader = {.fd = data_fd};
	rnp_input_t data = NULL, signature = NULL;
	rnp_op_verify_t op = NULL;
	rnp_result_t result;
	size_t len = 0;
	int r = read_signatures(signature_fd, buf, &len, err);

	if (r < 0)
		return r;
	result = rnp_input_from_memory(&signature, buf, len, false);
	if (result == RNP_SUCCESS)
		result = rnp_input_from_callback(&data, read_data, NULL, &reader);
	if (result == RNP_SUCCESS)
		result = rnp_op_verify_detached_create(&op, ffi, data, signature);
	if (result != RNP_SUCCESS)
		return openpgp_fail(err, "librnp", result);
	/* What it returns is said again, and more exactly, by each signature. */
	(void)rnp_op_verify_execute(op);
	if (reader.error < 0)
		return fail_errno(err, reader.error, "cannot read the image");
	if (!reader.at_end)
		return fail(err, -EINVAL, "librnp did not look at the whole image");
	return tell(ffi, op, err);
}
