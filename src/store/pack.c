/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pack.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "store/hard-links.h"
#include "store/tar-name.h"
#include "store/tar-writer.h"
#include "store/view-tree.h"
#include "store/view-walk.h"
#include "store/whiteout.h"

#define ROOT      "rootfs"
#define NAME_MORE (sizeof ROOT "/" TAR_OPAQUE_MARK)

typedef struct Pack {
	TarWriter *tar;
	HardLinks links;
	const char *top; /* what the names in the tar begin with */
	bool whiteouts;  /* what hides lower layers is told as in OCI images, where top is "" */
} Pack;

static int put_file(Pack *p, struct archive_entry *entry, const ViewEntry *e, Error *err)
{
	_cleanup_close_ int fd = path_open_beneath(e->dir, e->name, O_RDONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fail_errno(err, fd, "open")
		      : tar_writer_file(p->tar, entry, fd, &e->st, TAR_KEEP_ALL, err);
}

static int put_link(Pack *p, struct archive_entry *entry, const char *first, Error *err)
{
	char target[PATH_MAX + NAME_MORE];

	(void)snprintf(target, sizeof target, "%s%s", p->top, first);
	return tar_writer_hardlink(p->tar, entry, target, err);
}

/* An empty file, whose name says what is hidden. */
static int put_mark(Pack *p, const char *path, Error *err)
{
	const struct stat st = {.st_mode = S_IFREG};
	_cleanup_entry_ struct archive_entry *entry = tar_writer_entry(p->tar, path, &st);

	return entry ? tar_writer_header(p->tar, entry, err) : fail_oom(err);
}

static int put_whiteout(Pack *p, const ViewEntry *e, Error *err)
{
	const char *name = path_base(e->path);
	char path[PATH_MAX + NAME_MORE];

	(void)snprintf(path, sizeof path, "%.*s" TAR_WHITEOUT_PREFIX "%s", (int)(name - e->path),
		e->path, name);
	return put_mark(p, path, err);
}

static int put_dir(Pack *p, struct archive_entry *entry, const ViewEntry *e, Error *err)
{
	char path[PATH_MAX + NAME_MORE];
	int r = tar_writer_file(p->tar, entry, e->fd, &e->st, TAR_KEEP_ALL, err);

	if (r < 0 || !p->whiteouts || !view_is_opaque(e->fd))
		return r;
	(void)snprintf(path, sizeof path, "%s/" TAR_OPAQUE_MARK, e->path);
	return put_mark(p, path, err);
}

/* A ViewVisit. */
static int put_entry(void *userdata, const ViewEntry *e, Error *err)
{
	Pack *p = userdata;
	char path[PATH_MAX + NAME_MORE];
	_cleanup_entry_ struct archive_entry *entry = NULL;
	const char *first = NULL;
	int r = 0;

	/* Sockets have no place in a tar, nor in an image. */
	if (S_ISSOCK(e->st.st_mode))
		return 0;
	if (p->whiteouts && whiteout_is(&e->st))
		return put_whiteout(p, e, err);
	(void)snprintf(path, sizeof path, "%s%s", p->top, e->path);
	entry = tar_writer_entry(p->tar, path, &e->st);
	if (!entry)
		return fail_oom(err);
	if (e->fd >= 0)
		return put_dir(p, entry, e, err);
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

/* fd: the root, -1 for one that nobody has made. */
static int put_root(Pack *p, int fd, Error *err)
{
	_cleanup_entry_ struct archive_entry *entry = NULL;
	struct stat st = {.st_mode = S_IFDIR | 0755};

	if (fd >= 0 && fstat(fd, &st) < 0)
		return fail_errno(err, -errno, "stat the root");
	entry = tar_writer_entry(p->tar, *p->top ? p->top : "./", &st);
	if (!entry)
		return fail_oom(err);
	if (fd < 0)
		return tar_writer_header(p->tar, entry, err);
	return tar_writer_file(p->tar, entry, fd, &st, TAR_KEEP_ALL, err);
}

int pack_aci(const char *manifest, size_t manifest_len, const View *v, TreeIds ids, PackWrite write,
	void *userdata, Error *err)
{
	_cleanup_tar_writer_ TarWriter *tar = NULL;
	Pack p = {.top = ROOT "/"};
	int r = tar_writer_new(ids, write, userdata, &tar, err);

	if (r < 0)
		return r;
	p.tar = tar;
	r = put_manifest(&p, manifest, manifest_len, err);
	if (r == 0)
		r = put_root(&p, v->n > 0 ? v->layer_fds[0] : -1, err);
	if (r == 0)
		r = view_visit(v, put_entry, &p, err);
	hard_links_done(&p.links);
	return r < 0 ? r : tar_writer_finish(tar, err);
}

int pack_layer(int root, bool is_aci, PackWrite write, void *userdata, Error *err)
{
	_cleanup_tar_writer_ TarWriter *tar = NULL;
	Pack p = {.top = is_aci ? ROOT "/" : "", .whiteouts = !is_aci};
	int r = tar_writer_new((TreeIds){0}, write, userdata, &tar, err);

	if (r < 0)
		return r;
	p.tar = tar;
	r = put_root(&p, root, err);
	if (r == 0 && p.whiteouts && view_is_opaque(root))
		r = put_mark(&p, TAR_OPAQUE_MARK, err);
	if (r == 0)
		r = layer_visit(root, put_entry, &p, err);
	hard_links_done(&p.links);
	return r < 0 ? r : tar_writer_finish(tar, err);
}
