/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-metadata: the metadata service, as "rkt metadata-service" becomes it.
 *
 *	rkt-metadata PORT
 */

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include "base/fd-limit.h"
#include "base/log.h"
#include "base/number.h"
#include "service/metadata/server.h"
#include "service/metadata/sockets.h"

#define EXIT_FAILED 254

static int open_signals(Error *err)
{
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? fail_errno(err, -errno, "receive signals") : fd;
}

/* Everybody in any pod may talk to this process: with the sockets there, it needs no privilege any
 * more. Root's own files stay root's, the one of the socket among them. */
static int drop_privileges(Error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &header, none) < 0)
		return fail_errno(err, -errno, "give up privileges");
	return 0;
}

static int serve(int registration, int public, int signals, Error *err)
{
	Server server = {.registration = NULL};
	int r = server_start(&server, registration, public, err);

	if (r == 0) {
		log_line(NULL, "metadata service running...");
		r = server_run(&server, signals, err);
	}
	log_line(NULL, "metadata service exiting...");
	server_stop(&server);
	return r;
}

static int run(const char *word, Error *err)
{
	_cleanup_close_ int signals = open_signals(err);
	Sockets sockets = SOCKETS_INIT;
	uint64_t port;
	int r;

	if (signals < 0)
		return signals;
	if (!word || number_parse_u64(word, UINT16_MAX, &port) < 0)
		return fail(err, -EINVAL,
			"this program is a part of rkt: use \"rkt metadata-service\"");
	log_line(NULL, "metadata service starting...");
	r = sockets_open(&sockets, (uint16_t)port, err);
	if (r == 0)
		r = drop_privileges(err);
	if (r == 0)
		r = serve(sockets.registration, sockets.public, signals, err);
	sockets_remove(&sockets);
	return r;
}

int main(int argc, char **argv)
{
	Error err = ERROR_INIT;

	log_set_component("metadata-service");
	fd_raise_limit();
	if (run(argc == 2 ? argv[1] : NULL, &err) == 0)
		return 0;
	log_error(&err);
	return EXIT_FAILED;
}
