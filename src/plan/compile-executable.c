/* SPDX-License-Identifier: Apache-2.0 */

/* Which file of the image a program name means. */

#include "plan/compile-internal.h"

#include <limits.h>
#include "base/path.h"

/* Where a program without '/' in its name is looked for when the app's environment has no PATH. */
#define FALLBACK_PATH "/bin:/usr/bin"

static const char *app_path(const App *app)
{
	return name_values_find(&app->environment, "PATH");
}

static const char *working_directory(const App *app)
{
	return app->working_directory ? app->working_directory : "/";
}

/* Whether path is a regular file that somebody may execute. */
static bool is_executable(const View *view, const char *path)
{
	struct stat st;
	int fd;

	if (view_lookup(view, path, true, &fd, &st, NULL) < 0)
		return false;
	(void)fd_close(fd);
	return S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

/* DIR/NAME, with dir taken against the working directory; cleaned. */
static int join(const App *app, const char *dir, size_t dir_len, const char *name, char **ret)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (dir_len > 0 && dir[0] == '/')
		r = str_format(&path, "%.*s/%s", (int)dir_len, dir, name);
	else
		r = str_format(
			&path, "%s/%.*s/%s", working_directory(app), (int)dir_len, dir, name);
	return r < 0 ? r : path_clean(path, ret);
}

static int search(AppCompile *c, const View *view, const char *search_path, const char *name,
	char **ret, Error *err)
{
	for (const char *dir = search_path;;) {
		_cleanup_free_ char *path = NULL;
		size_t len = strcspn(dir, ":");

		if (join(c->app, dir, len, name, &path) < 0)
			return fail_oom(err);
		if (is_executable(view, path)) {
			*ret = TAKE_PTR(path);
			return 0;
		}
		if (dir[len] == '\0')
			return -ENOENT;
		dir += len + 1;
	}
}

int compile_executable(AppCompile *c, const char *argv0, char **ret, Error *err)
{
	_cleanup_free_ char *fallback = NULL;
	const char *search_path = app_path(c->app);
	const View *view;
	int r;

	if (argv0[0] == '/') {
		*ret = strdup(argv0);
		return *ret ? 0 : fail_oom(err);
	}
	if (strchr(argv0, '/')) {
		r = join(c->app, "", 0, argv0, ret);
		return r < 0 ? fail_oom(err) : 0;
	}
	if (!search_path) {
		r = str_format(&fallback, "%s:" FALLBACK_PATH, working_directory(c->app));
		if (r < 0)
			return fail_oom(err);
		search_path = fallback;
	}
	r = app_view(c, &view, err);
	if (r == 0)
		r = search(c, view, search_path, argv0, ret, err);
	if (r == -ENOENT)
		return fail(err, r, "unable to find \"%s\" in \"%s\"", argv0, search_path);
	return r;
}
