/* SPDX-License-Identifier: Apache-2.0 */
#include "store/unpack.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/fd.h"
#include "isolate/mount.h"
#include "store/layer-index.h"
#include "store/test-archive.h"

/* What GNU tar makes of an archive, this engine has to make of it too: as a tree, and as a view. */

static const char tree[] =
	"mkdir -p src/deep/er/est src/empty src/sticky; chmod 1777 src/sticky; chmod 02755 "
	"src/empty;"
	"echo plain >src/plain; : >src/nothing; head -c 3000000 /dev/urandom >src/large;"
	"echo setuid >src/setuid; chown 12:34 src/setuid; chmod 6755 src/setuid;"
	"echo locked >src/locked; chmod 0 src/locked; chmod 0555 src/deep;"
	"echo owned >src/deep/owned; chown 1000:2000 src/deep/owned; chown 3000000000:7 "
	"src/deep/er;"
	"ln src/plain src/deep/er/hard; ln -s ../nowhere src/symlink; ln -s /etc/passwd src/abs;"
	"chown -h 5:6 src/symlink; touch -h -d @1000000000.123456789 src/symlink;"
	"mknod src/char c 1 3; mknod src/block b 7 200; mkfifo -m 640 src/fifo; chown 0:5 src/char;"
	"setfattr -n user.color -v blue src/plain; setfattr -n user.dir -v 1 src/empty;"
	"setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 src/large;"
	"setfacl -m u:33:rwx,g:77:r src/plain src/deep; setfacl -d -m u:44:rx src/deep;"
	"setfattr -n trusted.secret -v 1 src/plain;"
	"truncate -s 5000000 src/sparse; echo tail >>src/sparse;"
	"long=$(printf 'n%.0s' $(seq 200)); mkdir -p src/$long/$long; echo long "
	">src/$long/$long/file;"
	"ln -s $long/$long/$long src/longlink; ln src/$long/$long/file src/$long/longhard;"
	"printf x >\"src/nfd-$(printf 'e\\314\\201')\"; printf x >\"src/bad-$(printf "
	"'\\377\\376')\";"
	"printf x >'src/new\nline'; printf x >'src/ blank \\ quote\\\"';"
	"find src -type f -exec touch -d @1234567890.987654321 {} +;"
	"find src -depth -type d -exec touch -d @1111111111.5 {} +;";

/* One line per file, with everything that has to agree. */
static const char describe[] =
	"find . -mindepth 1 -printf '%%P %%y %%m %%U %%G %%n %%T@ %%l\\n' | sort >../%s.list;"
	"find . -type c -printf '%%P ' -exec stat -c '%%t %%T' {} \\; -o -type b -printf '%%P ' "
	"  -exec stat -c '%%t %%T' {} \\; | sort >>../%s.list;"
	"find . -type f -exec sha256sum {} + -printf '%%P %%s\n' | sort >>../%s.list;"
	"getfattr -R -h -m '^(user|security\\.capability|system)' -d . 2>/dev/null | sort "
	">>../%s.list";

typedef struct FileSource {
	int fd;
	char buffer[65536];
} FileSource;

static ssize_t read_file(void *source, const void **ret, Error *err)
{
	FileSource *f = source;

	*ret = f->buffer;
	return fd_read(f->fd, f->buffer, sizeof f->buffer);
}

static void describe_tree(const char *dir, const char *name)
{
	_cleanup_free_ char *command = NULL;

	assert_true(asprintf(&command, describe, name, name, name, name) > 0);
	free(test_shell("cd %s/%s; %s", dir, name, command));
}

/* Mounts an index of t.tar at the directory "view". */
static void make_view(const char *dir)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	UnpackOptions options = {.what = "t.tar", .limits = {1u << 30, 1000}};
	FileSource source = {.fd = -1};
	UnpackResult result = {0};
	Error err = ERROR_INIT;
	char tar[96], path[96];
	int fd, mount, target;

	(void)snprintf(tar, sizeof tar, "%s/t.tar", dir);
	(void)snprintf(path, sizeof path, "%s/index", dir);
	source.fd = open(tar, O_RDONLY | O_CLOEXEC);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(layer_index_new(&index, &err), 0);
	options.index = index;
	if (unpack_tar(-1, read_file, &source, &options, &result, &err) < 0)
		fail_msg("%s", err.frames[0].text);
	assert_false(result.sparse);
	assert_int_equal(layer_index_write(index, (uint64_t)lseek(source.fd, 0, SEEK_CUR),
				 "0123456789abcdef0123456789abcdef", fd, &err),
		0);
	fd_close(fd);
	fd_close(source.fd);
	(void)snprintf(path, sizeof path, "%s/tar", dir);
	assert_int_equal(symlink("t.tar", path), 0);
	mount = mount_create_view(dir);
	(void)snprintf(path, sizeof path, "%s/view", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	target = fd_open_dir(AT_FDCWD, path);
	assert_int_equal(mount < 0 ? mount : mount_attach(mount, target), 0);
	fd_close(target);
	fd_close(mount);
}

