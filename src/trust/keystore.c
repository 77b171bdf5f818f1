/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/keystore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/atomic-file.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

#define KEYS_MAX 1000

bool key_fingerprint_valid(const char *text)
{
	return strlen(text) == KEY_FINGERPRINT_LEN &&
	       strspn(text, "0123456789abcdef") == KEY_FINGERPRINT_LEN;
}

bool keystore_prefix_valid(const char *prefix)
{
	for (size_t len;; prefix += len + 1) {
		len = strcspn(prefix, "/");
		if (len == 0 || (len <= 2 && strspn(prefix, ".") == len))
			return false;
		if (!prefix[len])
			return true;
	}
}

void keyring_done(Keyring *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->paths[i]);
	free(k->paths);
	*k = (Keyring){0};
}

/* The same key in several places counts once, and an empty file counts for all of them. */
static void forget(Keyring *k, const char *fingerprint)
{
	for (size_t i = 0; i < k->n; i++)
		if (streq(path_base(k->paths[i]), fingerprint)) {
			free(k->paths[i]);
			k->paths[i] = k->paths[--k->n];
			return;
		}
}

static int append(Keyring *k, const char *dir, const char *file, Error *err)
{
	char **paths;

	if (k->n >= KEYS_MAX)
		return fail(err, -E2BIG, "more than %d trusted keys", KEYS_MAX);
	paths = realloc(k->paths, (k->n + 1) * sizeof *paths);
	if (!paths)
		return fail_oom(err);
	k->paths = paths;
	if (str_format(&paths[k->n], "%s/%s", dir, file) < 0)
		return fail_oom(err);
	k->n++;
	return 0;
}

/* dir: the path that fd is open on. */
static int consider(Keyring *k, int fd, const char *dir, const char *file, Error *err)
{
	struct stat st;

	/* What a crash has left of a write. */
	if (startswith(file, ".tmp-"))
		return 0;
	if (fstatat(fd, file, &st, 0) < 0)
		return fail_errno(err, -errno, "stat %s/%s", dir, file);
	if (!S_ISREG(st.st_mode))
		return 0;
	if (st.st_size > 0 && !key_fingerprint_valid(file)) {
		(void)fail(err, -EINVAL,
			"fingerprint mismatch: the name of %s/%s is no fingerprint of 40 "
			"lower-case hex digits",
			dir, file);
		error_hint(err, "\"rkt trust\" gives keys their right names");
		return -EINVAL;
	}
	k->n_seen += key_fingerprint_valid(file);
	forget(k, file);
	return st.st_size > 0 ? append(k, dir, file, err) : 0;
}

static int read_dir(Keyring *k, const char *path, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(AT_FDCWD, path);
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = 0;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return fail_errno(err, fd, "open %s", path);
	dir = fd_opendir(fd);
	if (!dir)
		return fail_errno(err, -errno, "read %s", path);
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			r = consider(k, fd, path, entry->d_name, err);
	return r == 0 && !entry && errno ? fail_errno(err, -errno, "read %s", path) : r;
}

static int read_root(Keyring *k, const char *config, Error *err)
{
	_cleanup_free_ char *path = NULL;

	if (str_format(&path, "%s/trustedkeys/root.d", config) < 0)
		return fail_oom(err);
	return read_dir(k, path, err);
}

/* The keys for "a", then for "a/b", and so on up to the whole name. A key for "a/b" is none for
 * "a/bc". */
static int read_prefixes(Keyring *k, const char *config, const char *name, Error *err)
{
	int r = 0;

	for (size_t len = 0; r == 0 && (len == 0 || name[len]);) {
		_cleanup_free_ char *path = NULL;

		len += len > 0;
		len += strcspn(name + len, "/");
		if (str_format(&path, "%s/trustedkeys/prefix.d/%.*s", config, (int)len, name) < 0)
			return fail_oom(err);
		r = read_dir(k, path, err);
	}
	return r;
}

static int check_name(const char *name, Error *err)
{
	return keystore_prefix_valid(name)
		       ? 0
		       : fail(err, -EINVAL, "no key can be trusted for the image name \"%s\"",
				 name);
}

int keyring_load(const Keystore *store, const char *name, Keyring *ret, Error *err)
{
	_cleanup_keyring_ Keyring k = {0};
	int r = check_name(name, err);

	if (r == 0)
		r = read_root(&k, store->system_config, err);
	if (r == 0)
		r = read_root(&k, store->local_config, err);
	if (r == 0)
		r = read_prefixes(&k, store->system_config, name, err);
	if (r == 0)
		r = read_prefixes(&k, store->local_config, name, err);
	if (r < 0)
		return r;
	*ret = k;
	k = (Keyring){0};
	return 0;
}

int keystore_knows(const Keystore *store, const char *name, Error *err)
{
	_cleanup_keyring_ Keyring k = {0};
	int r = check_name(name, err);

	if (r == 0)
		r = read_prefixes(&k, store->system_config, name, err);
	if (r == 0)
		r = read_prefixes(&k, store->local_config, name, err);
	return r < 0 ? r : k.n_seen > 0;
}

static int store_key(
	const char *dir, const char *fingerprint, const void *text, size_t len, Error *err)
{
	_cleanup_close_ int fd = -1;
	int r = path_mkdir_parents(AT_FDCWD, dir, 0755);

	if (r < 0)
		return fail_errno(err, r, "create %s", dir);
	fd = fd_open_dir(AT_FDCWD, dir);
	if (fd < 0)
		return fail_errno(err, fd, "open %s", dir);
	r = atomic_write_synced(fd, fingerprint, 0644, text, len, err);
	return r < 0 ? wrap(err, r, "cannot store the key in %s", dir) : 0;
}

int keystore_add(const Keystore *store, const char *prefix, const char *fingerprint,
	const void *text, size_t len, char **ret_path, Error *err)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	mode_t mask;
	int r;

	if (str_format(&dir, "%s/trustedkeys/%s%s", store->local_config,
		    prefix ? "prefix.d/" : "root.d", prefix ? prefix : "") < 0 ||
		str_format(&path, "%s/%s", dir, fingerprint) < 0)
		return fail_oom(err);
	/* Not set afterwards: a directory that hands its group on keeps doing so. */
	mask = umask(022);
	r = store_key(dir, fingerprint, text, len, err);
	(void)umask(mask);
	if (r == 0)
		*ret_path = TAKE_PTR(path);
	return r;
}
