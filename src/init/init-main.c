/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-init: the entry point "run", under whatever name. */

#include "init/roles.h"

#include <signal.h>

int main(int argc, char **argv)
{
	/* A caller may ignore it, and then how a child ended could not be asked for. */
	(void)signal(SIGCHLD, SIG_DFL);
	return role_run(argc, argv);
}
