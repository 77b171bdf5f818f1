/* SPDX-License-Identifier: Apache-2.0 */
#include "init/log-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include "base/cleanup.h"
#include "init/say.h"
#include "plan/plan.h"

/* In .bss: of apps that print nothing, nothing is ever touched. */
static struct {
	struct {
		int fd; /* 0: not open */
		size_t size;
		bool torn; /* the last line has no end */
		int given; /* of log_file_give(), or 0 */
	} files[PLAN_APPS_MAX];
	bool failed; /* and somebody was told */
} logs;

static void fail_once(const char *path, int r)
{
	if (!logs.failed)
		say("cannot write ", path, ": ", say_errno(r), NULL);
	logs.failed = true;
}

/* Opens the app's file to add to it. */
static int open_file(unsigned app, const char *path)
{
	struct stat st;
	int fd;

	if (mkdir("logs", 0750) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	logs.files[app].fd = fd;
	logs.files[app].size = fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
	return 0;
}

/* A file that is full makes room for a new one. */
static void rotate(unsigned app, Text *path)
{
	Text old = {0};

	text_puts(&old, text_string(path));
	text_puts(&old, ".1");
	(void)rename(text_string(path), text_string(&old));
	log_file_forget(app);
}

static void put_time(Text *t)
{
	struct timespec now;
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	text_number(t, (uint64_t)tm.tm_year + 1900, 4, '0');
	text_puts(t, "-");
	text_number(t, (uint64_t)tm.tm_mon + 1, 2, '0');
	text_puts(t, "-");
	text_number(t, (uint64_t)tm.tm_mday, 2, '0');
	text_puts(t, "T");
	text_number(t, (uint64_t)tm.tm_hour, 2, '0');
	text_puts(t, ":");
	text_number(t, (uint64_t)tm.tm_min, 2, '0');
	text_puts(t, ":");
	text_number(t, (uint64_t)tm.tm_sec, 2, '0');
	text_puts(t, ".");
	text_number(t, (uint64_t)now.tv_nsec, 9, '0');
	text_puts(t, "Z");
}

/* In one go, so that lines stay whole. */
static ssize_t write_line(int fd, const Text *head, const char *text, size_t len)
{
	const struct iovec iov[] = {
		{.iov_base = (void *)(uintptr_t)head->data, .iov_len = head->len},
		{.iov_base = (void *)(uintptr_t)text, .iov_len = len},
		{.iov_base = (void *)(uintptr_t) "\n", .iov_len = 1},
	};

	return writev(fd, iov, 3);
}

void log_file_add(
	unsigned app, const char *name, unsigned stream, const char *text, size_t len, bool whole)
{
	Text path = {0}, head = {0};
	ssize_t n;
	int r = 0;

	if (logs.files[app].torn)
		text_puts(&head, "\n");
	text_puts(&path, "logs/");
	text_puts(&path, name);
	text_puts(&path, ".log");
	if (logs.files[app].fd > 0 && logs.files[app].size >= LOG_FILE_MAX)
		rotate(app, &path);
	if (logs.files[app].fd == 0)
		r = open_file(app, text_string(&path));
	if (r < 0) {
		fail_once(text_string(&path), r);
		return;
	}
	put_time(&head);
	text_puts(&head, stream == 1 ? " stdout" : " stderr");
	text_puts(&head, whole ? " F " : " P ");
	n = write_line(logs.files[app].fd, &head, text, len);
	if (n < 0)
		fail_once(text_string(&path), -errno);
	else
		logs.files[app].size += (size_t)n;
	if (n > 0)
		logs.files[app].torn = (size_t)n < head.len + len + 1;
}

int log_file_open(const char *path)
{
	_cleanup_close_ int fd = open(path,
		O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			O_CLOEXEC,
		0640);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EINVAL;
}

void log_file_give(unsigned app, int fd)
{
	logs.files[app].given = fd;
}

bool log_file_is_given(unsigned app)
{
	return logs.files[app].given > 0;
}

void log_file_add_plain(unsigned app, unsigned stream, const char *text, size_t len)
{
	Text head = {0};

	put_time(&head);
	text_puts(&head, stream == 1 ? " stdout " : " stderr ");
	if (write_line(logs.files[app].given, &head, text, len) < 0)
		fail_once("the app's log file", -errno);
}

void log_file_forget(unsigned app)
{
	if (logs.files[app].given > 0)
		(void)fd_close(logs.files[app].given);
	logs.files[app].given = 0;
	if (logs.files[app].fd > 0)
		(void)fd_close(logs.files[app].fd);
	logs.files[app].fd = 0;
	logs.files[app].torn = false;
}
