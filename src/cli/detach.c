/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/detach.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include "base/duration.h"
#include "base/fd.h"
#include "base/log.h"

#define SAID_FILE     "supervisor.log"
#define SAID_MAX      (1u << 20)
#define PAUSE_NS      (2 * NS_PER_MS)
#define READY_SECONDS 30 /* and a little more: pauses are not exact */

static _noreturn_ void supervise(const Pod *pod, const Stage1Run *run)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int said = openat(pod->fd, SAID_FILE,
		O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
	Error err = ERROR_INIT;

	if (null < 0 || said < 0 || setsid() < 0 || dup2(null, STDIN_FILENO) < 0 ||
		dup2(null, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
		(void)fail_errno(&err, -errno, "go into the background");
	else
		(void)stage1_run(pod, run, &err);
	log_error(&err);
	_exit(254);
}

/* Whether every app has come to an end: too fast to be seen running. */
static bool have_ended(const Pod *pod)
{
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	int status;

	if (pod_read_manifest(pod, &m, NULL) < 0)
		return false;
	for (size_t i = 0; i < m->n_apps; i++)
		if (pod_read_app_status(pod, m->apps[i].name, &status) < 0)
			return false;
	return m->n_apps > 0;
}

static void repeat_what_was_said(const Pod *pod)
{
	_cleanup_free_ char *text = NULL;

	if (fd_read_file(pod->fd, SAID_FILE, SAID_MAX, &text, NULL, NULL) == 0)
		(void)fputs(text, stderr);
}

int detach(const Pod *pod, const Stage1Run *run, Connection *connection, Error *err)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail_errno(err, -errno, "fork");
	if (pid == 0)
		supervise(pod, run);
	/* Where they stand open here, too, nobody is told that who connects the pod has failed. */
	connection_close(connection);
	for (unsigned i = 0; !pod_is_ready(pod); i++) {
		if (i > READY_SECONDS * (NS_PER_SEC / PAUSE_NS)) {
			log_line(NULL, "warning: pod \"%s\" is not ready yet", pod->uuid);
			break;
		}
		if (waitpid(pid, NULL, WNOHANG) != pid) {
			(void)nanosleep(&pause, NULL);
			continue;
		}
		if (have_ended(pod))
			break;
		repeat_what_was_said(pod);
		return fail(err, -EIO, "pod \"%s\" did not start", pod->uuid);
	}
	(void)puts(pod->uuid);
	return 0;
}
