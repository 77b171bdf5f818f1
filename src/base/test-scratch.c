/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test-scratch.h"

#include <fcntl.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

char scratch_path[] = "/tmp/rkt-test-base-XXXXXX";
int scratch_fd = -1;

int scratch_make(void **state)
{
	if (!mkdtemp(scratch_path))
		return -1;
	scratch_fd = fd_open_dir(AT_FDCWD, scratch_path);
	return scratch_fd < 0 ? -1 : 0;
}

int scratch_remove(void **state)
{
	scratch_fd = fd_close(scratch_fd);
	return path_remove_tree(AT_FDCWD, scratch_path);
}

void scratch_write(const char *path, const char *text)
{
	assert_int_equal(fd_write_file(scratch_fd, path, 0644, text, strlen(text), NULL), 0);
}

void scratch_expect(const char *path, const char *text)
{
	_cleanup_free_ char *content = NULL;
	size_t len;

	assert_int_equal(fd_read_file(scratch_fd, path, 1 << 20, &content, &len, NULL), 0);
	assert_int_equal(len, strlen(text));
	assert_string_equal(content, text);
}

bool scratch_has(const char *path)
{
	return faccessat(scratch_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
