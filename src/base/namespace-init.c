/* SPDX-License-Identifier: Apache-2.0 */
#include "base/namespace-init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/macro.h"

#define PATH_SIZE   64
#define STATUS_SIZE 4096

static char *put_text(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len + 1);
	return to + len;
}

static char *put_pid(char *to, pid_t pid)
{
	char digits[16];
	unsigned n = 0;

	for (; pid > 0; pid /= 10)
		digits[n++] = (char)('0' + pid % 10);
	while (n > 0)
		*to++ = digits[--n];
	*to = '\0';
	return to;
}

/* Reads the number at *text and goes behind it and the blanks that follow; 0 when there is none. */
static pid_t take_pid(const char **text)
{
	pid_t pid = 0;

	while (**text >= '0' && **text <= '9')
		pid = pid * 10 + (*(*text)++ - '0');
	while (**text == ' ' || **text == '\t')
		(*text)++;
	return pid;
}

/* The beginning of a small file, NUL-terminated. Its length or a negative errno. */
static ssize_t read_file(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

/* Its status, NUL-terminated, in buf. */
static bool read_status(pid_t pid, char *buf, size_t size)
{
	char path[PATH_SIZE];

	(void)put_text(put_pid(put_text(path, "/proc/"), pid), "/status");
	return read_file(path, buf, size) >= 0;
}

/* Whether it is root in each way: that of a set-user-ID program is somebody else, too. */
static bool is_root(pid_t pid)
{
	char status[STATUS_SIZE];

	return read_status(pid, status, sizeof status) && strstr(status, "\nUid:\t0\t0\t0\t0\n");
}

/* Whether root has made the user namespace that its PID namespace belongs to. */
static bool is_in_namespace_of_root(pid_t pid)
{
	_cleanup_close_ int namespace = -1, users = -1;
	char path[PATH_SIZE];
	uid_t owner;

	(void)put_text(put_pid(put_text(path, "/proc/"), pid), "/ns/pid");
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	users = namespace < 0 ? -1 : ioctl(namespace, NS_GET_USERNS);
	return users >= 0 && ioctl(users, NS_GET_OWNER_UID, &owner) == 0 && owner == 0;
}

/* "NSpid:\t4711\t1": its number in each PID namespace that it is in, the innermost last. */
static bool is_init(pid_t pid)
{
	char status[STATUS_SIZE];
	const char *line;
	unsigned n = 0;
	pid_t last = 0;

	if (!read_status(pid, status, sizeof status))
		return false;
	line = strstr(status, "\nNSpid:\t");
	if (!line)
		return false;
	line += strlen("\nNSpid:\t");
	while (*line && *line != '\n') {
		last = take_pid(&line);
		if (last == 0)
			return false;
		n++;
	}
	return n > 1 && last == 1;
}

pid_t namespace_init_of(pid_t parent)
{
	char path[PATH_SIZE], children[4096];
	const char *next = children;
	char *end;
	ssize_t n;
	pid_t pid;

	end = put_pid(put_text(path, "/proc/"), parent);
	(void)put_text(put_pid(put_text(end, "/task/"), parent), "/children");
	n = read_file(path, children, sizeof children);
	if (n < 0)
		return (pid_t)n;
	if (!is_root(parent))
		return 0;
	while ((pid = take_pid(&next)) > 0)
		if (is_init(pid) && is_in_namespace_of_root(pid))
			return pid;
	return 0;
}

bool process_is_in(pid_t pid, int dir)
{
	char path[PATH_SIZE];
	struct stat there, here;

	(void)put_text(put_pid(put_text(path, "/proc/"), pid), "/cwd");
	return stat(path, &there) == 0 && fstat(dir, &here) == 0 && there.st_ino == here.st_ino &&
	       there.st_dev == here.st_dev;
}
