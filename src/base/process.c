/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

/* In the child: puts fd at number target, not close-on-exec. */
static int place_fd(int fd, int target)
{
	if (fd < 0)
		return 0;
	if (fd == target)
		return fd_set_cloexec(fd, false);
	return dup2(fd, target) < 0 ? -errno : 0;
}

/* What the child tells of its failure. */
typedef struct Report {
	int code;
	char text[ERROR_TEXT]; /* "" where the code is all there is to say */
} Report;

static int become(const Process *p, char text[static ERROR_TEXT])
{
	Error err = ERROR_INIT;
	int r;

	if (!p->become)
		return execv(p->argv[0], (char *const *)p->argv) < 0 ? -errno : 0;
	r = p->become(p->userdata, &err);
	(void)error_message(&err, text, ERROR_TEXT);
	return r;
}

static _noreturn_ void child(const Process *p, pid_t parent, int report)
{
	Report said = {0};
	int r;

	r = prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 ? -errno : 0;
	if (r == 0 && getppid() != parent)
		r = -ESRCH;
	if (r == 0)
		r = place_fd(p->stdin_fd, STDIN_FILENO);
	if (r == 0)
		r = place_fd(p->stdout_fd, STDOUT_FILENO);
	if (r == 0 && p->cwd_fd >= 0 && fchdir(p->cwd_fd) < 0)
		r = -errno;
	said.code = r == 0 ? become(p, said.text) : r;
	(void)fd_write(report, &said, sizeof said);
	_exit(127);
}

int process_exec_fd(int fd, const char *const *argv)
{
	(void)syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return -errno;
}

pid_t process_spawn(const Process *p, Error *err)
{
	_cleanup_close_ int report_read = -1, report_write = -1;
	pid_t parent = getpid(), pid;
	Report said;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return fail_errno(err, -errno, "pipe");
	report_read = fds[0];
	report_write = fds[1];
	pid = fork();
	if (pid < 0)
		return fail_errno(err, -errno, "fork");
	if (pid == 0)
		child(p, parent, report_write);
	report_write = fd_close(report_write);
	if (fd_read(report_read, &said, sizeof said) == sizeof said) {
		(void)waitpid(pid, NULL, 0);
		if (said.text[0])
			return fail(err, said.code, "%s", said.text);
		return fail_errno(err, said.code, "exec %s", p->argv[0]);
	}
	return pid;
}

int process_wait(pid_t pid, Error *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(err, -errno, "wait for process %d", (int)pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int collect(int fd, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(max);
	char chunk[4096];
	ssize_t n;

	while ((n = fd_read(fd, chunk, sizeof chunk)) > 0) {
		strbuf_add(&out, chunk, (size_t)n);
		if (out.error)
			break;
	}
	if (n < 0)
		return (int)n;
	if (out.error == -E2BIG)
		return -EFBIG;
	return strbuf_finish(&out, ret, ret_len);
}

int process_output(const Process *p, size_t max, char **ret, size_t *ret_len, Error *err)
{
	_cleanup_close_ int read_end = -1, write_end = -1;
	_cleanup_free_ char *text = NULL;
	Process with_pipe = *p;
	int fds[2], r, status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return fail_errno(err, -errno, "pipe");
	read_end = fds[0];
	write_end = fds[1];
	with_pipe.stdout_fd = write_end;
	pid = process_spawn(&with_pipe, err);
	if (pid < 0)
		return pid;
	write_end = fd_close(write_end);
	r = collect(read_end, max, &text, ret_len);
	if (r < 0)
		(void)kill(pid, SIGKILL);
	status = process_wait(pid, r < 0 ? NULL : err);
	if (r < 0)
		return fail_errno(err, r, "read the output of %s", p->argv[0]);
	if (status >= 0)
		*ret = TAKE_PTR(text);
	return status;
}

int process_libexec(const char *name, char **ret, Error *err)
{
	/* A build tree, an installation, and another program of libexec itself. */
	static const char *const places[] = {"libexec/", "../libexec/rkt/", ""};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n < 0)
		return fail_errno(err, -errno, "readlink /proc/self/exe");
	self[n] = '\0';
	self[path_base(self) - self] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		_cleanup_free_ char *path = NULL;

		if (str_format(&path, "%s%s%s", self, places[i], name) < 0)
			return fail_oom(err);
		if (access(path, F_OK) == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
	}
	return fail(
		err, -ENOENT, "cannot find %s, a part of rkt: is the installation complete?", name);
}
