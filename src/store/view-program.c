/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-program.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

/* Where a program without '/' in its name is looked for when the app's environment has no PATH. */
#define FALLBACK_PATH "/bin:/usr/bin"

static const char *working_directory(const App *app)
{
	return app->working_directory ? app->working_directory : "/";
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

int program_path(const App *app, const char *name, char **ret)
{
	if (*name != '/')
		return join(app, "", 0, name, ret);
	*ret = strdup(name);
	return *ret ? 0 : -ENOMEM;
}

int view_check_program(const View *view, const char *path)
{
	struct stat st;
	int fd, r = view_lookup(view, path, true, &fd, &st, NULL);

	if (r < 0)
		return r;
	(void)fd_close(fd);
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? 0 : -EACCES;
}

static int search(const View *view, const App *app, const char *search_path, const char *name,
	char **ret, Error *err)
{
	for (const char *dir = search_path;;) {
		_cleanup_free_ char *path = NULL;
		size_t len = strcspn(dir, ":");

		if (join(app, dir, len, name, &path) < 0)
			return fail_oom(err);
		if (view_check_program(view, path) == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
		if (dir[len] == '\0')
			return fail(
				err, -ENOENT, "unable to find \"%s\" in \"%s\"", name, search_path);
		dir += len + 1;
	}
}

int view_find_program(const View *view, const App *app, const char *name, char **ret, Error *err)
{
	const char *search_path = name_values_find(&app->environment, "PATH");
	_cleanup_free_ char *fallback = NULL;

	if (search_path)
		return search(view, app, search_path, name, ret, err);
	if (str_format(&fallback, "%s:" FALLBACK_PATH, working_directory(app)) < 0)
		return fail_oom(err);
	return search(view, app, fallback, name, ret, err);
}
