/* SPDX-License-Identifier: Apache-2.0 */

/* The files below /etc that the engine provides. */

#include "plan/compile-internal.h"

#include <stdio.h>
#include "pod/pod.h"

#define HOSTS_MAX (1u << 20)

/* What an app finds whose image brings no /etc/hosts; the pod's name belongs to the first line. */
static const char hosts_fallback[] =
	"# This is the default rkt /etc/hosts\n"
	"127.0.0.1 localhost localhost.domain localhost4 localhost4.localdomain4 %s\n"
	"\n"
	"::1 ip6-localhost ip6-loopback localhost6 localhost6.localdomain6\n"
	"fe00::0 ip6-localnet\n"
	"ff00::0 ip6-mcastprefix\n"
	"ff02::1 ip6-allnodes\n"
	"ff02::2 ip6-allrouters\n"
	"ff02::3 ip6-allhosts\n";

/* A file of the pod's own, in its directory, which the apps see in its place: on an overlay the
 * directory that it is in would have to be copied up for it. */
static void add_pod_file(
	const PlanInput *in, PlanBuilder *b, const char *name, const char *text, size_t len)
{
	plan_add(b, (PlanOp){
			    .code = PLAN_WRITE,
			    .flags = PLAN_CREATE,
			    .path = plan_put_string(b, name),
			    .data = plan_put_blob(b, text, len),
			    .data_len = (uint32_t)len,
			    .num = {in->options.first_id, in->options.first_id},
		    });
}

int compile_pod_files(const PlanInput *in, PlanBuilder *b, Error *err)
{
	_cleanup_strbuf_ StrBuf hosts = STRBUF_INIT(HOSTS_MAX);
	const PlanOptions *o = &in->options;
	char name[HOSTNAME_SIZE];

	strbuf_printf(&hosts, hosts_fallback, compile_hostname(in, name));
	if (o->hosts)
		strbuf_printf(&hosts, "\n\n# Added by rkt run --hosts-entry\n%s", o->hosts);
	if (hosts.error)
		return fail(err, hosts.error, "the entries for /etc/hosts are too many");
	if (!o->host_hosts)
		add_pod_file(in, b, POD_HOSTS_FILE, hosts.text, hosts.len);
	if (o->resolv_conf)
		add_pod_file(in, b, POD_RESOLV_CONF_FILE, o->resolv_conf, strlen(o->resolv_conf));
	return 0;
}

/* Whether the app's image brings a file of its own. */
static int image_has(AppCompile *c, const char *path, bool *ret, Error *err)
{
	const View *view;
	int fd, r;

	r = app_view(c, &view, err);
	if (r < 0)
		return r;
	*ret = view_lookup(view, path, false, &fd, NULL, NULL) == 0;
	if (*ret)
		(void)fd_close(fd);
	return 0;
}

/* Which file of the host's or the pod's an app finds at /etc/resolv.conf; NULL: its image's own, if
 * it has one. On the host's network an image without one gets the host's: that is where names
 * resolve. */
static int choose_resolv_conf(AppCompile *c, const char **ret, Error *err)
{
	const PlanOptions *o = &c->in->options;
	bool own = true;
	int r = 0;

	if (o->host_network && !o->host_resolv_conf && !o->resolv_conf && !o->no_resolv_conf)
		r = image_has(c, "/etc/resolv.conf", &own, err);
	*ret = o->host_resolv_conf || !own ? "/etc/resolv.conf"
	       : o->resolv_conf            ? POD_RESOLV_CONF_FILE
					   : NULL;
	return r;
}

int compile_network_files(AppCompile *c, Error *err)
{
	const PlanOptions *o = &c->in->options;
	const char *resolv_conf = NULL;
	bool own_hosts = false;
	int r = 0;

	if (!o->host_hosts && !o->hosts)
		r = image_has(c, "/etc/hosts", &own_hosts, err);
	if (r == 0)
		r = choose_resolv_conf(c, &resolv_conf, err);
	if (r < 0)
		return r;
	if (o->host_hosts)
		plan_add_bind(c->b, "/etc/hosts", "/etc/hosts", PLAN_BIND_READONLY);
	else if (!own_hosts)
		plan_add_bind(c->b, "/etc/hosts", POD_HOSTS_FILE, 0);
	if (o->network_dns && !resolv_conf && !o->no_resolv_conf)
		plan_add_bind(c->b, "/etc/resolv.conf", POD_RESOLV_CONF_FILE, PLAN_BIND_IF_DNS);
	if (resolv_conf)
		plan_add_bind(c->b, "/etc/resolv.conf", resolv_conf,
			resolv_conf[0] == '/' ? PLAN_BIND_READONLY | PLAN_OPTIONAL : 0);
	/* This file answers for the UTS namespace of who reads it. */
	plan_add_bind(c->b, "/etc/hostname", "/proc/sys/kernel/hostname",
		PLAN_BIND_READONLY | PLAN_OPTIONAL);
	return 0;
}

void compile_notify_socket(AppCompile *c)
{
	char source[sizeof PLAN_NOTIFY_DIR + 16];

	(void)snprintf(source, sizeof source, PLAN_NOTIFY_DIR "/%zu",
		(size_t)(c->runtime - c->in->manifest->apps));
	plan_add_bind(c->b, COMPILE_NOTIFY_SOCKET, source, 0);
}
