/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test-archive.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/process.h"
#include "isolate/mount.h"
#include "store/layer-index.h"

#define BLOCK      512
#define OUTPUT_MAX (16u << 20)

struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[8], uname[32], gname[32], major[8], minor[8], prefix[155], pad[12];
};

static void pad(StrBuf *tar)
{
	while (tar->len % BLOCK)
		strbuf_putc(tar, '\0');
}

/* value in octal digits that fill the field but for its last byte. */
static void put_octal(char *field, size_t size, size_t value)
{
	field[size - 1] = '\0';
	for (size_t i = size - 1; i > 0; i--, value /= 8)
		field[i - 1] = (char)('0' + value % 8);
}

void test_tar_add(StrBuf *tar, const TestEntry *entry)
{
	size_t len = entry->content ? strlen(entry->content) : 0;
	char type = entry->type ? entry->type : '0';
	struct ustar h = {.type = type, .magic = "ustar\0000"};
	unsigned mode = entry->mode ? entry->mode : type == '5' ? 0755 : 0644;
	unsigned sum = 0;

	memcpy(h.name, entry->name, strnlen(entry->name, sizeof h.name));
	if (entry->link)
		memcpy(h.link, entry->link, strnlen(entry->link, sizeof h.link));
	put_octal(h.mode, sizeof h.mode, mode);
	put_octal(h.uid, sizeof h.uid, entry->uid);
	put_octal(h.gid, sizeof h.gid, entry->gid);
	put_octal(h.size, sizeof h.size, entry->size ? entry->size : len);
	put_octal(h.mtime, sizeof h.mtime, entry->mtime);
	put_octal(h.major, sizeof h.major, entry->major);
	put_octal(h.minor, sizeof h.minor, entry->minor);
	memset(h.sum, ' ', sizeof h.sum);
	for (size_t i = 0; i < sizeof h; i++)
		sum += ((const unsigned char *)&h)[i];
	put_octal(h.sum, sizeof h.sum - 1, sum);
	strbuf_add(tar, &h, sizeof h);
	strbuf_add(tar, entry->content ? entry->content : "", len);
	pad(tar);
}

void test_tar_end(StrBuf *tar)
{
	static const char zeros[2 * BLOCK];

	strbuf_add(tar, zeros, sizeof zeros);
}

typedef struct Memory {
	const char *data;
	size_t len;
} Memory;

/* In odd pieces, so that headers and contents are cut everywhere. */
static ssize_t read_memory(void *source, const void **ret, Error *err)
{
	Memory *m = source;
	size_t n = MIN(m->len, (size_t)777);

	*ret = m->data;
	m->data += n;
	m->len -= n;
	return (ssize_t)n;
}

int test_unpack(
	int root_fd, const StrBuf *tar, UnpackOptions options, UnpackResult *ret, Error *err)
{
	Memory memory = {tar->text, tar->len};
	UnpackResult result;
	int r;

	if (!options.what)
		options.what = "test.tar";
	if (!options.limits.max_bytes)
		options.limits.max_bytes = 1u << 30;
	if (!options.limits.max_entries)
		options.limits.max_entries = 100000;
	r = unpack_tar(root_fd, read_memory, &memory, &options, &result, err);
	if (r == 0) {
		assert_int_equal(memory.len, 0);
		if (ret)
			*ret = result;
	}
	return r;
}

int test_unpack_view(int root_fd, const StrBuf *tar, UnpackOptions options, Error *err)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	_cleanup_close_ int dir = -1, fd = -1, mount = -1, view = -1;
	char path[64];
	int r = layer_index_new(&index, err);

	assert_int_equal(r, 0);
	options.index = index;
	r = test_unpack(-1, tar, options, NULL, err);
	if (r < 0)
		return r;
	dir = test_dir_make(path);
	assert_int_equal(fd_write_file(dir, "tar", 0600, tar->text, tar->len, err), 0);
	fd = openat(dir, "index", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(
		layer_index_write(index, tar->len, "0123456789abcdef0123456789abcdef", fd, err), 0);
	mount = mount_create_view(path);
	assert_true(mount >= 0);
	view = fd_open_dir(mount, ".");
	assert_int_equal(dup2(view, root_fd), root_fd);
	test_dir_remove(path);
	return 0;
}

int test_dir_make(char ret[static 64])
{
	const char *base = getenv("TMPDIR");
	int fd;

	(void)snprintf(ret, 64, "%.40s/rkt-test-XXXXXX", base ? base : "/var/tmp");
	assert_non_null(mkdtemp(ret));
	fd = fd_open_dir(AT_FDCWD, ret);
	assert_true(fd >= 0);
	return fd;
}

void test_dir_remove(const char *path)
{
	_cleanup_close_ int root = fd_open_dir(AT_FDCWD, "/");

	assert_int_equal(path_remove_tree(root, path + 1), 0);
}

char *test_shell(const char *fmt, ...)
{
	_cleanup_free_ char *command = NULL;
	Error err = ERROR_INIT;
	char *output;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&command, fmt, ap) >= 0);
	va_end(ap);
	const char *const argv[] = {"/bin/sh", "-ec", command, NULL};
	const Process p = PROCESS_INIT(argv);
	int status = process_output(&p, OUTPUT_MAX, &output, &len, &err);

	if (status != 0)
		fail_msg("%s: status %d %s", command, status, err.frames[0].text);
	return output;
}

void test_need_root(void)
{
	if (geteuid() != 0) {
		print_message("owners, devices and trusted attributes need root\n");
		skip();
	}
}
