/* SPDX-License-Identifier: Apache-2.0 */

/* The entry point "exec": a command as what an app is. */

#include "stage1/stage1.h"

#include <stdio.h>
#include "base/strbuf.h"
#include "stage1/call.h"
#include "stage1/first-process.h"

/* One with a value. */
static int add_option(EntryPoint *e, Arena *arena, const char *option, const char *value)
{
	char *text = arena_alloc(arena, strlen(option) + strlen(value) + 1);

	if (!text)
		return -ENOMEM;
	(void)memcpy(text, option, strlen(option));
	(void)memcpy(text + strlen(option), value, strlen(value) + 1);
	entry_point_add(e, text);
	return 0;
}

static int add_number(EntryPoint *e, Arena *arena, const char *option, int64_t number)
{
	char text[32];

	if (number < 0)
		return 0;
	(void)snprintf(text, sizeof text, "%lld", (long long)number);
	return add_option(e, arena, option, text);
}

static int add_options(EntryPoint *e, Arena *arena, const Stage1Exec *exec, pid_t first)
{
	int r = add_number(e, arena, "--pid=", first);

	if (r == 0)
		r = add_option(e, arena, "--appname=", exec->app);
	if (exec->interactive)
		entry_point_add(e, "--interactive");
	if (exec->tty)
		entry_point_add(e, "--tty");
	if (r == 0)
		r = add_number(e, arena, "--uid=", exec->uid);
	if (r == 0)
		r = add_number(e, arena, "--gid=", exec->gid);
	if (r == 0 && exec->cwd)
		r = add_option(e, arena, "--cwd=", exec->cwd);
	for (size_t i = 0; r == 0 && i < exec->environment.n; i++)
		r = add_option(e, arena, "--env=", exec->environment.items[i]);
	return r;
}

int stage1_exec(const Pod *pod, const Stage1Exec *exec, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_call_ Call c = CALL_INIT;
	pid_t first = 0;
	int r = call_init(&c, pod, NULL, "exec", err);

	if (r == 0)
		r = first_process_find(pod, &first, err);
	if (r < 0)
		return r;
	if (add_options(&c.entry_point, &arena, exec, first) < 0)
		return fail_oom(err);
	entry_point_add(&c.entry_point, "--");
	for (const char *const *word = exec->command; *word; word++)
		entry_point_add(&c.entry_point, *word);
	return entry_point_exec(&c.entry_point, pod, err);
}
