/* SPDX-License-Identifier: Apache-2.0 */
#include "store/key.h"

#include <fcntl.h>
#include "base/fd.h"
#include "store/store.h"

#define KEY_PREFIX    "sha512-"
#define KEY_HEX       "0123456789abcdef"
#define KEY_TYPED_MIN (sizeof KEY_PREFIX - 1 + 2)

static bool hex_after(const char *s, const char *prefix, size_t digits)
{
	const char *hex = startswith(s, prefix);

	return hex && strspn(hex, KEY_HEX) == digits && hex[digits] == '\0';
}

bool key_valid(const char *s)
{
	return hex_after(s, KEY_PREFIX, STORE_KEY_LEN - (sizeof KEY_PREFIX - 1));
}

bool store_layer_name_valid(const char *s)
{
	return key_valid(s) || hex_after(s, "sha256-", 64) || hex_after(s, "sha512-", 128) ||
	       hex_after(s, LAYER_RENDERED, 64) || hex_after(s, LAYER_DIRS, 64);
}

bool store_layer_may_hide(const char *layer)
{
	return !key_valid(layer) && !startswith(layer, LAYER_RENDERED);
}

bool store_looks_like_key(const char *s)
{
	const char *value = startswith(s, KEY_PREFIX);

	return value && *value && !strchr(value, '-');
}

static int copy_if_stored(const Store *s, const char *key, char ret[static STORE_KEY_LEN + 1])
{
	char path[sizeof "image/" + STORE_KEY_LEN];

	(void)snprintf(path, sizeof path, "image/%s", key);
	if (faccessat(s->cas_fd, path, F_OK, 0) < 0)
		return -errno;
	memcpy(ret, key, STORE_KEY_LEN + 1);
	return 0;
}

/* Looks through all images for the only one whose key starts with prefix. */
static int find_unique(
	const Store *s, const char *prefix, char ret[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "image");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	char found[STORE_KEY_LEN + 1] = "";
	const struct dirent *entry;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/image", s->path);
	while (errno = 0, (entry = readdir(dir))) {
		if (!startswith(entry->d_name, prefix) || !key_valid(entry->d_name))
			continue;
		if (found[0])
			return fail(err, -ENOTUNIQ, "ambiguous image ID: \"%s\"", prefix);
		memcpy(found, entry->d_name, sizeof found);
	}
	if (errno)
		return fail_errno(err, -errno, "read %s/image", s->path);
	if (!found[0])
		return fail(err, -ENOENT, "no image IDs found");
	memcpy(ret, found, sizeof found);
	return 0;
}

int store_resolve_key(
	const Store *s, const char *typed, char ret[static STORE_KEY_LEN + 1], Error *err)
{
	char key[STORE_KEY_LEN + 1];
	int r;

	if (!startswith(typed, KEY_PREFIX))
		return fail(err, -EINVAL, "wrong key prefix");
	if (strlen(typed) < KEY_TYPED_MIN)
		return fail(err, -EINVAL, "image ID too short");
	(void)snprintf(key, sizeof key, "%s", typed);
	if (s->cas_fd < 0)
		return fail(err, -ENOENT, "no image IDs found");
	if (!key_valid(key))
		return find_unique(s, key, ret, err);
	r = copy_if_stored(s, key, ret);
	if (r == -ENOENT)
		return fail(err, r, "no image IDs found");
	return r < 0 ? fail_errno(err, r, "look for image %s", key) : 0;
}
