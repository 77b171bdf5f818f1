/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-walk.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include "base/beneath.h"
#include "base/path.h"
#include "store/whiteout.h"

#define LINKS_MAX 40    /* as the kernel's MAXSYMLINKS */
#define STEPS_MAX 10000 /* names looked up for one path, against images made to waste time */

bool view_is_opaque(int dir)
{
	char value;

	return (fgetxattr(dir, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y') ||
	       (fgetxattr(dir, "user.overlay.opaque", &value, 1) == 1 && value == 'y');
}

void view_walk_done(ViewWalk *w)
{
	strbuf_done(&w->at);
	free(w->rest);
	free(w->dir);
	free(w->found);
}

/* The path of at + "/" + name as the kernel wants it below a layer's root. */
static int member_path(const ViewWalk *w, const char *name, char **ret)
{
	const char *at = strbuf_text(&w->at);

	return str_format(ret, "%s%s%s", *at ? at + 1 : "", *at ? "/" : "", name);
}

/* Looks into one layer. 0 and *ret_more (whether lower layers show through), or a negative errno.
 */
static int look_into(ViewWalk *w, size_t layer, const char *path, bool have, bool *ret_more)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	/* Most names on the way are directories, and only a real descriptor can be asked for
	 * attributes. */
	fd = path_open_beneath(
		w->v->layer_fds[layer], path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd == -ENOTDIR || fd == -ELOOP)
		fd = path_open_beneath(w->v->layer_fds[layer], path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_more = S_ISDIR(st.st_mode) && !view_is_opaque(fd);
	if (have && !S_ISDIR(st.st_mode))
		return 0;
	if (!have) {
		w->st = st;
		w->layer = layer;
	}
	w->found[layer] = S_ISDIR(st.st_mode);
	return 0;
}

/* Looks up name in the directory where the walk stands. */
static int look_up(ViewWalk *w, const char *name)
{
	_cleanup_free_ char *path = NULL;
	bool have = false, more = true;

	if (++w->steps > STEPS_MAX)
		return -ELOOP;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (member_path(w, name, &path) < 0)
		return -ENOMEM;
	memset(w->found, 0, w->v->n * sizeof *w->found);
	for (size_t i = 0; i < w->v->n && more; i++) {
		int r;

		if (!w->dir[i])
			continue;
		r = look_into(w, i, path, have, &more);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		have = true;
	}
	return have && !whiteout_is(&w->st) ? 0 : -ENOENT;
}

static void go_to_root(ViewWalk *w)
{
	strbuf_clear(&w->at);
	for (size_t i = 0; i < w->v->n; i++)
		w->dir[i] = true;
}

/* Puts text in front of what is still to be resolved, which is empty or starts with a slash. */
static int prepend(ViewWalk *w, const char *text, size_t len)
{
	char *joined;

	if (len + strlen(w->rest) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	if (str_format(&joined, "%.*s%s", (int)len, text, w->rest) < 0)
		return -ENOMEM;
	free(w->rest);
	w->rest = joined;
	return 0;
}

/* "..": walks to the parent from the root, since a level does not remember the layers of the one
 * above. */
static int go_up(ViewWalk *w)
{
	_cleanup_free_ char *at = strdup(strbuf_text(&w->at));
	int r;

	if (!at)
		return -ENOMEM;
	r = prepend(w, at, (size_t)(path_base(at) - at));
	go_to_root(w);
	return r;
}

static int follow_link(ViewWalk *w, const char *path)
{
	char target[PATH_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t n;

	if (++w->links > LINKS_MAX)
		return -ELOOP;
	fd = path_open_beneath(w->v->layer_fds[w->layer], path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", target, sizeof target);
	if (n < 0)
		return -errno;
	if (n == 0 || n == sizeof target)
		return n ? -ENAMETOOLONG : -ENOENT;
	if (target[0] == '/')
		go_to_root(w);
	return prepend(w, target, (size_t)n);
}

/* Cuts the first name off w->rest; more tells whether something, be it only a slash, follows. NULL
 * at the end. */
static char *take_name(ViewWalk *w, bool *ret_more)
{
	char *start = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(start, "/");
	char *name = n ? strndup(start, n) : NULL;

	*ret_more = start[n] == '/';
	memmove(w->rest, start + n, strlen(start + n) + 1);
	return name;
}

/* Takes one step. 0 to go on, 1 when the walk has arrived at something that is not entered:
 * *ret_path names it below its layer's root. */
static int step(ViewWalk *w, const char *name, bool more, bool follow, char **ret_path)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (streq(name, "."))
		return 0;
	if (streq(name, ".."))
		return go_up(w);
	r = look_up(w, name);
	if (r < 0)
		return r;
	if (member_path(w, name, &path) < 0)
		return -ENOMEM;
	if (S_ISLNK(w->st.st_mode) && (more || follow))
		return follow_link(w, path);
	if (!S_ISDIR(w->st.st_mode) && more)
		return -ENOTDIR;
	strbuf_printf(&w->at, "/%s", name);
	if (w->at.error)
		return w->at.error == -ENOMEM ? -ENOMEM : -ENAMETOOLONG;
	if (!S_ISDIR(w->st.st_mode)) {
		*ret_path = TAKE_PTR(path);
		return 1;
	}
	memcpy(w->dir, w->found, w->v->n * sizeof *w->dir);
	return 0;
}

/* The uppermost layer that shows the directory where the walk stands. */
static size_t top_layer(const ViewWalk *w)
{
	size_t i = 0;

	while (i + 1 < w->v->n && !w->dir[i])
		i++;
	return i;
}

int view_walk(ViewWalk *w, const char *path, bool follow, size_t *ret_layer, char **ret_path)
{
	const char *at;
	int r = 0;

	w->rest = strdup(path);
	w->dir = calloc(w->v->n, sizeof *w->dir);
	w->found = calloc(w->v->n, sizeof *w->found);
	if (!w->rest || !w->dir || !w->found)
		return -ENOMEM;
	go_to_root(w);
	while (r == 0) {
		bool more;
		_cleanup_free_ char *name = take_name(w, &more);

		if (!name)
			break;
		r = step(w, name, more, follow, ret_path);
	}
	if (r < 0)
		return r;
	*ret_layer = r > 0 ? w->layer : top_layer(w);
	if (r > 0)
		return 0;
	at = strbuf_text(&w->at);
	*ret_path = strdup(*at ? at + 1 : ".");
	return *ret_path ? 0 : -ENOMEM;
}
