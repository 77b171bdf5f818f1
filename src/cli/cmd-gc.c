/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/metadata.h"
#include "cli/pod-args.h"
#include "net/connect.h"
#include "pod/gc.h"
#include "pod/needs.h"
#include "stage1/stage1.h"
#include "store/collect.h"
#include "store/settle.h"

#define AT(member) offsetof(GcOptions, member)

static const Option rows[] = {
	{"expire-prepared", OPTION_DURATION, AT(expire_prepared_ns), "24h0m0s", "DURATION",
		"remove prepared pods that have waited this long to be run", OPTION_UNQUOTED},
	{"grace-period", OPTION_DURATION, AT(grace_ns), "30m0s", "DURATION",
		"remove exited pods this long after they were marked", OPTION_UNQUOTED},
	{"mark-only", OPTION_BOOL, AT(mark_only), "false", NULL,
		"mark exited pods for removal, and remove nothing"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* Views of layers that pods have shared. One that begins meanwhile mounts them again. */
static void drop_views(const Store *store, const Pods *pods)
{
	_cleanup_pod_needs_ PodNeeds needs = {.arena = {0}};

	if (store_has_views(store) && pod_needs_find(pods, &needs, NULL) == 0)
		store_drop_views(store, &needs.layers);
}

/* Also what a fetch has left to do that did not come to its end. */
static int tend_store(const Invocation *inv, const Pods *pods, Error *err)
{
	_cleanup_store_ Store store = STORE_INIT;
	_cleanup_free_ char *data_dir = NULL;
	int r = global_data_dir(inv->global, &data_dir, err);

	if (r == 0)
		r = store_open(&store, data_dir, false, err);
	if (r < 0)
		return r;
	drop_views(&store, pods);
	r = store_drop_lost(&store, err);
	return r < 0 ? r : store_settle(&store, err);
}

static void restore_network(const Pods *pods, const char *uuid)
{
	_cleanup_pod_ Pod *pod = NULL;
	Error err = ERROR_INIT;
	int r = pod_open(pods, uuid, &pod, &err);

	if (r == 0 && pod->state == POD_RUNNING)
		r = reconnect_pod(pod, &err);
	if (r < 0 && r != -ENOENT)
		log_error(&err);
}

/* Somebody may have flushed the rules of the packet filter. */
static void restore_networks(const Pods *pods)
{
	char **uuids = NULL;
	size_t n = 0;

	if (pod_uuids(pods, &uuids, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		restore_network(pods, uuids[i]);
	pod_uuids_free(uuids, n);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	Stage1Gc gc = {.debug = inv->global->debug, .local_config = inv->global->config.local};
	GcHooks hooks = {
		.stage1_gc = stage1_gc, .userdata = &gc, .unregister = metadata_unregister};
	int r = pods_open_told(inv, &pods, err);

	if (r == 0)
		r = pods_gc(&pods, inv->options, &hooks, err);
	if (r == 0)
		restore_networks(&pods);
	return r < 0 ? r : tend_store(inv, &pods, err);
}

const Verb verb_gc = {
	.name = "gc",
	.synopsis = "[OPTIONS]",
	.brief = "Garbage collect rkt pods no longer in use",
	.description = "Marks pods that have exited, and removes pods that were marked some time "
		       "ago. Meant to be run now and then, by a "
		       "timer for example. Pods that have ended keep their addresses and their "
		       "network namespaces until they are removed, or another pod wants one of "
		       "these addresses. A pod that somebody copies from or exports stays "
		       "until the next time. Also restores the rules for "
		       "masquerading and "
		       "forwarded ports of pods that run, where they have been flushed, gets "
		       "images onto the disk, and removes what a "
		       "crash of the machine has left of them, where a fetch was cut short.",
	.options = sets,
	.options_size = sizeof(GcOptions),
	.flags = VERB_ROOT,
	.run = run,
};
