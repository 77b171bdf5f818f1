/* SPDX-License-Identifier: Apache-2.0 */

/* The environment of an app's programs. */

#include "plan/compile-internal.h"

#include <stdio.h>
#include "spec/metadata-service.h"

#define ENVIRONMENT_MAX (1u << 20)

/* Set for every app that does not say otherwise. */
static const NameValue default_environment[] = {
	{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	{"SHELL", "/bin/sh"},
	{"USER", "root"},
	{"LOGNAME", "root"},
	{"HOME", "/root"},
};

static void put_variable(StrBuf *b, const char *name, const char *value)
{
	strbuf_printf(b, "%s=%s", name, value);
	strbuf_putc(b, '\0');
}

/* Where the app's pod is described by the metadata service. Who the host is to a pod in networks of
 * its own turns out when it is connected to them. */
static void put_metadata_url(const AppCompile *c, StrBuf *list, PlanOp *exec)
{
	static const char before[] = METADATA_VARIABLE "=http://", after[] = ":" METADATA_PORT "/";
	const PlanOptions *o = &c->in->options;
	char text[sizeof before + sizeof after + METADATA_TOKEN_SIZE + sizeof "127.0.0.1"];

	if (!o->metadata_token)
		return;
	(void)snprintf(text, sizeof text, "%s%s%s%s", before,
		o->host_network ? "127.0.0.1" : PLAN_HOST_PLACE, after, o->metadata_token);
	if (o->host_network)
		strbuf_add(list, text, strlen(text) + 1);
	else
		exec->source = plan_put_string(c->b, text);
}

/* What sd_listen_fds_with_names(3) reads, but for LISTEN_PID, which the app's process adds. */
static void put_sockets(const AppCompile *c, StrBuf *list)
{
	strbuf_printf(list, "LISTEN_FDS=%zu", c->sockets->n);
	strbuf_putc(list, '\0');
	strbuf_puts(list, "LISTEN_FDNAMES=");
	for (size_t i = 0; i < c->sockets->n; i++)
		strbuf_printf(list, "%s%s", i > 0 ? ":" : "", c->sockets->names[i]);
	strbuf_putc(list, '\0');
}

/* Variables that are rkt's own, whatever else was given for them. */
static bool is_own_variable(const AppCompile *c, const char *name)
{
	return streq(name, "AC_APP_NAME") ||
	       (c->in->options.metadata_token && streq(name, METADATA_VARIABLE)) ||
	       (c->notifies && streq(name, "NOTIFY_SOCKET")) ||
	       (c->sockets && (streq(name, "LISTEN_FDS") || streq(name, "LISTEN_PID") ||
				      streq(name, "LISTEN_FDNAMES")));
}

int compile_environment(AppCompile *c, bool sockets, PlanOp *exec, Error *err)
{
	_cleanup_strbuf_ StrBuf list = STRBUF_INIT(ENVIRONMENT_MAX);
	const NameValues *given = &c->app->environment;

	put_variable(&list, "AC_APP_NAME", c->runtime->name);
	put_metadata_url(c, &list, exec);
	if (sockets)
		put_sockets(c, &list);
	if (c->notifies)
		put_variable(&list, "NOTIFY_SOCKET", COMPILE_NOTIFY_SOCKET);
	for (size_t i = 0; i < given->n; i++)
		if (!is_own_variable(c, given->items[i].name))
			put_variable(&list, given->items[i].name, given->items[i].value);
	for (size_t i = 0; i < ARRAY_LEN(default_environment); i++)
		if (!name_values_find(given, default_environment[i].name))
			put_variable(
				&list, default_environment[i].name, default_environment[i].value);
	if (c->term && !name_values_find(given, "TERM"))
		put_variable(&list, "TERM", c->term);
	if (list.error)
		return fail(err, list.error, "the environment of app \"%s\" is too large",
			c->runtime->name);
	exec->aux = plan_put_blob(c->b, list.text, list.len);
	exec->aux_len = (uint32_t)list.len;
	return 0;
}
