/* SPDX-License-Identifier: Apache-2.0 */
/* An app that cannot be asked to end: it has left the process group that it was started in, for
 * that of a child, and ignores SIGTERM. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
	pid_t child = fork();

	(void)signal(SIGTERM, SIG_IGN);
	if (child > 0) {
		(void)setpgid(child, child);
		(void)setpgid(0, child);
	}
	for (;;)
		pause();
}
