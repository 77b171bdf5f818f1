/* SPDX-License-Identifier: Apache-2.0 */
#include "store/unpack.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"
#include "store/layer-index.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A directory with the tree's root and, beside it, a file that nothing may touch. */
static int outside = -1;
static char outside_path[] = "/var/tmp/rkt-fuzz-unpack-XXXXXX";

/* Of no tar. */
#define DIGEST "0123456789abcdef0123456789abcdef"

static void require(bool promise)
{
	if (!promise)
		abort();
}

static void clean_up(void)
{
	_cleanup_close_ int root = fd_open_dir(AT_FDCWD, "/");

	(void)path_remove_tree(root, outside_path + 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	require(mkdtemp(outside_path));
	outside = fd_open_dir(AT_FDCWD, outside_path);
	require(outside >= 0);
	require(fd_write_file(outside, "evil", 0600, "untouched", 9, NULL) == 0);
	(void)atexit(clean_up);
	return 0;
}

typedef struct Input {
	const uint8_t *data;
	size_t left;
} Input;

static ssize_t read_input(void *source, const void **ret, Error *err)
{
	Input *in = source;
	size_t n = MIN(in->left, (size_t)1000);

	*ret = in->data;
	in->data += n;
	in->left -= n;
	return (ssize_t)n;
}

static int ignore_file(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	return 0;
}

/* Nothing was made beside the root, and the file there is what it was: no link leads to it either.
 */
static void require_untouched(void)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(outside);
	_cleanup_free_ char *text = NULL;
	const struct dirent *entry;
	struct stat st;
	unsigned n = 0;

	require(dir);
	while ((entry = readdir(dir)))
		n++;
	require(n == 4);
	require(fstatat(outside, "evil", &st, AT_SYMLINK_NOFOLLOW) == 0);
	require(S_ISREG(st.st_mode) && st.st_nlink == 1 && (st.st_mode & 07777) == 0600);
	require(fd_read_file(outside, "evil", 100, &text, NULL, NULL) == 0 &&
		streq(text, "untouched"));
}

/* What makes a tree makes an index, and what does not does not, but for what a filesystem has no
 * room for. */
static void require_index(const uint8_t *data, size_t size, UnpackOptions options, int wanted)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	_cleanup_close_ int fd = memfd_create("index", MFD_CLOEXEC);
	Error err = ERROR_INIT;
	UnpackResult result;
	Input in = {data, size};
	int r;

	require(fd >= 0 && layer_index_new(&index, &err) == 0);
	options.index = index;
	r = unpack_tar(-1, read_input, &in, &options, &result, &err);
	require(r == wanted || wanted == -ENOSPC || wanted == -E2BIG || wanted == -ERANGE);
	require(r < 0 || layer_index_write(index, size, DIGEST, fd, &err) == 0);
}

/* The first byte chooses the options, the rest is the archive. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int root = -1;
	UnpackOptions options = {.what = "fuzz",
		.file = ignore_file,
		.file_max = 1000,
		.limits = {.max_bytes = 1u << 20, .max_entries = 200}};
	Error err = ERROR_INIT;
	UnpackResult result;
	Input in;
	int r;

	if (size == 0)
		return 0;
	options.whiteouts = data[0] & 1;
	options.strip = data[0] & 2 ? "rootfs" : NULL;
	in = (Input){data + 1, size - 1};
	require(mkdirat(outside, "root", 0755) == 0);
	root = fd_open_dir(outside, "root");
	require(root >= 0);
	r = unpack_tar(root, read_input, &in, &options, &result, &err);
	require(r == 0 || (r < 0 && err.n_frames > 0 && err.frames[0].text[0]));
	require(r < 0 || (in.left == 0 && result.entries <= 200 && result.bytes <= 1u << 20));
	require_untouched();
	require_index(data + 1, size - 1, options, r);
	require(path_remove_tree(outside, "root") == 0);
	return 0;
}
