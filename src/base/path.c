/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/strbuf.h"

/* Drops the last component of out, unless nothing is left to drop; says whether it did. */
static bool drop_last(StrBuf *out, bool rooted)
{
	const char *slash;

	if (out->len == (rooted ? 1u : 0u) || streq(path_base(out->text), ".."))
		return rooted;
	slash = strrchr(out->text, '/');
	out->len = slash ? MAX((size_t)(slash - out->text), (size_t)rooted) : 0;
	out->text[out->len] = '\0';
	return true;
}

int path_rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
	return syscall(SYS_renameat2, from_fd, from, to_fd, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int path_exchange(int from_fd, const char *from, int to_fd, const char *to)
{
	return syscall(SYS_renameat2, from_fd, from, to_fd, to, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

int path_clean(const char *path, char **ret)
{
	/* Cleaning never makes a path longer, but for "" that becomes ".". */
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(strlen(path) + 1);
	bool rooted = path[0] == '/';

	if (rooted)
		strbuf_putc(&out, '/');
	while (*path && !out.error) {
		size_t n = strcspn(path, "/");

		if (n == 0 || (n == 1 && path[0] == '.')) {
			/* nothing to add */
		} else if (n == 2 && path[0] == '.' && path[1] == '.' && drop_last(&out, rooted)) {
			/* one up */
		} else {
			if (out.len > (rooted ? 1u : 0u))
				strbuf_putc(&out, '/');
			strbuf_add(&out, path, n);
		}
		path += n + (path[n] == '/');
	}
	if (out.len == 0)
		strbuf_putc(&out, '.');
	return strbuf_finish(&out, ret, NULL);
}

bool path_contains(const char *path, const char *dir)
{
	const char *rest = startswith(dir, path);

	return rest && (*rest == '\0' || *rest == '/' || streq(path, "/"));
}

int path_absolute(const char *path, char **ret)
{
	_cleanup_free_ char *joined = NULL, *cwd = NULL;
	int r;

	if (path[0] == '/')
		return path_clean(path, ret);
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return -errno;
	r = str_format(&joined, "%s/%s", cwd, path);
	return r < 0 ? r : path_clean(joined, ret);
}

bool path_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