static void compare_view(const char *dir)
{
	if (unshare(CLONE_NEWNS) < 0 || mount_make_slave() < 0)
		fail_msg("a mount namespace cannot be had");
	make_view(dir);
	describe_tree(dir, "view");
	free(test_shell("cd %s; umount view; diff -u theirs.list view.list >&2", dir));
}

static void compare(const char *dir, const char *format, const char *make)
{
	const UnpackOptions options = {.what = "t.tar", .limits = {1u << 30, 1000}};
	FileSource source = {.fd = -1};
	UnpackResult result = {0};
	Error err = ERROR_INIT;
	_cleanup_free_ char *count = NULL;
	char path[96];
	int ours, r;

	free(test_shell("cd %s; umask 022; %s", dir, tree));
	free(test_shell(
		"cd %s; %s; mkdir ours "
		"theirs; tar -C theirs --xattrs --xattrs-include='user.*' "
		"--xattrs-include=security.capability --xattrs-include='system.*' -xpf t.tar",
		dir, make));
	(void)snprintf(path, sizeof path, "%s/ours", dir);
	ours = fd_open_dir(AT_FDCWD, path);
	(void)snprintf(path, sizeof path, "%s/t.tar", dir);
	source.fd = open(path, O_RDONLY | O_CLOEXEC);
	r = unpack_tar(ours, read_file, &source, &options, &result, &err);
	if (r < 0)
		fail_msg("%s", err.frames[0].text);
	describe_tree(dir, "ours");
	describe_tree(dir, "theirs");
	free(test_shell(
		"cd %s; test $(wc -l <ours.list) -gt 50; diff -u theirs.list ours.list >&2", dir));
	count = test_shell("tar -tf %s/t.tar | wc -l", dir);
	assert_int_equal(result.entries, strtoul(count, NULL, 10));
	/* Holes stay holes. */
	free(test_shell("cd %s; ! tar -tvf t.tar --full-time >/dev/null || test %s != sparse || "
			"test $(stat -c %%b ours/sparse) -lt 1000",
		dir, format));
	fd_close(source.fd);
	fd_close(ours);
	if (!streq(format, "sparse"))
		compare_view(dir);
}

static void pax(void **state)
{
	test_need_root();
	compare(*state, "pax", "tar -C src --format=pax --xattrs --xattrs-include='*' -cf t.tar .");
	free(test_shell(
		"test $(grep -ac system.posix_acl_ %s/ours.list) -eq 4", (const char *)*state));
}

/* ACLs of this form name users as this machine calls them: they are left out, as other engines
 * do. */
static void acls(void **state)
{
	test_need_root();
	compare(*state, "pax", "tar -C src --format=pax --acls -cf t.tar .");
	free(test_shell(
		"cd %s; grep -aq SCHILY.acl.default t.tar; ! grep -aq system.posix_acl_ ours.list",
		(const char *)*state));
}

static void gnu(void **state)
{
	test_need_root();
	compare(*state, "gnu", "tar -C src --format=gnu -cf t.tar .");
}

static void sparse(void **state)
{
	test_need_root();
	compare(*state, "sparse", "tar -C src --format=gnu --sparse -cf t.tar .");
}

static void sparse_pax(void **state)
{
	test_need_root();
	compare(*state, "sparse", "tar -C src --format=pax --sparse -cf t.tar .");
}

static void without_dot(void **state)
{
	test_need_root();
	compare(*state, "gnu",
		"(cd src; find . -mindepth 1 -printf '%P\\0') | tar -C src --null --no-recursion "
		"--verbatim-files-from -T - --format=gnu -cf t.tar");
}

static int set_up(void **state)
{
	char *path = malloc(64);

	assert_non_null(path);
	fd_close(test_dir_make(path));
	*state = path;
	return 0;
}

static int tear_down(void **state)
{
	test_dir_remove(*state);
	free(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pax),
		TEST(acls),
		TEST(gnu),
		TEST(sparse),
		TEST(sparse_pax),
		TEST(without_dot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
