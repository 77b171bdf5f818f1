/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/start-internal.h"

#include "cli/host-support.h"
#include "cli/metadata.h"
#include "cli/supervise.h"
#include "cli/wiring.h"

/* What was prepared, as launch_plan() would have found it. */
static int load_prepared(const Pod *pod, Launch *l, Error *err)
{
	int r = store_open(&l->store, l->data_dir, false, err);

	if (r == 0)
		r = pod_read_manifest(pod, &l->manifest, err);
	if (r < 0)
		return r;
	/* Apps that were added to it once are none of its start. */
	if (pod_manifest_is_mutable(l->manifest))
		l->manifest->n_apps = 0;
	return launch_load_prepared(l, pod, l->manifest, err);
}

/* What a pod that was found is to become a running one by. */
static int make_own(const Invocation *inv, const Pods *pods, Pod *pod, Error *err)
{
	int r = pod_lock(pods, pod, err);

	if (r == -EWOULDBLOCK)
		return fail(err, r, "pod \"%s\" is being started by somebody else", pod->uuid);
	return r < 0 ? r : start_name_pod(inv, pods, pod, err);
}

/* Whatever the run before has left behind, but for what the apps have written. */
static int forget_run(const Invocation *inv, const Pod *pod, Error *err)
{
	Stage1Gc gc = {.debug = inv->global->debug, .local_config = inv->global->config.local};
	int r = metadata_unregister(pod, err);

	if (r == 0)
		r = stage1_reset(pod, &gc, err);
	return r > 0 ? fail(err, -EIO, "cleaning up pod \"%s\" failed with status %d", pod->uuid, r)
		     : r;
}

/* From a prepared pod, or one that has ended and is the caller's, to one that only has to be
 * supervised. The lock keeps the layers of its images from being collected meanwhile. */
static int complete_prepared(const Invocation *inv, const Pods *pods, Pod *pod,
	const Flavor *flavor, Launch *l, Wiring *w, UserRange *ret_users, Error *err)
{
	_cleanup_start_ Start s = {0};
	_cleanup_close_ int lock = store_lock_prepare(l->data_dir, false, err);
	bool again = pod->state == POD_RUNNING;
	Ground ground = {.overlay = pod_has_overlay(pod), .network_dns = w->request.options.dns};
	int r = lock < 0 ? lock : load_prepared(pod, l, err);

	if (r == 0)
		r = start_match_sockets(l, flavor, err);
	if (r == 0)
		r = user_range_read(pod, &ground.users, err);
	if (r == 0 && ground.overlay && !host_has_overlay(l->data_dir))
		r = fail(err, -EOPNOTSUPP,
			"unable to run prepared overlay-enabled pod: overlay not supported");
	if (r == 0)
		r = start_init(&s, inv, l, pod->uuid, &ground, err);
	if (r == 0)
		r = again ? forget_run(inv, pod, err) : make_own(inv, pods, pod, err);
	if (r == 0)
		r = wiring_prepare(w, l, pod, ground.users.n > 0, err);
	if (r == 0)
		r = stage1_prepare(flavor, pod, &s.plan, NULL, err);
	*ret_users = ground.users;
	return r < 0 || again ? r : pod_move_to_run(pods, pod, err);
}

int start_prepared(const Invocation *inv, const Pods *pods, Pod *pod, Error *err)
{
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_wiring_ Wiring w = WIRING_INIT;
	const Flavor *flavor = NULL;
	UserRange users = {0};
	int r = start_prepare_metadata(inv->options, &l, err);

	passed_sockets_take(&l.sockets);
	if (r == 0)
		r = stage1_flavor_of(pod, &flavor, err);
	if (r == 0)
		r = wiring_choose(&w, inv, flavor, err);
	if (r == 0)
		r = global_data_dir(inv->global, &l.data_dir, err);
	if (r == 0)
		r = complete_prepared(inv, pods, pod, flavor, &l, &w, &users, err);
	if (r == 0)
		r = start_register(&l, pod, err);
	if (r == 0)
		r = supervise_become(inv, &l, flavor, pod, users, &w, err);
	if (r < 0)
		wiring_abandon(&w);
	return r;
}
