/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/test-fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include "base/fd.h"
#include "base/path.h"

#define HEARD_MAX (1u << 20)

static void listen_line(void *userdata, PodStream stream, const char *text)
{
	Fixture *f = userdata;

	strbuf_printf(stream == POD_STDOUT ? &f->out : &f->err, "%s\n", text);
}

int fixture_setup(void **state)
{
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/rkt-pod-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->pods = (Pods)PODS_INIT;
	assert_int_equal(pods_open(&f->pods, f->dir, true, NULL), 0);
	f->out = (StrBuf)STRBUF_INIT(HEARD_MAX);
	f->err = (StrBuf)STRBUF_INIT(HEARD_MAX);
	f->pods.listener = (PodListener){.line = listen_line, .userdata = f};
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	Fixture *f = *state;

	pods_done(&f->pods);
	strbuf_done(&f->out);
	strbuf_done(&f->err);
	assert_int_equal(path_remove_tree(AT_FDCWD, f->dir), 0);
	free(f);
	return 0;
}

void fixture_hush(Fixture *f)
{
	strbuf_clear(&f->out);
	strbuf_clear(&f->err);
}

Pod *fixture_pod(Fixture *f, const char *dir)
{
	char uuid[UUID_TEXT];
	_cleanup_free_ char *path = NULL;
	Pod *p = NULL;

	assert_int_equal(uuid_generate(uuid), 0);
	assert_int_equal(str_format(&path, "%s/%s", dir, uuid), 0);
	assert_int_equal(path_mkdir_parents(f->pods.fd, path, 0750), 0);
	assert_int_equal(pod_open(&f->pods, uuid, &p, NULL), 0);
	return p;
}

void fixture_write(const Pod *p, const char *path, const char *text)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(path_base(path) - path));

	assert_non_null(parent);
	if (parent[0])
		assert_int_equal(path_mkdir_parents(p->fd, parent, 0755), 0);
	assert_int_equal(fd_write_file(p->fd, path, 0644, text, strlen(text), NULL), 0);
}

bool fixture_is_in(const Fixture *f, const char *dir, const char *uuid)
{
	_cleanup_free_ char *path = NULL;

	assert_int_equal(str_format(&path, "%s/%s", dir, uuid), 0);
	return faccessat(f->pods.fd, path, F_OK, 0) == 0;
}

PodState fixture_state_elsewhere(const Fixture *f, const char *uuid)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		Pod *p = NULL;

		_exit(pod_open(&f->pods, uuid, &p, NULL) < 0 ? 99 : (int)p->state);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 99);
	return (PodState)WEXITSTATUS(status);
}

const char *fixture_origin(const Error *err)
{
	return err->n_frames > 0 ? err->frames[0].text : "";
}
