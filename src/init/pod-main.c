/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-pod: which entry point for a pod that is there it was executed as. */

#include "init/roles.h"

#include <signal.h>
#include "base/macro.h"
#include "init/say.h"

typedef struct Role {
	const char *name;
	int (*run)(int argc, char **argv);
} Role;

static const Role roles[] = {
	{"enter", role_enter},
	{"exec", role_exec},
	{"stop", role_stop},
	{"gc", role_gc},
	{"app-add", role_app_add},
	{"app-rm", role_app_rm},
	{"app-start", role_app_start},
	{"app-stop", role_app_stop},
	{"attach", role_attach},
};

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "";
	const char *slash = strrchr(name, '/');

	if (slash)
		name = slash + 1;
	/* A caller may ignore it, and then how a child ended could not be asked for. */
	(void)signal(SIGCHLD, SIG_DFL);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (streq(name, roles[i].name))
			return roles[i].run(argc, argv);
	say_set_component("rkt-pod");
	say("this is a part of rkt: its entry points are enter, exec, attach, stop, gc and app-*",
		NULL);
	return 254;
}
