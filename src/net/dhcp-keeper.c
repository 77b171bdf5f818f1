/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/fd.h"
#include "base/process.h"
#include "net/dhcp-record.h"
#include "net/link.h"

#define LOOK_SECONDS  60 /* until it is seen that the container is gone */
#define RETRY_SECONDS 60 /* between questions that nobody answers */
#define STOP_MS       5000

/* Becomes the program. Nothing that the caller has open goes along: it would be held for as long as
 * the container lives. */
static _noreturn_ void become(const char *program, const char *path, int ready)
{
	char *const argv[] = {(char *)(uintptr_t) "rkt-dhcp", (char *)(uintptr_t)DHCP_KEEP,
		(char *)(uintptr_t)path, NULL};
	char *const environment[] = {NULL};
	int null = open("/dev/null", O_RDWR);

	if (null >= 0 && dup2(ready, STDOUT_FILENO) >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
		dup2(null, STDERR_FILENO) >= 0 && chdir("/") == 0 && fd_cloexec_all() == 0)
		(void)execve(program, argv, environment);
	_exit(127);
}

/* By a process between, so that it is not the caller's to wait for. */
static int spawn(const char *program, const char *path, int ready, Error *err)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setsid() < 0)
			_exit(127);
		pid = fork();
		if (pid == 0)
			become(program, path, ready);
		_exit(pid < 0 ? 127 : 0);
	}
	if (pid < 0)
		return fail_errno(err, -errno, "fork");
	return process_wait(pid, err);
}

int dhcp_keeper_start(const char *path, Error *err)
{
	_cleanup_free_ char *program = NULL;
	_cleanup_close_ int ready = -1, other = -1;
	int ends[2], r = process_libexec("rkt-cni", &program, err);
	ssize_t n;
	char word;

	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, -errno, "pipe");
	ready = ends[0];
	other = ends[1];
	r = spawn(program, path, other, err);
	if (r < 0)
		return r;
	other = fd_close(other);
	do
		n = read(ready, &word, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : fail(err, -ECHILD, "%s does not keep the lease", program);
}

/* The lock on the record that somebody holds; 0, or a negative errno. */
static int find_lock(int fd, struct flock *ret)
{
	*ret = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_GETLK, ret) < 0 ? -errno : 0;
}

/* The process that holds it, 0 for none, or for one that has no number in the caller's namespace of
 * processes. */
