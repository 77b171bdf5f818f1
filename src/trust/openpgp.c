/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/openpgp.h"

#include <fcntl.h>
#include <sys/mman.h>
#include "base/fd.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "trust/openpgp-answer.h"

#define ANSWER_MAX (1u << 20)

/* Runs rkt-openpgp. Its answer goes to fresh memory. */
static int ask(const Process *process, char **ret, size_t *ret_len, Error *err)
{
	int r = process_output(process, ANSWER_MAX, ret, ret_len, err);

	return r > 0 ? fail(err, -EPROTO, "rkt-openpgp broke down (status %d)", r) : r;
}

/* A file of its own in memory: what is looked at is what is kept. */
static int memory_file(const void *text, size_t len, Error *err)
{
	_cleanup_close_ int fd = memfd_create("rkt-key", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write(fd, text, len);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "cannot hold the key in memory") : TAKE_FD(fd);
}

int openpgp_show(const void *text, size_t len, OpenpgpKey *ret, Error *err)
{
	_cleanup_free_ char *program = NULL, *answer = NULL;
	_cleanup_close_ int file = memory_file(text, len, err);
	const char *argv[] = {NULL, "show", NULL};
	Process process = PROCESS_INIT(argv);
	int r = file < 0 ? file : process_libexec("rkt-openpgp", &program, err);

	if (r < 0)
		return r;
	argv[0] = program;
	process.stdin_fd = file;
	r = ask(&process, &answer, &len, err);
	return r < 0 ? r : openpgp_answer_show(answer, len, ret, err);
}

/* The same file anew: from its start, and for reading only. */
static int reopen(int fd, Error *err)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	r = open(path, O_RDONLY | O_CLOEXEC);
	return r < 0 ? fail_errno(err, -errno, "open %s", path) : r;
}

/* What the child does once its standard streams are in place. */
typedef struct Become {
	const char *const *argv;
	int signature_fd;
} Become;

static int become(const void *userdata, Error *err)
{
	const Become *b = userdata;
	int r = fd_cloexec_all();

	if (r == 0)
		r = fd_set_cloexec(b->signature_fd, false);

	if (r < 0)
		return fail_errno(err, r, "cannot pass on the signature");
	(void)execv(b->argv[0], (char *const *)b->argv);
	return fail_errno(err, -errno, "exec %s", b->argv[0]);
}

/* The words of the command line: program, "verify", the descriptor, and the keys. */
static int build_argv(
	const char *program, const char *descriptor, const Keyring *keys, const char ***ret)
{
	const char **argv = calloc(keys->n + 4, sizeof *argv);

	if (!argv)
		return -ENOMEM;
	argv[0] = program;
	argv[1] = "verify";
	argv[2] = descriptor;
	for (size_t i = 0; i < keys->n; i++)
		argv[3 + i] = keys->paths[i];
	*ret = argv;
	return 0;
}

int openpgp_verify(const OpenpgpCheck *check, OpenpgpKey *ret, Error *err)
{
	_cleanup_free_ char *program = NULL, *answer = NULL;
	_cleanup_free_ const char **argv = NULL;
	_cleanup_close_ int data = -1, signature = -1;
	char descriptor[16];
	Process process;
	size_t len;
	int r = process_libexec("rkt-openpgp", &program, err);

	if (r < 0)
		return r;
	data = reopen(check->data_fd, err);
	if (data < 0)
		return data;
	signature = reopen(check->signature_fd, err);
	if (signature < 0)
		return signature;
	(void)snprintf(descriptor, sizeof descriptor, "%d", signature);
	if (build_argv(program, descriptor, check->keys, &argv) < 0)
		return fail_oom(err);
	process = (Process)PROCESS_INIT(argv);
	process.stdin_fd = data;
	process.become = become;
	process.userdata = &(Become){.argv = argv, .signature_fd = signature};
	r = ask(&process, &answer, &len, err);
	return r < 0 ? r : openpgp_answer_verify(answer, len, ret, err);
}
