/* SPDX-License-Identifier: Apache-2.0 */
#include "store/implicit-dirs.h"

#include <fcntl.h>
#include "base/beneath.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/attributes.h"

/* The directory that below shows, open for reading. -ENOENT without error text where there is none.
 */
static int open_model(const View *below, const char *path, struct stat *ret, Error *err)
{
	_cleanup_free_ char *absolute = NULL;
	_cleanup_close_ int found = -1;
	int r, fd;

	if (str_format(&absolute, "/%s", path) < 0)
		return fail_oom(err);
	r = view_lookup(below, absolute, false, &found, ret, NULL);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP || (r == 0 && !S_ISDIR(ret->st_mode)))
		return -ENOENT;
	fd = r < 0 ? r : fd_open_dir(found, ".");
	return fd < 0 ? fail_errno(err, fd, "open %s", absolute) : fd;
}

static int adopt(
	int root, const char *path, const AttributePolicy *policy, const View *below, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_close_ int model = -1, fd = -1;
	struct stat wanted, now;
	Attributes a;
	int r;

	model = open_model(below, path, &wanted, err);
	if (model < 0)
		return model == -ENOENT ? 0 : model;
	fd = path_open_beneath(root, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0 || fstat(fd, &now) < 0)
		return fail_errno(err, fd < 0 ? fd : -errno, "open /%s", path);
	r = attributes_from_file(model, &wanted, &arena, &a, err);
	return r < 0 ? r : attributes_apply(&a, policy, fd, &now, err);
}

int implicit_dirs_adopt(int root, const StrList *paths, const View *below, Error *err)
{
	AttributePolicy policy;
	int r = attribute_policy_init(&policy, root, err);

	for (size_t i = 0; r == 0 && i < paths->n; i++)
		r = adopt(root, paths->items[i], &policy, below, err);
	return r;
}
