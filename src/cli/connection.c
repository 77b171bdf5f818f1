/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/connection.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/fd.h"
#include "base/log.h"
#include "base/packet.h"
#include "base/process.h"
#include "net/forward.h"
#include "net/namespace.h"
#include "plan/connection.h"

#define STACK_SIZE (1u << 20) /* what is not used costs nothing */

static int hear_namespace(int socket, Error *err)
{
	ConnectionWord word;
	int fds[PACKET_FDS], r = packet_receive(socket, &word, sizeof word, fds);

	for (unsigned i = 1; i < PACKET_FDS; i++)
		(void)fd_close(fds[i]);
	if (r == 1 && word.step == CONNECTION_NAMESPACE && fds[0] >= 0)
		return fds[0];
	(void)fd_close(fds[0]);
	/* The pod did not come up: its monitor has said why. */
	return r < 0 ? fail_errno(err, r, "get the pod's network namespace") : -ECANCELED;
}

static int make_namespace(int socket, Error *err)
{
	ConnectionWord word = {.step = CONNECTION_NAMESPACE};
	int fd = namespace_create(err);

	if (fd >= 0)
		(void)packet_send(socket, &word, sizeof word, &fd, 1);
	return fd;
}

/* The program that takes forwarded ports back at the pod's end. */
static int open_end(Error *err)
{
	_cleanup_free_ char *program = NULL;
	int fd, r = process_libexec("rkt-cni", &program, err);

	if (r < 0)
		return r;
	fd = open(program, O_PATH | O_CLOEXEC);
	return fd < 0 ? fail_errno(err, -errno, "open %s", program) : fd;
}

/* Who the host is to the pod, if somebody wants to know. end: the program of
 * ConnectionWord.end, or -1. */
static int tell_connected(
	const ConnectionRequest *q, int socket, bool dns, const Address *host, int end, Error *err)
{
	ConnectionWord word = {.step = dns ? CONNECTION_DNS : CONNECTION_DONE};
	char text[ADDRESS_TEXT];
	int r = 0;

	if (end >= 0)
		(void)snprintf(word.end, sizeof word.end, "%s", FORWARD_END);
	if (q->options.host) {
		memcpy(word.host, host->bytes, sizeof word.host);
		(void)address_text(host, text);
		r = fd_write_file(q->pod->fd, CONNECTION_HOST_FILE, 0644, text, strlen(text), err);
	}
	return r < 0 ? r : packet_send(socket, &word, sizeof word, &end, end >= 0);
}

static int connect_all(const ConnectionRequest *q, int socket, Error *err)
{
	_cleanup_(attachments_done) Attachments attachments = {0};
	_cleanup_close_ int fd = q->users ? -1 : make_namespace(socket, err), end = -1;
	Address host = {.family = AF_INET};
	int r = !q->users && fd < 0 ? fd : connect_prepare(q->pod, &q->options, &attachments, err);

	if (r == 0 && q->options.n_ports > 0)
		r = end = open_end(err);
	if (r >= 0 && q->users)
		r = fd = hear_namespace(socket, err);
	if (r >= 0)
		r = connect_pod(q->pod, &q->options, fd, &attachments, &host, err);
	return r < 0 ? r : tell_connected(q, socket, r > 0, &host, end, err);
}

/* Whoever supervises the pod is to find nobody at work on it any more once it is gone. */
static int work(void *connection)
{
	const Connection *c = connection;
	Error err = ERROR_INIT;
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "rkt-connect");
	/* The other end stands open for the program that the parent becomes. */
	(void)close(c->socket);
	r = chdir("/") < 0 ? fail_errno(&err, -errno, "change to /")
			   : connect_all(c->request, c->far, &err);
	if (r < 0 && err.code != 0)
		log_error(&err);
	_exit(r < 0 ? 254 : 0);
}

int connection_open(Connection *ret, Error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail_errno(err, -errno, "make a socket");
	*ret = (Connection){.socket = ends[0], .far = ends[1]};
	return 0;
}

void connection_close(Connection *c)
{
	c->socket = fd_close(c->socket);
	c->far = fd_close(c->far);
}

int connection_start(const ConnectionRequest *q, Connection *c, Error *err)
{
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	c->request = q;
	c->pid = stack == MAP_FAILED ? -1 : clone(work, stack + STACK_SIZE, CLONE_VM | SIGCHLD, c);
	if (c->pid < 0) {
		c->pid = 0;
		return fail_errno(err, -errno, "start a process");
	}
	return 0;
}

void connection_abandon(Connection *c)
{
	Error err = ERROR_INIT;

	if (c->pid == 0)
		return;
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, NULL, 0);
	c->pid = 0;
	if (disconnect_pod(c->request->pod, c->request->options.search_path, &err) < 0)
		log_error(&err);
}
