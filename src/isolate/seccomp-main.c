/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-seccomp: reads the rules of a system call filter (isolate/seccomp.h) from stdin and writes
 * the program for this machine to stdout. */

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include "base/fd.h"
#include "base/log.h"
#include "isolate/seccomp.h"

/* Namespaces that an app could make with clone(), as if unshare() were allowed. */
#define CLONE_NAMESPACES                                                                           \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
		CLONE_NEWPID | CLONE_NEWNET)

static int parse_action(const char **s, uint32_t *ret)
{
	const char *rest;
	uint64_t number = 0;

	if ((rest = startswith(*s, "allow"))) {
		*ret = SCMP_ACT_ALLOW;
	} else if ((rest = startswith(*s, "kill"))) {
		*ret = SCMP_ACT_KILL_PROCESS;
	} else if ((rest = startswith(*s, "errno "))) {
		for (; *rest >= '0' && *rest <= '9' && number < 4096; rest++)
			number = number * 10 + (uint64_t)(*rest - '0');
		*ret = SCMP_ACT_ERRNO((uint32_t)number);
	} else {
		return -EINVAL;
	}
	*s = rest + strspn(rest, " ");
	return 0;
}

/* Without it a filter that allows clone() would allow what unshare() does. */
static int add_clone(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NAMESPACES, 0));
}

static int add_rule(scmp_filter_ctx ctx, uint32_t default_action, const char *line, Error *err)
{
	uint32_t action;
	int number, r;

	r = parse_action(&line, &action);
	if (r < 0)
		return fail(err, r, "not a rule of a system call filter: %s", line);
	number = seccomp_syscall_resolve_name(line);
	if (number == __NR_SCMP_ERROR)
		log_line(NULL, "warning: unknown system call \"%s\" is passed over", line);
	/* Unknown, or not of this architecture. */
	if (number < 0 || action == default_action)
		return 0;
	if (number == SCMP_SYS(clone) && action == SCMP_ACT_ALLOW)
		r = add_clone(ctx);
	else
		r = seccomp_rule_add(ctx, action, number, 0);
	return r < 0 ? fail_errno(err, r, "cannot filter system call %s", line) : 0;
}

/* What a process needs to become the app and to end. */
static int add_indispensable(scmp_filter_ctx ctx)
{
	static const int calls[] = {SCMP_SYS(execve), SCMP_SYS(exit), SCMP_SYS(exit_group),
		SCMP_SYS(rt_sigreturn), SCMP_SYS(getrlimit)};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);

		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

static int build(char *rules, scmp_filter_ctx *ret, Error *err)
{
	const char *first = startswith(rules, "default ");
	char *next = strchr(rules, '\n');
	uint32_t default_action;
	scmp_filter_ctx ctx;
	int r;

	if (!first || !next || parse_action(&first, &default_action) < 0)
		return fail(err, -EINVAL, "the rules do not start with \"default ACTION\"");
	ctx = seccomp_init(default_action);
	if (!ctx)
		return fail_oom(err);
	*ret = ctx;
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	/* A tree: found in a few comparisons, and faster to load. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (char *line = next + 1; *line; line = next + 1) {
		next = strchr(line, '\n');
		if (!next)
			return fail(err, -EINVAL, "the last rule has no end");
		*next = '\0';
		r = add_rule(ctx, default_action, line, err);
		if (r < 0)
			return r;
	}
	r = default_action == SCMP_ACT_ALLOW ? 0 : add_indispensable(ctx);
	return r < 0 ? fail_errno(err, r, "cannot make the system call filter") : 0;
}

int main(void)
{
	_cleanup_free_ char *rules = NULL;
	scmp_filter_ctx ctx = NULL;
	Error err = ERROR_INIT;
	int r;

	log_set_component("seccomp");
	r = fd_read_input("/dev/stdin", SECCOMP_RULES_MAX, &rules, NULL, &err);
	if (r == 0)
		r = build(rules, &ctx, &err);
	if (r == 0) {
		r = seccomp_export_bpf(ctx, STDOUT_FILENO);
		if (r < 0)
			(void)fail_errno(&err, r, "cannot write the system call filter");
	}
	if (ctx)
		seccomp_release(ctx);
	if (r < 0)
		log_error(&err);
	return r < 0 ? 254 : 0;
}
