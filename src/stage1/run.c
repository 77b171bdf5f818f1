/* SPDX-License-Identifier: Apache-2.0 */

/* The entry point "run": its arguments, and becoming it. */

#include "stage1/run.h"

#include <stdarg.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "plan/connection.h"
#include "stage1/call.h"

/* Since which version of the interface a stage1 knows an option. */
enum {
	SINCE_HOSTNAME = 2,
	SINCE_DISABLING = 3,
	SINCE_DNS_MODE = 4,
	SINCE_IPC = 6,
};

#define WORD_MAX (1u << 20)

static void add_format(RunArgs *a, const char *fmt, ...) _printf_(2, 3);

static void add_format(RunArgs *a, const char *fmt, ...)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(WORD_MAX);
	const char *word;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	word = text.error ? NULL : arena_strdup(&a->arena, strbuf_text(&text));
	if (word)
		entry_point_add(a->entry_point, word);
	else
		a->failed = true;
}

static void add_when(RunArgs *a, bool wanted, const char *word)
{
	if (wanted)
		entry_point_add(a->entry_point, word);
}

/* Whether the stage1 knows the option; the user hears of it when it does not. */
static bool knows(const RunArgs *a, const Stage1Run *run, unsigned since, const char *option)
{
	char text[96];

	if (a->version >= since)
		return true;
	if (run->warn) {
		(void)snprintf(text, sizeof text, "warning: --%s option is not supported by stage1",
			option);
		run->warn(text);
	}
	return false;
}

static bool is_default(const char *mode)
{
	return !mode || streq(mode, "default");
}

static void add_dns(RunArgs *a, const Stage1Run *run)
{
	if (is_default(run->resolv) && is_default(run->hosts))
		return;
	if (knows(a, run, SINCE_DNS_MODE, "dns-conf-mode"))
		add_format(a, "--dns-conf-mode=resolv=%s,hosts=%s",
			run->resolv ? run->resolv : "default", run->hosts ? run->hosts : "default");
}

int run_args_add(RunArgs *a, const Stage1Run *run, const char *uuid)
{
	bool can_disable = a->version >= SINCE_DISABLING;

	add_when(a, run->debug, "--debug");
	add_format(a, "--net=%s", run->net);
	add_when(a, run->interactive, "--interactive");
	if (run->users.n > 0)
		add_format(a, "--private-users=%u:%u", run->users.first, run->users.n);
	if (run->metadata_token)
		add_format(a, "--mds-token=%s", run->metadata_token);
	if (run->local_config)
		add_format(a, "--local-config=%s", run->local_config);
	if (run->hostname && knows(a, run, SINCE_HOSTNAME, "hostname"))
		add_format(a, "--hostname=%s", run->hostname);
	add_dns(a, run);
	add_when(a, can_disable && (run->open & PLAN_ALL_CAPABILITIES),
		"--disable-capabilities-restriction");
	add_when(a, can_disable && (run->open & PLAN_OPEN_PATHS), "--disable-paths");
	add_when(a, can_disable && (run->open & PLAN_NO_SECCOMP), "--disable-seccomp");
	add_when(a, run->mutable, "--mutable");
	if (run->ipc && run->ipc[0] && knows(a, run, SINCE_IPC, "ipc"))
		add_format(a, "--ipc=%s", run->ipc);
	entry_point_add(a->entry_point, uuid);
	return a->failed ? -ENOMEM : 0;
}

/* Lets the lock go on into the supervisor and tells it where. */
static int hand_lock_over(const Pod *pod, Error *err)
{
	char number[16];
	int r = fd_set_cloexec(pod->lock_fd, false);

	(void)snprintf(number, sizeof number, "%d", pod->lock_fd);
	if (r == 0 && setenv("RKT_LOCK_FD", number, 1) < 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "hand the lock of pod %s over", pod->uuid) : 0;
}

/* The same of the one that connects the pod. */
static int hand_connection_over(const Stage1Run *run, Error *err)
{
	char number[16];
	int r;

	if (run->connection == 0)
		return unsetenv(CONNECTION_VARIABLE) < 0 ? fail_oom(err) : 0;
	r = fd_set_cloexec(run->connection, false);
	(void)snprintf(number, sizeof number, "%d", run->connection);
	if (r == 0 && setenv(CONNECTION_VARIABLE, number, 1) < 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "hand the connection to the pod's networks over") : 0;
}

static void hand_sockets_over(const Stage1Run *run)
{
	for (unsigned i = 0; i < run->n_sockets; i++)
		(void)fd_set_cloexec(PLAN_SOCKETS_FIRST + (int)i, false);
}

int stage1_run(const Pod *pod, const Stage1Run *run, Error *err)
{
	_cleanup_(run_args_done) RunArgs args = {0};
	_cleanup_call_ Call c = CALL_INIT;
	int r = call_init(&c, pod, run->flavor, "run", err);

	if (r == 0)
		r = call_version(&c, pod, &args.version, err);
	if (r < 0)
		return r;
	args.entry_point = &c.entry_point;
	c.entry_point.last = run->last;
	c.entry_point.userdata = run->userdata;
	if (run_args_add(&args, run, pod->uuid) < 0)
		return fail_oom(err);
	r = hand_lock_over(pod, err);
	if (r == 0)
		r = hand_connection_over(run, err);
	hand_sockets_over(run);
	return r < 0 ? r : entry_point_exec(&c.entry_point, pod, err);
}

void run_args_done(RunArgs *a)
{
	arena_done(&a->arena);
}
