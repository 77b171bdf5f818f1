/* SPDX-License-Identifier: Apache-2.0 */

/* Makes the index of a layer's tar, as rkt-fetch does while the tar comes: bench-index TAR INDEX.
 * Prints the most memory that it has had, in kB. */

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "store/layer-index.h"
#include "store/unpack.h"

typedef struct Input {
	int fd;
	uint64_t size;
	char buffer[1 << 17];
} Input;

/* An UnpackRead. */
static ssize_t read_input(void *source, const void **ret, Error *err)
{
	Input *in = source;
	ssize_t n = fd_read(in->fd, in->buffer, sizeof in->buffer);

	*ret = in->buffer;
	in->size += n > 0 ? (uint64_t)n : 0;
	return n < 0 ? fail_errno(err, (int)n, "read the tar") : n;
}

/* What getrusage() tells counts the process from before it was this program. */
static void print_peak(void)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	if (fd_read_input("/proc/self/status", 1 << 16, &text, NULL, NULL) == 0 &&
		(line = strstr(text, "VmHWM:")))
		(void)printf("%ld\n", strtol(line + strlen("VmHWM:"), NULL, 10));
}

int main(int argc, char **argv)
{
	static Input in;
	_cleanup_layer_index_ LayerIndex *index = NULL;
	_cleanup_close_ int fd = -1;
	UnpackOptions options = {.what = "tar",
		.whiteouts = true,
		.limits = {.max_bytes = UINT64_MAX, .max_entries = UINT64_MAX}};
	UnpackResult result;
	Error err = ERROR_INIT;
	char text[ERROR_TEXT];

	if (argc != 3)
		return 2;
	in.fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (in.fd < 0 || fd < 0 || layer_index_new(&index, &err) < 0)
		return 1;
	options.index = index;
	if (unpack_tar(-1, read_input, &in, &options, &result, &err) == 0 &&
		layer_index_write(index, in.size, "00000000000000000000000000000000", fd, &err) ==
			0) {
		print_peak();
		return 0;
	}
	(void)fprintf(stderr, "bench-index: %s\n", error_message(&err, text, sizeof text));
	return 1;
}
