/* SPDX-License-Identifier: Apache-2.0 */
#include "image/archive.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "fetch/local-file.h"

int archive_open(Archive *ret, const Store *s, const char *key, Error *err)
{
	_cleanup_free_ char *path = NULL;
	Archive a = ARCHIVE_INIT;

	if (str_format(&path, "blob/%s", key) < 0)
		return fail_oom(err);
	a.fd = local_file_open(s->cas_fd, path, &a.size, err);
	if (a.fd < 0)
		return a.fd;
	a.intake = (IntakeOptions){.size = a.size, .tar_kind = DIGEST_SHA512, .max_tar = INT64_MAX};
	*ret = a;
	return 0;
}

void archive_done(Archive *a)
{
	a->fd = fd_close(a->fd);
}

int archive_produce(void *userdata, Sink sink, Error *err)
{
	const Archive *a = userdata;

	return local_file_send(a->fd, 0, a->size, sink, err);
}

int archive_check(const char *key, const char *hex, Error *err)
{
	const char *expected = startswith(key, "sha512-");
	size_t len = STORE_KEY_LEN - (sizeof "sha512-" - 1);

	if (strncmp(expected, hex, len) == 0)
		return 0;
	return fail(err, -EBADMSG, "image hash does not match expected (sha512-%.*s != %s)",
		(int)len, hex, key);
}
