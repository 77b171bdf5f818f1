/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view.h"

#include <fcntl.h>
#include <limits.h>
#include "base/beneath.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/view-walk.h"
#include "store/whiteout.h"

int view_open(View *ret, const Store *s, const Image *image, Error *err)
{
	_cleanup_free_ int *fds = calloc(image->n_layers + 1, sizeof *fds);
	size_t n = image->n_layers;
	int r;

	if (!fds)
		return fail_oom(err);
	r = store_layers_open(s, image->layers, n, fds, err);
	if (r < 0)
		return wrap(err, r, "cannot open image %s", image->key);
	/* The uppermost first. */
	for (size_t i = 0; i < n / 2; i++) {
		int fd = fds[i];

		fds[i] = fds[n - 1 - i];
		fds[n - 1 - i] = fd;
	}
	*ret = (View){.layer_fds = TAKE_PTR(fds), .n = n};
	return 0;
}

int view_open_root(View *ret, const Store *s, const Image *image, Error *err)
{
	_cleanup_view_ View v = VIEW_INIT;
	int fd, r = view_open(&v, s, image, err);

	if (r < 0)
		return r;
	fd = fd_open_dir(s->cas_fd, "skeleton");
	if (fd < 0)
		return fail_errno(err, fd, "open %s/skeleton", s->path);
	/* There is room for one more than the image has. */
	v.layer_fds[v.n++] = fd;
	*ret = v;
	v = (View)VIEW_INIT;
	return 0;
}

void view_done(View *v)
{
	for (size_t i = 0; i < v->n; i++)
		fd_close(v->layer_fds[i]);
	free(TAKE_PTR(v->layer_fds));
	v->n = 0;
}

/* One layer needs no merging: the kernel resolves the path at once. 1 when that has to be looked at
 * more closely. */
static int lookup_single(
	const View *v, const char *path, bool follow, int *ret_fd, struct stat *ret_st)
{
	_cleanup_close_ int fd =
		path_open_in_root(v->layer_fds[0], path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);

	/* A whiteout in the middle of a path is no directory; in the merged tree it is not there at
	 * all. */
	if (fd == -ENOTDIR)
		return 1;
	if (fd < 0)
		return fd;
	if (fstat(fd, ret_st) < 0)
		return -errno;
	if (whiteout_is(ret_st))
		return -ENOENT;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int view_lookup(const View *v, const char *path, bool follow, int *ret_fd, struct stat *ret_st,
	char **ret_resolved)
{
	_cleanup_view_walk_ ViewWalk w = VIEW_WALK_INIT(v);
	_cleanup_free_ char *member = NULL, *resolved = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;
	size_t layer;
	int r = 1;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (v->n == 0 || !*path)
		return -ENOENT;
	if (v->n == 1 && !ret_resolved)
		r = lookup_single(v, path, follow, &fd, &st);
	if (r > 0) {
		r = view_walk(&w, path, follow, &layer, &member);
		if (r < 0)
			return r;
		fd = path_open_beneath(v->layer_fds[layer], member, O_PATH | O_NOFOLLOW, 0);
		if (fd < 0)
			return fd;
		r = fstat(fd, &st) < 0 ? -errno : 0;
	}
	if (r < 0)
		return r;
	if (ret_resolved) {
		resolved = strdup(w.at.len ? strbuf_text(&w.at) : "/");
		if (!resolved)
			return -ENOMEM;
		*ret_resolved = TAKE_PTR(resolved);
	}
	*ret_fd = TAKE_FD(fd);
	if (ret_st)
		*ret_st = st;
	return 0;
}

int view_read_file(const View *v, const char *path, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *self = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	r = view_lookup(v, path, true, &fd, &st, NULL);
	if (r < 0)
		return r;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (str_format(&self, "/proc/self/fd/%d", fd) < 0)
		return -ENOMEM;
	return fd_read_file(AT_FDCWD, self, max, ret, ret_len, NULL);
}

int view_open_dir(View *ret, const View *of, const char *path, struct stat *ret_st)
{
	_cleanup_view_walk_ ViewWalk w = VIEW_WALK_INIT(of);
	_cleanup_free_ char *member = NULL;
	_cleanup_view_ View v = VIEW_INIT;
	size_t layer;
	int r = view_walk(&w, path, true, &layer, &member);

	if (r == 0 && !S_ISDIR(w.st.st_mode))
		r = -ENOTDIR;
	if (r < 0)
		return r;
	v.layer_fds = calloc(of->n, sizeof *v.layer_fds);
	if (!v.layer_fds)
		return -ENOMEM;
	for (size_t i = 0; i < of->n; i++) {
		if (!w.dir[i])
			continue;
		v.layer_fds[v.n] = path_open_beneath(
			of->layer_fds[i], member, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (v.layer_fds[v.n] < 0)
			return v.layer_fds[v.n];
		v.n++;
	}
	*ret_st = w.st;
	*ret = v;
	v = (View)VIEW_INIT;
	return 0;
}
