/* SPDX-License-Identifier: Apache-2.0 */
#include "net/attachment-files.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/directory.h"
#include "base/fd.h"
#include "net/request.h"

int attachment_file_name(
	const char *container, const char *interface, char ret[static NAME_MAX + 1], Error *err)
{
	int n = snprintf(ret, NAME_MAX + 1, "%s:%s.json", container, interface);

	return n < 0 || n > NAME_MAX ? fail(err, -ENAMETOOLONG, "CNI_CONTAINERID is too long") : 0;
}

int attachment_files_open(const PluginCall *c, const char *directory, bool make, Error *err)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", directory, c->network->name);
	if (make)
		(void)path_mkdir_parents(AT_FDCWD, path, 0755);
	fd = fd_open_dir(AT_FDCWD, path);
	return fd < 0 && (make || fd != -ENOENT) ? fail_errno(err, fd, "open %s", path) : fd;
}

static bool is_valid(const char *file, const LeaseOwner *owners, size_t n)
{
	char name[NAME_MAX + 1];

	for (size_t i = 0; i < n; i++)
		if (attachment_file_name(owners[i].container, owners[i].interface, name, NULL) ==
				0 &&
			streq(name, file))
			return true;
	return false;
}

int attachment_files_collect(const PluginCall *c, const char *directory,
	int (*take_back)(const PluginCall *c, int dir, const char *file, Error *err), Error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = -1;
	const struct dirent *entry;
	LeaseOwner *owners;
	size_t n;
	int first = plugin_valid_attachments(c, &owners, &n, err);

	if (first < 0)
		return first;
	fd = attachment_files_open(c, directory, false, err);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	dir = fd_opendir(fd);
	if (!dir)
		return fail_errno(err, -errno, "list %s/%s", directory, c->network->name);
	while ((entry = readdir(dir))) {
		int r;

		if (!endswith(entry->d_name, ".json") || is_valid(entry->d_name, owners, n))
			continue;
		r = take_back(c, fd, entry->d_name, first == 0 ? err : NULL);
		if (r == 0)
			(void)unlinkat(fd, entry->d_name, 0);
		else if (first == 0)
			first = r;
	}
	return first;
}
