/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile-internal.h"

#include <stdio.h>

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

static void add_file(PlanBuilder *b, const char *path, const char *text, size_t len, uint32_t flags)
{
	plan_add(b, (PlanOp){
			    .code = PLAN_FILE,
			    .flags = flags,
			    .path = plan_put_string(b, path),
			    .data = plan_put_blob(b, text, len),
			    .data_len = (uint32_t)len,
			    .num = {0644},
		    });
}

static void add_host_bind(PlanBuilder *b, const char *path)
{
	plan_add(b, (PlanOp){
			    .code = PLAN_BIND,
			    .flags = PLAN_BIND_READONLY,
			    .path = plan_put_string(b, path),
			    .source = plan_put_string(b, path),
		    });
}

static const char *hostname_of(const PlanInput *in, char buf[64])
{
	if (in->options.hostname)
		return in->options.hostname;
	(void)snprintf(buf, 64, "rkt-%s", in->uuid);
	return buf;
}

static int compile_hosts(AppCompile *c, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(HOSTS_MAX);
	const char *extra = c->in->options.hosts;
	char name[64];

	if (c->in->options.host_hosts) {
		add_host_bind(c->b, "/etc/hosts");
		return 0;
	}
	strbuf_printf(&text, hosts_fallback, hostname_of(c->in, name));
	if (extra)
		strbuf_printf(&text, "\n\n# Added by rkt run --hosts-entry\n%s", extra);
	if (text.error)
		return fail(err, text.error, "the entries for /etc/hosts are too many");
	add_file(c->b, "/etc/hosts", text.text, text.len, extra ? 0 : PLAN_IF_MISSING);
	return 0;
}

int compile_network_files(AppCompile *c, Error *err)
{
	const char *resolv_conf = c->in->options.resolv_conf;
	char name[64], line[66];
	int r;

	r = compile_hosts(c, err);
	if (r < 0)
		return r;
	if (c->in->options.host_resolv_conf)
		add_host_bind(c->b, "/etc/resolv.conf");
	else if (resolv_conf)
		add_file(c->b, "/etc/resolv.conf", resolv_conf, strlen(resolv_conf), 0);
	r = snprintf(line, sizeof line, "%s\n", hostname_of(c->in, name));
	add_file(c->b, "/etc/hostname", line, (size_t)r, 0);
	return 0;
}
