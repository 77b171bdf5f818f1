/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pack.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "store/hard-links.h"
#include "store/tar-writer.h"
#include "store/view-tree.h"

#define ROOT "rootfs"

typedef struct Pack {
	TarWriter *tar;
	HardLinks links;
} Pack;

static int put_file(Pack *p, struct archive_entry *entry, const ViewEntry *e, Error *err)
{
	_cleanup_close_ int fd = path_open_beneath(e->dir, e->name, O_RDONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fail_errno(err, fd, "open")
		      : tar_writer_file(p->tar, entry, fd, &e->st, TAR_KEEP_ALL, err);
}

static int put_link(Pack *p, struct archive_entry *entry, const char *first, Error *err)
{
	char target[PATH_MAX + sizeof ROOT];

	(void)snprintf(target, sizeof target, ROOT "/%s", first);
	return tar_writer_hardlink(p->tar, entry, target, err);
}

/* A ViewVisit. */
static int put_entry(void *userdata, const ViewEntry *e, Error *err)
{
	Pack *p = userdata;
	char path[PATH_MAX + sizeof ROOT];
	_cleanup_entry_ struct archive_entry *entry = NULL;
	const char *first = NULL;
	int r = 0;

	/* Sockets have no place in a tar, nor in an image. */
	if (S_ISSOCK(e->st.st_mode))
		return 0;
	(void)snprintf(path, sizeof path, ROOT "/%s", e->path);
	entry = tar_writer_entry(p->tar, path, &e->st);
	if (!entry)
		return fail_oom(err);
	if (e->fd >= 0)
		return tar_writer_file(p->tar, entry, e->fd, &e->st, TAR_KEEP_ALL, err);
	if (e->st.st_nlink > 1)
		r = hard_links_note(&p->links, e->layer, &e->st, e->path, &first, err);
	if (r < 0)
		return r;
	if (first)
		return put_link(p, entry, first, err);
	if (S_ISLNK(e->st.st_mode))
		return tar_writer_symlink(p->tar, entry, e->dir, e->name, err);
	return S_ISREG(e->st.st_mode) ? put_file(p, entry, e, err)
				      : tar_writer_header(p->tar, entry, err);
}

static int put_manifest(Pack *p, const char *text, size_t len, Error *err)
{
	const struct stat st = {.st_mode = S_IFREG | 0644, .st_size = (off_t)len};
	_cleanup_entry_ struct archive_entry *entry = tar_writer_entry(p->tar, "manifest", &st);
	int r;

	if (!entry)
		return fail_oom(err);
	r = tar_writer_header(p->tar, entry, err);
	return r < 0 ? r : tar_writer_data(p->tar, text, len, err);
}

static int put_root(Pack *p, const View *v, Error *err)
{
	_cleanup_entry_ struct archive_entry *entry = NULL;
	struct stat st = {.st_mode = S_IFDIR | 0755};

	if (v->n > 0 && fstat(v->layer_fds[0], &st) < 0)
		return fail_errno(err, -errno, "stat the root");
	entry = tar_writer_entry(p->tar, ROOT, &st);
	if (!entry)
		return fail_oom(err);
	return v->n > 0 ? tar_writer_file(p->tar, entry, v->layer_fds[0], &st, TAR_KEEP_ALL, err)
			: tar_writer_header(p->tar, entry, err);
}

int pack_aci(const char *manifest, size_t manifest_len, const View *v, TreeIds ids, PackWrite write,
	void *userdata, Error *err)
{
	_cleanup_tar_writer_ TarWriter *tar = NULL;
	Pack p = {.tar = NULL};
	int r = tar_writer_new(ids, write, userdata, &tar, err);

	if (r < 0)
		return r;
	p.tar = tar;
	r = put_manifest(&p, manifest, manifest_len, err);
	if (r == 0)
		r = put_root(&p, v, err);
	if (r == 0)
		r = view_visit(v, put_entry, &p, err);
	hard_links_done(&p.links);
	return r < 0 ? r : tar_writer_finish(tar, err);
}
