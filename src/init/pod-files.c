/* SPDX-License-Identifier: Apache-2.0 */
#include "init/pod-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/namespace-init.h"
#include "base/transfer.h"
#include "init/say.h"

#define STATUS_DIRECTORY "stage1/rootfs/rkt/status"
#define READY            "stage1/rootfs/rkt/supervisor-status"
#define MEMORY_KILLED    "stage1/rootfs/rkt/memory-killed"
#define RESTARTS         "stage1/rootfs/rkt/restarts"

/* What the file has room for on the disk it keeps until the new content is in. */
static int write_file(const char *path, const char *data, size_t len)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = fd_write(fd, data, len);
	if (r < 0)
		return r;
	return ftruncate(fd, (off_t)len) < 0 ? -errno : 0;
}

/* Readers poll for the file and must never see it without its number. */
static int write_number_atomically(const char *path, const char *temp, int64_t n)
{
	Text t = {0};
	int r;

	text_number(&t, (uint64_t)n, 1, ' ');
	text_puts(&t, "\n");
	r = write_file(temp, t.data, t.len);
	if (r < 0)
		return r;
	return rename(temp, path) < 0 ? -errno : 0;
}

/* Where outside readers look for what becomes of the apps. */
static int make_status_directories(void)
{
	static const char *const paths[] = {"stage1/rootfs", "stage1/rootfs/rkt", STATUS_DIRECTORY};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (mkdir(paths[i], 0755) < 0 && errno != EEXIST)
			return -errno;
	return 0;
}

int pod_files_started(const char *cgroup)
{
	int r = make_status_directories();

	if (r < 0)
		return r;
	if (symlink("native", "flavor") < 0 && errno != EEXIST)
		return -errno;
	r = cgroup[0] ? write_file("subcgroup", cgroup, strlen(cgroup)) : 0;
	return r < 0 ? r : write_number_atomically("ppid", ".ppid", getpid());
}

void pod_files_ready(bool ready)
{
	/* Whoever waits for the marker goes on waiting if it cannot be made; the pod itself is
	 * fine. */
	(void)!(ready ? symlink("ready", READY) : unlink(READY));
}

static const char *path_in(Text *t, const char *directory, const char *app)
{
	text_puts(t, directory);
	text_puts(t, "/");
	text_puts(t, app);
	return text_string(t);
}

void pod_files_memory_killed(const char *app)
{
	Text path = {0};

	(void)mkdir(MEMORY_KILLED, 0755);
	(void)write_file(path_in(&path, MEMORY_KILLED, app), "", 0);
}

void pod_files_restarted(const char *app, uint32_t n)
{
	Text path = {0};

	(void)mkdir(RESTARTS, 0755);
	(void)write_number_atomically(path_in(&path, RESTARTS, app), RESTARTS "/.new", n);
}

/* STATUS_DIRECTORY/PREFIX APP SUFFIX */
static const char *status_path(Text *t, const char *prefix, const char *app, const char *suffix)
{
	text_puts(t, STATUS_DIRECTORY "/");
	text_puts(t, prefix);
	text_puts(t, app);
	text_puts(t, suffix);
	return text_string(t);
}

int pod_files_app_status(const char *app, int status)
{
	Text path = {0}, temp = {0};

	return write_number_atomically(
		status_path(&path, "", app, ""), status_path(&temp, ".", app, ""), status);
}

bool pod_files_app_has_status(const char *app)
{
	Text path = {0};

	return access(status_path(&path, "", app, ""), F_OK) == 0;
}

int pod_files_app_created(const char *app)
{
	Text path = {0};

	return write_file(status_path(&path, "", app, "-created"), "", 0);
}

int pod_files_app_started(const char *app)
{
	Text status = {0}, started = {0}, killed = {0}, restarts = {0}, temp = {0};

	/* A new file each time: its time is when the app was started. */
	if (unlink(status_path(&started, "", app, "-started")) < 0 && errno != ENOENT)
		return -errno;
	if (unlink(status_path(&status, "", app, "")) < 0 && errno != ENOENT)
		return -errno;
	if (unlink(path_in(&killed, MEMORY_KILLED, app)) < 0 && errno != ENOENT)
		return -errno;
	if (unlink(path_in(&restarts, RESTARTS, app)) < 0 && errno != ENOENT)
		return -errno;
	/* Room for the status, so that the app's end is known on a disk that is full by then. */
	(void)write_file(status_path(&temp, ".", app, ""), "\n", 1);
	return write_file(text_string(&started), "", 0);
}

/* The first number in a small file. */
static pid_t read_number(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof text - 1);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	return text_to_number(text);
}

bool pod_files_locked(void)
{
	_cleanup_close_ int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

pid_t pod_files_monitor(void)
{
	_cleanup_close_ int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = read_number("ppid");

	if (pid <= 0)
		return pid == 0 ? -EINVAL : pid;
	return process_is_in(pid, here) ? pid : -ESRCH;
}

pid_t pod_files_first_process(pid_t monitor)
{
	return namespace_init_of(monitor);
}
