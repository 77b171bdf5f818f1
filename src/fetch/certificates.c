/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/certificates.h"

#include <dirent.h>
#include <fcntl.h>
#include "base/fd.h"

void certificates_done(Certificates *c)
{
	strbuf_done(&c->authorities);
	free(c->client_cert);
	free(c->client_key);
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && streq(name + len - n, suffix);
}

static int add_authority(int dir_fd, const char *name, Certificates *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(dir_fd, name, CERTIFICATES_MAX, &text, &len, err);

	if (r < 0)
		return r;
	strbuf_add(&ret->authorities, text, len);
	strbuf_putc(&ret->authorities, '\n');
	if (ret->authorities.error == -E2BIG)
		return fail(err, -EFBIG, "%s is too much: at most %u bytes of authorities", name,
			CERTIFICATES_MAX);
	return ret->authorities.error < 0 ? fail_oom(err) : 0;
}

static int set_client(int dir_fd, const char *dir, const char *cert, Certificates *ret, Error *err)
{
	_cleanup_free_ char *key = NULL;
	int r;

	if (ret->client_cert)
		return 0;
	r = str_format(&key, "%.*s.key", (int)(strlen(cert) - strlen(".cert")), cert);
	if (r == 0 && faccessat(dir_fd, key, R_OK, 0) < 0)
		return fail(err, -EINVAL, "%s/%s has no readable %s beside it", dir, cert, key);
	if (r == 0)
		r = str_format(&ret->client_key, "%s/%s", dir, key);
	if (r == 0)
		r = str_format(&ret->client_cert, "%s/%s", dir, cert);
	return r < 0 ? fail_oom(err) : 0;
}

static int add_file(int dir_fd, const char *dir, const char *name, Certificates *ret, Error *err)
{
	if (has_suffix(name, ".crt"))
		return add_authority(dir_fd, name, ret, err);
	return has_suffix(name, ".cert") ? set_client(dir_fd, dir, name, ret, err) : 0;
}

int certificates_add(const char *parent, const char *host, Certificates *ret, Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = -1;
	const struct dirent *entry;
	int r = 0;

	if (str_format(&path, "%s/%s", parent, host) < 0)
		return fail_oom(err);
	fd = fd_open_dir(AT_FDCWD, path);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	dir = fd < 0 ? NULL : fd_opendir(fd);
	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s", path);
	while (r == 0 && (entry = readdir(dir)))
		r = add_file(fd, path, entry->d_name, ret, err);
	return r < 0 ? wrap(err, r, "cannot use the certificates in %s", path) : 0;
}
