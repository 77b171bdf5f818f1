/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tar-writer.h"
#include "store/tree-walk.h"

/* Of a TreeWalk. */
static int put(void *userdata, const TreeItem *item, Error *err)
{
	TarWriter *tar = userdata;
	_cleanup_entry_ struct archive_entry *entry = tar_writer_entry(tar, item->path, &item->st);
	int r;

	if (!entry)
		return fail_oom(err);
	/* Whoever reads it is to get nothing that acts for somebody else. */
	archive_entry_set_perm(entry, item->st.st_mode & 01777);
	if (item->first)
		r = tar_writer_hardlink(tar, entry, item->first, err);
	else if (S_ISLNK(item->st.st_mode))
		r = tar_writer_symlink(tar, entry, item->fd, "", err);
	else
		r = tar_writer_file(tar, entry, item->fd, &item->st, TAR_KEEP_OF_USERS, err);
	return r < 0 ? tree_walk_wrap(item, r, err) : 0;
}

int pack_tree(const PackTree *tree, PackWrite write, void *userdata, Error *err)
{
	_cleanup_tar_writer_ TarWriter *tar = NULL;
	TreeWalk walk = {
		.dir = tree->dir,
		.name = tree->name,
		.as = tree->as,
		.visit = put,
		.passed_over = tree->passed_over,
	};
	int r = tar_writer_new(tree->ids, write, userdata, &tar, err);

	if (r < 0)
		return r;
	walk.userdata = tar;
	r = tree_walk(&walk, err);
	return r != 0 ? r : tar_writer_finish(tar, err);
}
