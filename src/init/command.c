/* SPDX-License-Identifier: Apache-2.0 */
#include "init/command.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "base/cleanup.h"
#include "init/cgroups.h"
#include "init/execute.h"
#include "init/join.h"
#include "init/plan-file.h"
#include "plan/connection.h"

/* The variable that the pod's networks had to be there for. */
static int read_host(Command *c)
{
	const char *variable = plan_string(&c->plan, c->exec->source);
	_cleanup_close_ int fd = -1;
	char host[64];
	ssize_t len;

	if (!variable[0])
		return 0;
	fd = open(CONNECTION_HOST_FILE, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, host, sizeof host - 1);
	if (len < 0)
		return -errno;
	host[len] = '\0';
	execute_put_host(variable, host, &c->with_host);
	return 0;
}

int command_parse(int argc, char **argv, Command *ret)
{
	const char *app = NULL, *value;
	int i, r;

	*ret = (Command){.first = 0};
	for (i = 1; i < argc && !streq(argv[i], "--"); i++) {
		value = startswith(argv[i], "--pid=");
		if (value)
			ret->first = text_to_number(value);
		value = startswith(argv[i], "--appname=");
		if (value)
			app = value;
	}
	if (!app || ret->first <= 0 || i + 1 >= argc)
		return -EINVAL;
	ret->argv = argv + i + 1;
	r = plan_file_open(PLAN_FILE, &ret->pod);
	if (r == 0)
		r = join_find_app(app, &ret->plan, &ret->app);
	if (r < 0)
		return r;
	ret->exec = &ret->plan.ops[ret->app->ops.first + ret->app->ops.n - 1];
	return read_host(ret);
}

int command_join_cgroups(const Command *c, bool make)
{
	return c->pod.header->mutable ? cgroups_join_added(&c->pod, &c->plan, c->app, make)
				      : cgroups_join(&c->pod, c->app);
}

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return len == strcspn(b, "=") && strncmp(a, b, len) == 0;
}

static bool is_among(const char *variable, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (same_name(variable, list[i]))
			return true;
	return false;
}

char **command_environment(Command *c, const char *const *more, size_t n)
{
	const char *list = plan_string(&c->plan, c->exec->aux), *s = NULL, **env, **end;
	/* No list has more strings than bytes. */
	size_t size = (c->exec->aux_len + n + 2) * sizeof(char *);

	env = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (env == MAP_FAILED)
		return NULL;
	end = env;
	while ((s = plan_list_next(list, c->exec->aux_len, s)))
		if (!is_among(s, more, n))
			*end++ = s;
	if (c->with_host.len > 0 && !is_among(text_string(&c->with_host), more, n))
		*end++ = text_string(&c->with_host);
	for (size_t i = 0; i < n; i++)
		if (!is_among(more[i], more + i + 1, n - i - 1))
			*end++ = more[i];
	return (char **)(uintptr_t)env;
}

int command_close_descriptors(void)
{
	return syscall(SYS_close_range, 3, ~0U, 0) < 0 ? -errno : 0;
}

int command_execute(const Command *c, char **env)
{
	environ = env;
	(void)execvpe(c->argv[0], c->argv, env);
	return -errno;
}

int command_failure(int r)
{
	return r == -ENOENT ? 127 : 126;
}
