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

/* A cache file: this, the rules with their NUL, the program. Nobody waits for it to be on disk, so
 * that a crash of the host may leave anything in its place. */
typedef struct CacheHead {
	char format[16];
	uint64_t program_len, program_hash;
} CacheHead;

#define CACHE_FORMAT "rkt-seccomp 2"
#define CACHE_MAX    (sizeof(CacheHead) + SECCOMP_RULES_MAX + SECCOMP_PROGRAM_MAX)

/* FNV-1a. Names a cache file, which holds the rules too, so that two with one name are told apart.
 */
static uint64_t hash(const char *data, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * 0x100000001b3u;
	return h;
}

/* The part of a cache file behind its head and rules, NULL when it is not whole or not for these
 * rules. */
static const char *find_program(const char *file, size_t len, const char *rules, size_t *ret_len)
{
	size_t n = strlen(rules) + 1;
	const char *program;
	CacheHead head;

	if (len <= sizeof head + n || memcmp(file + sizeof head, rules, n) != 0)
		return NULL;
	memcpy(&head, file, sizeof head);
	len -= sizeof head + n;
	program = file + sizeof head + n;
	if (memcmp(head.format, CACHE_FORMAT, sizeof CACHE_FORMAT) != 0 ||
		head.program_len != len || head.program_hash != hash(program, len))
		return NULL;
	*ret_len = len;
	return program;
}

static int read_cached(const char *path, const char *rules, void **ret, size_t *ret_len)
{
	size_t len, program_len;
	_cleanup_free_ char *file = NULL;
	const char *program;
	int r;

	r = fd_read_file(AT_FDCWD, path, CACHE_MAX, &file, &len, NULL);
	if (r < 0)
		return r;
	program = find_program(file, len, rules, &program_len);
	if (!program)
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
	_cleanup_strbuf_ StrBuf file = STRBUF_INIT(CACHE_MAX);
	_cleanup_free_ char *dir = NULL;
	CacheHead head = {
		.format = CACHE_FORMAT,
		.program_len = len,
		.program_hash = hash(program, len),
	};

	strbuf_add(&file, &head, sizeof head);
	strbuf_add(&file, rules, strlen(rules) + 1);
	strbuf_add(&file, program, len);
	if (file.error || str_format(&dir, "%s/seccomp", data_dir) < 0)
		return;
	if (path_mkdir_parents(AT_FDCWD, dir, 0755) < 0)
		return;
	(void)atomic_write(AT_FDCWD, path, 0644, file.text, file.len, NULL);
}

int seccomp_program(
	const char *data_dir, const char *rules, void **ret, size_t *ret_len, Error *err)
{
	_cleanup_free_ char *path = NULL, *program = NULL;
	size_t len;
	int r;

	r = str_format(&path, "%s/seccomp/%016llx", data_dir,
		(unsigned long long)hash(rules, strlen(rules)));
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
