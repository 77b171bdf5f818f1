/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/settle-behind.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include "store/checksum.h"
#include "store/settle.h"

/* What a supervisor sends to everything of a unit that has done its work: there is little to do,
 * and it would have to be done anew. */
static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/* The store's descriptor is kept: it has been open since before anything was written, so that
 * syncfs() tells every error since then. */
static void let_go(Store *store)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)setsid();
	/* Where that fails, a directory stays in use until the end. */
	if (chdir("/") < 0)
		errno = 0;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			(void)close(fd);
	store->cas_fd = dup2(store->cas_fd, STDERR_FILENO + 1);
	(void)close_range(STDERR_FILENO + 2, ~0u, 0);
}

/* Whatever else there is to do on the machine comes before this. */
static int secure(const Store *store)
{
	const struct sched_param none = {0};

	(void)sched_setscheduler(0, SCHED_IDLE, &none);
	return store_secure_layers(store, NULL);
}

void settle_behind(Store *store)
{
	int r;

	if (fork() != 0)
		return;
	let_go(store);
	r = store_settle(store, NULL);
	if (secure(store) < 0 || r < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}