static pid_t holder(int fd)
{
	struct flock lock;
	int r = find_lock(fd, &lock);

	return r < 0 ? r : lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

int dhcp_keeper_runs(int fd)
{
	struct flock lock;
	int r = find_lock(fd, &lock);

	return r < 0 ? r : lock.l_type != F_UNLCK;
}

int dhcp_keeper_stop(int fd, Error *err)
{
	pid_t pid = holder(fd);
	_cleanup_close_ int process = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd p = {.fd = process, .events = POLLIN};

	/* It still is the one: nobody else can have got its number before it let go. */
	if (pid == 0 || holder(fd) != pid)
		return 0;
	if (pid < 0 || process < 0)
		return fail_errno(
			err, pid < 0 ? pid : -errno, "find the process that keeps the lease");
	if (syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return fail_errno(err, -errno, "end the process that keeps the lease");
	return poll(&p, 1, STOP_MS) == 1
		       ? 0
		       : fail(err, -ETIMEDOUT, "the process that keeps the lease does not end");
}

/* What it works on. */
typedef struct Keeper {
	Arena arena;
	int fd;
	DhcpRecord record;
	DhcpClient client;
	DhcpLease lease;
	unsigned prefix;
	bool any;    /* any server may be asked */
	int64_t due; /* when it asks next */
} Keeper;

static void keeper_done(Keeper *k)
{
	k->fd = fd_close(k->fd);
	arena_done(&k->arena);
}

/* Opens the record and takes the lock. */
static int open_keeper(const char *path, Keeper *k)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int r;

	k->fd = open(path, O_RDWR | O_CLOEXEC);
	if (k->fd < 0 || fcntl(k->fd, F_SETLK, &lock) < 0)
		return -errno;
	r = dhcp_record_read(k->fd, path, &k->arena, &k->record, NULL);
	if (r == 0)
		r = dhcp_record_get(&k->record, &k->arena, &k->lease, &k->prefix, &k->client);
	k->due = k->record.since + k->record.renew;
	return r;
}

/* Tells who has started it, who may go on then. */
static int say_ready(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int r = write(STDOUT_FILENO, "\n", 1) == 1 && null >= 0 && dup2(null, STDOUT_FILENO) >= 0
			? 0
			: -EPIPE;

	(void)fd_close(null);
	return r;
}

static int look(DhcpClient *client, void *userdata)
{
	return 0;
}

/* Until when this question is asked: first that of when any server may be asked, then the end. */
static int64_t stage_end(const Keeper *k)
{
	return k->record.since + (k->any ? k->lease.lease : k->lease.rebind);
}

static int ask(DhcpClient *client, void *userdata)
{
	Keeper *k = userdata;

	return dhcp_client_renew(client, &k->lease, k->any, stage_end(k) - dhcp_now());
}

/* The lease is lost: somebody else may have the address now. */
static int drop_address(DhcpClient *client, void *userdata)
{
	const Keeper *k = userdata;
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE);
	Address address = dhcp_address(k->lease.address, k->prefix);
	NetlinkBatch b;

	if (fd < 0)
		return fd;
	netlink_begin(&b);
	link_delete_address(&b, client->index, &address);
	return netlink_run(fd, &b);
}

/* The record is read by who ends this process, and never while it is written. The lease is kept
 * also where the disk is full. */
static void take_over(Keeper *k)
{
	Arena arena = {0};
	DhcpRecord record = k->record;
	int r = dhcp_record_set(&record, &k->lease, k->prefix, &arena);

	if (r == 0)
		(void)dhcp_record_write(k->fd, &record, NULL);
	k->record.since = record.since;
	k->due = record.since + k->lease.renew;
	arena_done(&arena);
}

/* When half of the time that is left has passed. */
static void ask_later(Keeper *k, int64_t now)
{
	int64_t end = stage_end(k);

	k->due = MIN(now + MAX((end - now) / 2, RETRY_SECONDS), end);
}

/* One look, or one question when it is time. 0 to go on, or why there is nothing to be kept. */
static int step(Keeper *k)
{
	int64_t now = dhcp_now();
	struct stat st;
	int r;

	if (fstat(k->fd, &st) < 0 || st.st_nlink == 0)
		return -ENODEV;
	/* Only that it is gone ends it: what is short now may be there the next time. */
	if (now < k->due) {
		r = dhcp_record_run(&k->record, &k->client, look, NULL);
		return r == -ENODEV ? r : 0;
	}
	k->any = now >= k->record.since + k->lease.rebind;
	r = dhcp_record_run(&k->record, &k->client, ask, k);
	if (r == 0)
		take_over(k);
	if (r == 0 || r == -ENODEV)
		return r;
	now = dhcp_now();
	if (r == -EKEYREJECTED || now >= k->record.since + k->lease.lease) {
		(void)dhcp_record_run(&k->record, &k->client, drop_address, k);
		return -ENODEV;
	}
	ask_later(k, now);
	return 0;
}

int dhcp_keeper_run(const char *path)
{
	_cleanup_(keeper_done) Keeper k = {.fd = -1, .client = {.fd = -1}};
	int r = open_keeper(path, &k);

	if (r == 0)
		r = say_ready();
	while (r == 0) {
		int64_t left = k.due - dhcp_now();

		(void)poll(NULL, 0, (int)MAX(MIN(left, LOOK_SECONDS), 1) * 1000);
		r = step(&k);
	}
	return r == -ENODEV ? 0 : r;
}
