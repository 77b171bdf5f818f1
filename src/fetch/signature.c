/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/signature.h"

#include <fcntl.h>
#include <sys/mman.h>
#include "base/fd.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "fetch/local-file.h"
#include "trust/openpgp.h"

static int locate(const FetchContext *context, const char *path, char **ret)
{
	if (context->signature)
		return str_format(ret, "%s", context->signature);
	return str_format(ret, "%s.asc", path);
}

int signature_open_file(const FetchContext *context, const char *path, Error *err)
{
	_cleanup_free_ char *asc = NULL;
	int64_t size;
	int fd;

	if (locate(context, path, &asc) < 0)
		return fail_oom(err);
	fd = local_file_open(AT_FDCWD, asc, &size, err);
	if (fd >= 0)
		return fd;
	if (context->signature)
		error_hint(err, "this is the file that --signature names");
	else if (access(path, F_OK) < 0)
		error_hint(err, "there is no image %s", path);
	else if (fd == -ENOENT)
		error_hint(err, "the image has no signature: --signature=FILE names one, "
				"--insecure-options=image goes without");
	return fd;
}

int signature_open_text(const void *text, size_t len, Error *err)
{
	_cleanup_close_ int fd = memfd_create("rkt-signature", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write(fd, text, len);

	return r < 0 ? fail_errno(err, r, "cannot hold the signature in memory") : TAKE_FD(fd);
}

static int unknown_signer(const char *name, const Keyring *keys, Error *err)
{
	/* Who has no key at all is told the same: to trust one. */
	if (keys->n > 0)
		log_line("image", "If you expected the signing key to change, try running:");
	else
		log_line("image", "No key is trusted for this image. To trust one, try running:");
	log_line("image", "    rkt trust --prefix %s", name);
	return fail(err, -EKEYREJECTED, "openpgp: signature made by unknown entity");
}

static void tell_signer(const OpenpgpKey *signer)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(4000);

	for (size_t i = 0; i < signer->n_identities; i++)
		strbuf_printf(&text, "\n  %s", signer->identities[i]);
	log_line("image", "signature verified:%s", strbuf_text(&text));
}

int signature_check_signer(const FetchContext *context, const char *what, int signature_fd,
	const char *name, Error *err)
{
	_cleanup_keyring_ Keyring keys = {0};
	_cleanup_openpgp_key_ OpenpgpKey signer = {0};
	_cleanup_close_ int nothing = memfd_create("rkt-nothing", MFD_CLOEXEC);
	OpenpgpCheck check = {.data_fd = nothing, .signature_fd = signature_fd, .keys = &keys};
	int r = nothing < 0 ? fail_errno(err, -errno, "memfd_create")
			    : keyring_load(&context->keystore, name, &keys, err);

	if (r == 0)
		r = openpgp_verify(&check, &signer, err);
	if (r == OPENPGP_UNKNOWN)
		r = unknown_signer(name, &keys, err);
	else if (r == -EKEYREJECTED) {
		/* By a key that is known, and not one of nothing: as was to be expected. */
		error_clear(err);
		return 0;
	}
	return r < 0 ? wrap(err, r, "cannot verify the signature of %s", what) : 0;
}

int signature_verify(const FetchContext *context, const char *what, int archive_fd,
	int signature_fd, const char *name, Error *err)
{
	_cleanup_keyring_ Keyring keys = {0};
	_cleanup_openpgp_key_ OpenpgpKey signer = {0};
	OpenpgpCheck check = {.data_fd = archive_fd, .signature_fd = signature_fd, .keys = &keys};
	int r = keyring_load(&context->keystore, name, &keys, err);

	if (r == 0)
		r = openpgp_verify(&check, &signer, err);
	if (r == OPENPGP_UNKNOWN)
		r = unknown_signer(name, &keys, err);
	if (r < 0)
		return wrap(err, r, "cannot verify the signature of %s", what);
	tell_signer(&signer);
	return 0;
}
