/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-openpgp: looks at OpenPGP keys and signatures for rkt and rkt-fetch (trust/openpgp.h).
 *
 *	rkt-openpgp show <KEY
 *	rkt-openpgp verify SIGNATURE-FD KEYFILE... <DATA
 *
 * The answer is lines of a word and its value on stdout:
 *
 *	error TEXT                     what was read cannot be judged
 *	hint TEXT                      behind it: what the user can do
 *
 *	fingerprint HEX                show
 *	flaw TEXT                      nothing that the key signs is accepted
 *	subkey HEX                     for each
 *	identity TEXT                  for each that the key has certified
 *
 *	good FINGERPRINT               verify: one of these comes first
 *	bad FINGERPRINT
 *	expired FINGERPRINT
 *	revoked FINGERPRINT
 *	weak HASH
 *	unknown KEYID
 *	identity TEXT                  behind "good", for each of the signer's
 */

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/number.h"
#include "base/path.h"
#include "trust/openpgp-keys.h"
#include "trust/openpgp-sandbox.h"
#include "trust/openpgp-verify.h"

#define KEYS_BYTES_MAX (16u << 20)

typedef struct File {
	const char *path;
	char *text;
	size_t len;
} File;

/* Everything is opened, and what is small is read, before the sandbox closes. */
static int read_keys(const char *const *paths, size_t n, File **ret, Error *err)
{
	File *files = calloc(n + 1, sizeof *files);
	size_t total = 0;

	if (!files)
		return fail_oom(err);
	*ret = files;
	for (size_t i = 0; i < n; i++) {
		int r = fd_read_file(
			AT_FDCWD, paths[i], KEY_FILE_MAX, &files[i].text, &files[i].len, err);

		if (r < 0)
			return r;
		files[i].path = paths[i];
		total += files[i].len;
		if (total > KEYS_BYTES_MAX)
			return fail(err, -EFBIG, "the trusted keys have more than %u bytes",
				KEYS_BYTES_MAX);
	}
	return 0;
}

static int load_keyring(rnp_ffi_t ffi, const File *files, size_t n, Error *err)
{
	for (size_t i = 0; i < n; i++) {
		Fingerprint fingerprint;
		int r = openpgp_load_key(
			ffi, files[i].path, files[i].text, files[i].len, fingerprint, err);

		if (r < 0)
			return r;
		if (!streq(fingerprint, path_base(files[i].path)))
			return fail(err, -EINVAL, "fingerprint mismatch: %s holds the key %s",
				files[i].path, fingerprint);
	}
	return 0;
}

static int print_subkeys(rnp_key_handle_t key, Error *err)
{
	size_t n = 0;
	int r = 0;

	(void)rnp_key_get_subkey_count(key, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		Fingerprint fingerprint;
		rnp_key_handle_t subkey;
		rnp_result_t result = rnp_key_get_subkey_at(key, i, &subkey);

		if (result != RNP_SUCCESS)
			return openpgp_fail(err, "no subkey", result);
		r = openpgp_fingerprint(subkey, fingerprint, err);
		if (r == 0)
			(void)printf("subkey %s\n", fingerprint);
		(void)rnp_key_handle_destroy(subkey);
	}
	return r;
}

static void print_flaw(rnp_key_handle_t key)
{
	if (openpgp_is_revoked(key))
		(void)printf("flaw the key was revoked\n");
	else if (openpgp_is_expired(key))
		(void)printf("flaw the key has expired\n");
	else if (!openpgp_is_valid(key))
		(void)printf("flaw the key has no valid signature by itself\n");
}

static int show(rnp_ffi_t ffi, const File *file, Error *err)
{
	Fingerprint fingerprint;
	rnp_key_handle_t key = NULL;
	bool primary = false;
	int r = openpgp_load_key(ffi, "the file", file->text, file->len, fingerprint, err);

	if (r < 0)
		return r;
	if (rnp_locate_key(ffi, "fingerprint", fingerprint, &key) == RNP_SUCCESS && key)
		(void)rnp_key_is_primary(key, &primary);
	if (!primary)
		return fail(err, -EINVAL, "the file does not begin with a whole key");
	(void)printf("fingerprint %s\n", fingerprint);
	print_flaw(key);
	r = print_subkeys(key, err);
	if (r == 0)
		r = openpgp_print_identities(key, err);
	(void)rnp_key_handle_destroy(key);
	return r;
}

static int run_show(rnp_ffi_t ffi, Error *err)
{
	static const char *const path[] = {"/dev/stdin"};
	File *file = NULL;
	int r = read_keys(path, 1, &file, err);

	if (r == 0)
		r = openpgp_sandbox(err);
	return r == 0 ? show(ffi, file, err) : r;
}

static int run_verify(rnp_ffi_t ffi, char **argv, size_t n, Error *err)
{
	File *keys = NULL;
	uint64_t fd;
	int r = number_parse_u64(argv[0], 65535, &fd);

	if (r < 0)
		return fail(err, r, "not a descriptor: %s", argv[0]);
	r = read_keys((const char *const *)argv + 1, n - 1, &keys, err);
	if (r == 0)
		r = openpgp_sandbox(err);
	if (r == 0)
		r = load_keyring(ffi, keys, n - 1, err);
	return r == 0 ? openpgp_verify_signature(ffi, STDIN_FILENO, (int)fd, err) : r;
}

static int run(int argc, char **argv, Error *err)
{
	rnp_ffi_t ffi;
	rnp_result_t result = rnp_ffi_create(&ffi, "GPG", "GPG");

	if (result != RNP_SUCCESS)
		return openpgp_fail(err, "librnp", result);
	if (argc == 2 && streq(argv[1], "show"))
		return run_show(ffi, err);
	if (argc >= 3 && streq(argv[1], "verify"))
		return run_verify(ffi, argv + 2, (size_t)argc - 2, err);
	return fail(err, -EINVAL, "this program is a part of rkt: use \"rkt trust\"");
}

/* librnp tells stderr of everything that it does not like, in its own words. */
static int silence(Error *err)
{
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	return null < 0 || dup2(null, STDERR_FILENO) < 0 ? fail_errno(err, -errno, "/dev/null") : 0;
}

/* All memory goes with the process, which does not even look at it. */
int main(int argc, char **argv)
{
	Error err = ERROR_INIT;
	char text[2 * ERROR_TEXT];

	if (silence(&err) < 0 || run(argc, argv, &err) < 0)
		(void)printf("error %s\n", error_message(&err, text, sizeof text));
	if (err.hint[0])
		(void)printf("hint %s\n", err.hint);
	_exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
