/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/start-internal.h"

#include "cli/again.h"
#include "cli/limit-warnings.h"
#include "cli/metadata.h"
#include "cli/network-files.h"
#include "cli/supervise.h"
#include "net/resolv-conf.h"
#include "plan/limits.h"
#include "store/skeleton.h"

void start_done(Start *s)
{
	cgroup_host_done(&s->cgroups);
	free(s->resolv_conf);
	free(s->hosts);
}

static int given_resolv_conf(const Resolver *resolver, char **ret)
{
	CniDns dns = resolver_dns(resolver);

	return resolv_conf_text("run", &dns, ret);
}

static int plan_options(
	const Invocation *inv, Start *s, const Launch *l, bool network_dns, Error *err)
{
	const RunOptions *o = inv->options;
	const Resolver *resolver = &o->resolver;
	int r = 0;

	if (resolver->mode == RESOLVER_GIVEN && !network_dns)
		r = given_resolv_conf(resolver, &s->resolv_conf);
	if (r == 0 && resolver->n_hosts > 0)
		r = hosts_text(resolver, &s->hosts);
	if (r < 0)
		return fail_oom(err);
	s->plan.options = (PlanOptions){
		.hostname = o->hostname,
		.host_network = net_list_has(&o->net, "host"),
		.host_ipc = o->ipc && streq(o->ipc, "parent"),
		.interactive = o->interactive,
		.terminal = o->interactive && isatty(STDIN_FILENO),
		.term = getenv("TERM"),
		.durable = o->durable,
		.open = supervise_openings(inv->global),
		.resolv_conf = s->resolv_conf,
		.network_dns = network_dns,
		.host_resolv_conf = resolver->mode == RESOLVER_HOST,
		.no_resolv_conf = resolver->mode == RESOLVER_NONE,
		.hosts = s->hosts,
		.host_hosts = resolver->host_hosts,
		.metadata_token = l->metadata_token[0] ? l->metadata_token : NULL,
	};
	return 0;
}

int start_init(Start *s, const Invocation *inv, const Launch *l, const char *uuid,
	const Ground *ground, Error *err)
{
	StrList words = {0};
	int r;

	*s = (Start){
		.plan =
			{
				.uuid = uuid,
				.data_dir = l->data_dir,
				.store = &l->store,
				.manifest = l->manifest,
				.images = (const Image *const *)l->images,
				.cgroups = &s->cgroups,
				.sockets = l->sockets.apps,
			},
	};
	r = cgroup_host_read(&s->cgroups, err);
	if (r < 0)
		return r;
	if (plan_limits_wanted(&s->plan)) {
		cgroup_host_read_levels(&s->cgroups);
		limit_warnings(&s->plan);
	}
	r = store_ensure_skeleton(&l->store, err);
	if (r == 0 && again_words(inv, &words) < 0)
		r = fail_oom(err);
	if (r == 0)
		r = plan_options(inv, s, l, ground->network_dns, err);
	s->plan.words = words.items;
	s->plan.n_words = words.n;
	s->plan.options.no_overlay = !ground->overlay;
	s->plan.options.first_id = ground->users.first;
	s->plan.options.n_ids = ground->users.n;
	return r;
}

int start_prepare_metadata(const RunOptions *o, Launch *l, Error *err)
{
	int r;

	if (!o->mds_register)
		return 0;
	r = o->dry_run ? 0 : metadata_check(err);
	return r < 0 ? r : metadata_make_token(l->metadata_token, err);
}

int start_register(const Launch *l, const Pod *pod, Error *err)
{
	if (l->metadata_token[0] == '\0')
		return 0;
	return metadata_register(pod, l->manifest, l->metadata_token, err);
}

int start_name_pod(const Invocation *inv, const Pods *pods, const Pod *pod, Error *err)
{
	const char *name = ((const RunOptions *)inv->options)->pod_name;

	return name ? pod_set_name(pods, pod, name, err) : 0;
}

int start_match_sockets(Launch *l, const Flavor *flavor, Error *err)
{
	if (flavor != stage1_flavor(NULL))
		return 0;
	return passed_sockets_match(&l->sockets, l->manifest, (const Image *const *)l->images, err);
}
