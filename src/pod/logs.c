/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/logs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/timestamp.h"

#define LOG_SUFFIX ".log"

/* One app's lines: first those of the older file, then those of the newer one. */
typedef struct Source {
	char *app;
	FILE *file; /* NULL: nothing was opened yet */
	ino_t inode;
	char *buffer;
	size_t size;
	bool pending; /* line has been read and not handed out */
	PodLogLine line;
} Source;

struct PodLogs {
	int dirfd; /* of the pod */
	char *app; /* NULL: all */
	int64_t since;
	Source *sources;
	size_t n;
	size_t last;  /* whose line was handed out last ... */
	bool goes_on; /* ... and was only a piece */
};

static int open_log(
	const PodLogs *logs, const char *app, const char *suffix, FILE **ret, ino_t *ret_inode)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (str_format(&path, "logs/%s" LOG_SUFFIX "%s", app, suffix) < 0)
		return -ENOMEM;
	fd = path_open_beneath(logs->dirfd, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = fdopen(fd, "re");
	if (!*ret)
		return -ENOMEM;
	fd = -1;
	*ret_inode = st.st_ino;
	return 0;
}

/* Opens the file that comes behind the one that was read to its end: the newer one, if that is
 * another. 1, or 0 when there is none. */
static int open_next(const PodLogs *logs, Source *s)
{
	FILE *file;
	ino_t inode;
	int r = -ENOENT;

	if (!s->file)
		r = open_log(logs, s->app, ".1", &file, &inode);
	if (r == -ENOENT)
		r = open_log(logs, s->app, "", &file, &inode);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (s->file && inode == s->inode) {
		(void)fclose(file);
		return 0;
	}
	if (s->file)
		(void)fclose(s->file);
	s->file = file;
	s->inode = inode;
	return 1;
}

/* "2026-01-31T12:34:56.123456789Z stdout F text\n" */
static bool parse_line(char *text, size_t len, PodLogLine *ret)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	long ns = 0;
	int used = 0;

	if (!rest || sscanf(rest, ".%9ldZ %*6[a-z] %*1[FP]%n", &ns, &used) != 1 || used == 0)
		return false;
	rest += used;
	/* The text may be empty, and then somebody may have cut the blank off. */
	ret->goes_on = rest[-1] == 'P';
	ret->is_stderr = rest[-3] == 'r';
	ret->time = (int64_t)timegm(&tm) * NS_PER_SEC + ns;
	ret->text = *rest == ' ' ? rest + 1 : rest;
	ret->len = len - (size_t)(ret->text - text);
	return true;
}

/* Reads on until there is a line to hand out. What does not end with a newline is being written. */
static int fill(const PodLogs *logs, Source *s)
{
	int r = 1;

	while (!s->pending && r == 1) {
		off_t start = s->file ? ftello(s->file) : 0;
		ssize_t n = s->file ? getline(&s->buffer, &s->size, s->file) : -1;

		if (n > 0 && s->buffer[n - 1] == '\n') {
			s->buffer[n - 1] = '\0';
			s->pending = parse_line(s->buffer, (size_t)n - 1, &s->line) &&
				     s->line.time >= logs->since;
			s->line.app = s->app;
			continue;
		}
		if (s->file && ferror(s->file))
			return -EIO;
		if (s->file && fseeko(s->file, start, SEEK_SET) < 0)
			return -errno;
		r = open_next(logs, s);
	}
	return r < 0 ? r : 0;
}

static bool has_source(const PodLogs *logs, const char *app)
{
	for (size_t i = 0; i < logs->n; i++)
		if (streq(logs->sources[i].app, app))
			return true;
	return false;
}

static int add_source(PodLogs *logs, const char *file_name)
{
	const char *suffix = strstr(file_name, LOG_SUFFIX);
	_cleanup_free_ char *app = NULL;
	Source *bigger;

	if (!suffix)
		return 0;
	app = strndup(file_name, (size_t)(suffix - file_name));
	if (!app)
		return -ENOMEM;
	if (has_source(logs, app) || (logs->app && !streq(logs->app, app)))
		return 0;
	bigger = reallocarray(logs->sources, logs->n + 1, sizeof *bigger);
	if (!bigger)
		return -ENOMEM;
	logs->sources = bigger;
	logs->sources[logs->n++] = (Source){.app = TAKE_PTR(app)};
	return 0;
}

/* Looks which apps there are; more may print something later. */
static int find_sources(PodLogs *logs)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int fd = fd_open_dir(logs->dirfd, "logs");
	int r = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir) {
		(void)fd_close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (entry = readdir(dir)))
		r = add_source(logs, entry->d_name);
	return r;
}

int pod_logs_open(const Pod *p, const char *app, int64_t since, PodLogs **ret, Error *err)
{
	_cleanup_pod_logs_ PodLogs *logs = calloc(1, sizeof *logs);

	if (!logs)
		return fail_oom(err);
	logs->since = since;
	logs->dirfd = fcntl(p->fd, F_DUPFD_CLOEXEC, 3);
	if (logs->dirfd < 0)
		return fail_errno(err, -errno, "open the logs of pod %s", p->uuid);
	if (app && !(logs->app = strdup(app)))
		return fail_oom(err);
	*ret = TAKE_PTR(logs);
	return 0;
}

PodLogs *pod_logs_free(PodLogs *logs)
{
	if (!logs)
		return NULL;
	for (size_t i = 0; i < logs->n; i++) {
		free(logs->sources[i].app);
		free(logs->sources[i].buffer);
		if (logs->sources[i].file)
			(void)fclose(logs->sources[i].file);
	}
	free(logs->sources);
	free(logs->app);
	(void)fd_close(logs->dirfd);
	free(logs);
	return NULL;
}

/* The source of the earliest line; pieces of one line stay together. */
static Source *choose(PodLogs *logs)
{
	Source *best = NULL;

	if (logs->goes_on && logs->sources[logs->last].pending)
		return &logs->sources[logs->last];
	for (size_t i = 0; i < logs->n; i++) {
		Source *s = &logs->sources[i];

		if (s->pending && (!best || s->line.time < best->line.time))
			best = s;
	}
	return best;
}

int pod_logs_next(PodLogs *logs, PodLogLine *ret, Error *err)
{
	Source *s;
	int r = 0;

	for (size_t i = 0; i < logs->n && r == 0; i++)
		r = fill(logs, &logs->sources[i]);
	s = r == 0 ? choose(logs) : NULL;
	if (r == 0 && !s) {
		size_t before = logs->n;

		r = find_sources(logs);
		for (size_t i = before; i < logs->n && r == 0; i++)
			r = fill(logs, &logs->sources[i]);
		s = r == 0 ? choose(logs) : NULL;
	}
	if (r < 0)
		return fail_errno(err, r, "read the pod's logs");
	if (!s)
		return 0;
	s->pending = false;
	logs->last = (size_t)(s - logs->sources);
	logs->goes_on = s->line.goes_on;
	*ret = s->line;
	return 1;
}
