/* SPDX-License-Identifier: Apache-2.0 */
#include "init/network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/packet.h"
#include "init/channel.h"
#include "init/execute.h"
#include "init/say.h"

#define OWN_NAMESPACE "/proc/self/ns/net"

static int bring_loopback_up(void)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if (fd < 0)
		return -errno;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

int network_enter_new(void)
{
	int fd, r;

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	r = bring_loopback_up();
	if (r < 0)
		return r;
	fd = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int network_create(void)
{
	_cleanup_close_ int host = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC), fd = -1;

	if (host < 0)
		return -errno;
	fd = network_enter_new();
	if (setns(host, CLONE_NEWNET) < 0)
		return -errno;
	return fd < 0 ? fd : TAKE_FD(fd);
}

/* Takes one word, and with it the descriptors that came, which are the caller's. Its step or a
 * negative errno. */
static int receive_word(int connection, ConnectionWord *ret, int fds[static PACKET_FDS])
{
	int r = packet_receive(connection, ret, sizeof *ret, fds);

	if (r == 1)
		return ret->step;
	for (unsigned i = 0; i < PACKET_FDS; i++)
		(void)fd_close(fds[i]);
	return r < 0 ? r : -ECANCELED;
}

int network_receive(int connection)
{
	ConnectionWord word;
	int fds[PACKET_FDS], r = receive_word(connection, &word, fds);

	if (r < 0)
		return r;
	for (unsigned i = 1; i < PACKET_FDS; i++)
		(void)fd_close(fds[i]);
	if (r == CONNECTION_NAMESPACE && fds[0] >= 0)
		return fds[0];
	(void)fd_close(fds[0]);
	return -EBADMSG;
}

int network_send(int connection, int fd)
{
	ConnectionWord word = {.step = CONNECTION_NAMESPACE};

	return packet_send(connection, &word, sizeof word, &fd, 1);
}

int network_wait(int connection, int32_t *ret_host, NetworkEnd *ret_end)
{
	ConnectionWord word;
	int fds[PACKET_FDS], r = receive_word(connection, &word, fds);

	if (r < 0)
		return r;
	for (unsigned i = 1; i < PACKET_FDS; i++)
		(void)fd_close(fds[i]);
	ret_end->program = fds[0];
	memcpy(ret_end->argument, word.end, sizeof word.end);
	ret_end->argument[sizeof word.end - 1] = '\0';
	memcpy(ret_host, word.host, sizeof word.host);
	return r == CONNECTION_DONE ? 0 : r == CONNECTION_DNS ? 1 : -EBADMSG;
}

void network_end(NetworkEnd *end, const char *uuid)
{
	static char name[] = "rkt-init-end";
	char *const argv[] = {name, end->argument, (char *)(uintptr_t)uuid, NULL};
	char *const none[] = {NULL};
	int status = 0;
	pid_t pid;

	if (end->program < 0)
		return;
	pid = vfork();

	if (pid == 0) {
		(void)syscall(SYS_execveat, end->program, "", argv, none, AT_EMPTY_PATH);
		_exit(127);
	}
	if (pid < 0) {
		say("cannot take back what was the pod's: ", say_errno(-errno), NULL);
		return;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status != 0)
		say("what was the pod's is not all taken back: \"rkt gc\" will", NULL);
}

int execute_wait_for_go(Execution *x)
{
	Message m;
	int fd, r;

	if (x->dns >= 0)
		return 0;
	r = channel_receive(x->channel, &m, &fd);
	(void)fd_close(fd);
	if (r < 0)
		return r;
	if (r == 0 || m.kind != MESSAGE_GO)
		return -EPIPE;
	x->dns = m.a;
	x->host = m.b;
	return 0;
}

int execute_network(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int fd = -1;
	Message m;

	if (channel_receive(x->channel, &m, &fd) <= 0 || m.kind != MESSAGE_NETWORK || fd < 0)
		return -EPIPE;
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}
