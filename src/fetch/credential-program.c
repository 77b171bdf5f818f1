/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/credential-program.h"

#include <sys/mman.h>
#include "base/fd.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/transfer.h"
#include "spec/docker-ref.h"

#define OUTPUT_MAX (1u << 20)

/* What the programs know the default registry as. */
#define DEFAULT_SERVER "https://index.docker.io/v1/"

/* How a program says that it has nothing. */
#define NOT_FOUND "credentials not found"

/* The user name that stands before an identity token. */
#define TOKEN_USER "<token>"

static int become_found(const void *userdata, Error *err)
{
	const char *const *argv = userdata;
	int r = fd_cloexec_all();

	if (r < 0)
		return fail_errno(err, r, "close what is not for a credential helper");
	(void)execvp(argv[0], (char *const *)argv);
	return fail_errno(err, -errno, "credential helper %s", argv[0]);
}

/* A file without a name that holds the text, read from its start. */
static int open_text(const char *text, Error *err)
{
	_cleanup_close_ int fd = memfd_create("server", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write(fd, text, strlen(text));

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "hand %s to a credential helper", text) : TAKE_FD(fd);
}

static int read_answer(const char *program, const char *text, size_t len, Login *ret, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_login_ Login login = {NULL};
	const char *user, *secret;
	Json *root;
	int r = json_parse(&arena, text, len, program, &root, err);

	if (r < 0)
		return r == -EINVAL ? wrap(err, -EPROTO, "cannot read its answer") : r;
	user = json_text(json_get(root, "Username"));
	secret = json_text(json_get(root, "Secret"));
	if (!user || !secret)
		return fail(err, -EPROTO, "%s: the answer has no Username and Secret", program);
	if (!*user && !*secret)
		return 0;
	if (streq(user, TOKEN_USER)) {
		login.identity_token = strdup(secret);
	} else {
		login.user = strdup(user);
		login.password = strdup(secret);
	}
	if (!login.identity_token && (!login.user || !login.password))
		return fail_oom(err);
	*ret = login;
	login = (Login){NULL};
	return 1;
}

/* What a program has said before it failed, on one line. */
static int failed(const char *program, const char *text, int status, Error *err)
{
	int len = (int)strcspn(text, "\r\n");

	if (len == 0)
		return fail(err, -EPROTO, "%s: failed (status %d)", program, status);
	return fail(err, -EPROTO, "%s: %.*s", program, MIN(len, 256), text);
}

/* Runs the program as process_output() does. */
static int run(const char *program, const char *server, char **ret, size_t *ret_len, Error *err)
{
	const char *const argv[] = {program, "get", NULL};
	_cleanup_close_ int input = open_text(server, err);
	Process process = PROCESS_INIT(argv);

	if (input < 0)
		return input;
	process.stdin_fd = input;
	process.become = become_found;
	process.userdata = argv;
	return process_output(&process, OUTPUT_MAX, ret, ret_len, err);
}

int credential_program_get(const char *name, const char *registry, Login *ret, Error *err)
{
	bool is_default = streq(registry, DOCKER_DEFAULT_HOST);
	_cleanup_free_ char *program = NULL, *text = NULL;
	size_t len = 0;
	int r;

	if (strchr(name, '/'))
		return fail(err, -EINVAL, "\"%s\" is not the name of a credential helper", name);
	if (str_format(&program, "docker-credential-%s", name) < 0)
		return fail_oom(err);
	r = run(program, is_default ? DEFAULT_SERVER : registry, &text, &len, err);
	if (r < 0)
		return r;
	if (r == 0)
		return read_answer(program, text, len, ret, err);
	return strstr(text, NOT_FOUND) ? 0 : failed(program, text, r, err);
}
