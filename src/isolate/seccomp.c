/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/seccomp.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/atomic-file.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strbuf.h"

#define CACHE_FORMAT "rkt-seccomp 1\n"

/* Names a cache file. The file holds the rules too, so that two with one name are told apart
 * (FNV-1a). */
static uint64_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h;
}

/* The part of a cache file behind its head and rules, NULL when it is not for these rules. */
static const char *find_program(const char *file, size_t len, const char *rules, size_t *ret_len)
{
	size_t head = strlen(CACHE_FORMAT), n = strlen(rules) + 1;

	if (len <= head + n || memcmp(file, CACHE_FORMAT, head) != 0 ||
		memcmp(file + head, rules, n) != 0)
		return NULL;
	*ret_len = len - head - n;
	return file + head + n;
}

static int read_cached(const char *path, const char *rules, void **ret, size_t *ret_len)
{
	size_t max = SECCOMP_RULES_MAX + SECCOMP_PROGRAM_MAX, len, program_len;
	_cleanup_free_ char *file = NULL;
	const char *program;
	int r;

	r = fd_read_file(AT_FDCWD, path, max, &file, &len, NULL);
	if (r < 0)
		return r;
	program = find_program(file, len, rules, &program_len);
	if (!program || program_len % 8 != 0)
		return -ESTALE;
	/* In place: the caller gets the file's memory. */
	memmove(file, program, program_len);
	*ret = TAKE_PTR(file);
	*ret_len = program_len;
	return 0;
}

/* A descriptor to read rules from. */
static int rules_fd(const char *rules, Error *err)
{
	_cleanup_close_ int fd = memfd_create("seccomp-rules", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return fail_errno(err, -errno, "memfd_create");
	r = fd_write(fd, rules, strlen(rules));
	if (r < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(err, r < 0 ? r : -errno, "write the system call filter's rules");
	return TAKE_FD(fd);
}

static int compile(const char *rules, char **ret, size_t *ret_len, Error *err)
{
	_cleanup_free_ char *program = NULL;
	_cleanup_close_ int input = rules_fd(rules, err);
	Process p = PROCESS_INIT(NULL);
	const char *argv[] = {NULL, NULL};
	int r;

	if (input < 0)
		return input;
	r = process_libexec("rkt-seccomp", &program, err);
	if (r < 0)
		return r;
	argv[0] = program;
	p.argv = argv;
	p.stdin_fd = input;
	r = process_output(&p, SECCOMP_PROGRAM_MAX, ret, ret_len, err);
	if (r > 0) {
		free(*ret);
		*ret = NULL;
		return fail(err, -EINVAL, "cannot compile the system call filter");
	}
	return r;
}

/* Best effort: a full disk costs the next pod a millisecond, no more. */
static void write_cached(
	const char *data_dir, const char *path, const char *rules, const char *program, size_t len)
{
	_cleanup_strbuf_ StrBuf file = STRBUF_INIT(SECCOMP_RULES_MAX + SECCOMP_PROGRAM_MAX);
	_cleanup_free_ char *dir = NULL;

	strbuf_puts(&file, CACHE_FORMAT);
	strbuf_add(&file, rules, strlen(rules) + 1);
	strbuf_add(&file, program, len);
	if (file.error || str_format(&dir, "%s/seccomp", data_dir) < 0)
		return;
	if (path_mkdir_parents(AT_FDCWD, dir, 0755) < 0)
		return;
	(void)atomic_write(AT_FDCWD, path, 0644, file.text, file.len, 0, NULL);
}

int seccomp_program(
	const char *data_dir, const char *rules, void **ret, size_t *ret_len, Error *err)
{
	_cleanup_free_ char *path = NULL, *program = NULL;
	size_t len;
	int r;

	r = str_format(&path, "%s/seccomp/%016llx", data_dir, (unsigned long long)hash(rules));
	if (r < 0)
		return fail_oom(err);
	if (read_cached(path, rules, ret, ret_len) == 0)
		return 0;
	r = compile(rules, &program, &len, err);
	if (r < 0)
		return r;
	write_cached(data_dir, path, rules, program, len);
	*ret = TAKE_PTR(program);
	*ret_len = len;
	return 0;
}
