/* SPDX-License-Identifier: Apache-2.0 */
#include "init/interpreter.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include "base/cleanup.h"

/* The line of a script that execve(2) looks at. */
#define LINE_MAX_SEEN 256

#define HEADERS_MAX 64

static int read_exactly(int fd, void *buf, size_t len, off_t at)
{
	ssize_t n = pread(fd, buf, len, at);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -ENOEXEC;
}

/* "#!", blanks, and the path up to the next blank. */
static int of_script(const char *line, size_t len, char ret[static PATH_MAX])
{
	size_t begin = 2, end;

	while (begin < len && (line[begin] == ' ' || line[begin] == '\t'))
		begin++;
	end = begin;
	while (end < len && !strchr(" \t\n", line[end]))
		end++;
	if (begin == end)
		return -ENOEXEC;
	memcpy(ret, line + begin, end - begin);
	ret[end - begin] = '\0';
	return 0;
}

static int of_elf(int fd, const ElfW(Ehdr) * header, char ret[static PATH_MAX])
{
	for (unsigned i = 0; i < header->e_phnum && i < HEADERS_MAX; i++) {
		ElfW(Phdr) segment;
		int r = read_exactly(fd, &segment, sizeof segment,
			(off_t)(header->e_phoff + i * sizeof segment));

		if (r < 0)
			return r;
		if (segment.p_type != PT_INTERP)
			continue;
		if (segment.p_filesz < 2 || segment.p_filesz > PATH_MAX)
			return -ENOEXEC;
		r = read_exactly(fd, ret, segment.p_filesz, (off_t)segment.p_offset);
		if (r == 0 && ret[segment.p_filesz - 1] != '\0')
			r = -ENOEXEC;
		return r;
	}
	return -ENOEXEC;
}

/* Of this machine's word size: others the kernel may know, but then it says so itself. */
static bool is_elf(const char *start, size_t len)
{
	return len >= sizeof(ElfW(Ehdr)) && memcmp(start, ELFMAG, SELFMAG) == 0 &&
	       start[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
}

int interpreter_of(const char *program, char ret[static PATH_MAX])
{
	_cleanup_close_ int fd = open(program, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	union {
		char text[LINE_MAX_SEEN];
		ElfW(Ehdr) elf;
	} start;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, start.text, sizeof start.text, 0);
	if (n < 0)
		return -errno;
	if (n > 2 && memcmp(start.text, "#!", 2) == 0)
		return of_script(start.text, (size_t)n, ret);
	return is_elf(start.text, (size_t)n) ? of_elf(fd, &start.elf, ret) : -ENOEXEC;
}
