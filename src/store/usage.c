/* SPDX-License-Identifier: Apache-2.0 */
#include "store/usage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/boot.h"
#include "base/fd.h"
#include "store/key.h"
#include "store/layer.h"
#include "store/tmp.h"

/* One entry of a directory of the store as an item. False: it is none, or has gone. */
typedef bool Describe(const Store *s, int dirfd, const char *name, StoreItem *ret);

static bool file_size(int dirfd, const char *name, int64_t *ret)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return false;
	*ret = st.st_size;
	return true;
}

/* fd: of its directory. */
static int64_t layer_size(int fd, const LayerInfo *info)
{
	int64_t archive = 0, tar, index = 0;

	(void)file_size(fd, LAYER_ARCHIVE, &archive);
	/* The file is longer than the layer's tar by what fills its last block. */
	if (info->tar_size >= 0 && file_size(fd, "tar", &tar) && file_size(fd, "index", &index))
		return tar + index + archive;
	return info->bytes + archive;
}

static bool describe_layer(const Store *s, int dirfd, const char *name, StoreItem *ret)
{
	_cleanup_close_ int fd = store_layer_name_valid(name) ? fd_open_dir(dirfd, name) : -1;
	LayerInfo info;

	ret->id = name;
	if (fd < 0 || store_layer_info(s, name, &info, NULL) < 0)
		return false;
	ret->bytes = layer_size(fd, &info);
	ret->kind = info.tar_size < 0 ? STORE_ITEM_LAYER : STORE_ITEM_VIEW;
	return true;
}

static bool describe_replaced(const Store *s, int dirfd, const char *name, StoreItem *ret)
{
	_cleanup_close_ int fd = startswith(name, LAYER_ASIDE) ? fd_open_dir(dirfd, name) : -1;
	LayerInfo info;

	if (fd < 0 || layer_info_read(fd, "info", &info) < 0)
		return false;
	*ret = (StoreItem){STORE_ITEM_REPLACED, name, layer_size(fd, &info)};
	return true;
}

static bool describe_blob(const Store *s, int dirfd, const char *name, StoreItem *ret)
{
	ret->kind = key_valid(name) ? STORE_ITEM_ARCHIVE : STORE_ITEM_DOCUMENT;
	ret->id = name;
	return store_layer_name_valid(name) && file_size(dirfd, name, &ret->bytes);
}

static bool describe_image(const Store *s, int dirfd, const char *name, StoreItem *ret)
{
	_cleanup_close_ int fd = key_valid(name) ? fd_open_dir(dirfd, name) : -1;
	int64_t manifest = 0, info = 0;

	if (fd < 0)
		return false;
	(void)file_size(fd, "manifest", &manifest);
	(void)file_size(fd, "info", &info);
	*ret = (StoreItem){STORE_ITEM_MANIFEST, name, manifest + info};
	return true;
}

static bool describe_download(const Store *s, int dirfd, const char *name, StoreItem *ret)
{
	const char *rest = startswith(name, TMP_PARTIAL_PREFIX);

	if (!rest || strlen(rest) <= BOOT_ID_LEN + 1)
		return false;
	ret->kind = STORE_ITEM_DOWNLOAD;
	ret->id = rest + BOOT_ID_LEN + 1;
	return file_size(dirfd, name, &ret->bytes);
}

static const struct {
	const char *dir;
	Describe *describe;
} places[] = {
	{"tree", describe_layer},
	{"blob", describe_blob},
	{"image", describe_image},
	{"tmp", describe_download},
	{"tmp", describe_replaced},
};

int store_usage(const Store *s, int (*visit)(void *userdata, const StoreItem *item, Error *err),
	void *userdata, Error *err)
{
	int r = 0;

	if (s->cas_fd < 0)
		return 0;
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(places); i++) {
		_cleanup_close_ int fd = fd_open_dir(s->cas_fd, places[i].dir);
		_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
		const struct dirent *entry;

		if (!dir)
			return fail_errno(
				err, fd < 0 ? fd : -errno, "open %s/%s", s->path, places[i].dir);
		while (r == 0 && (entry = readdir(dir))) {
			StoreItem item;

			if (places[i].describe(s, fd, entry->d_name, &item))
				r = visit(userdata, &item, err);
		}
	}
	return r;
}
