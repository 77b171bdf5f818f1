/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/gc.h"

#include <sys/stat.h>
#include "base/duration.h"
#include "base/timestamp.h"
#include "pod/pod-internal.h"

/* A pod is an embryo for microseconds; this old, its maker is dead. */
#define EMBRYO_MAX_NS (3600 * NS_PER_SEC)

/* One collection. */
typedef struct Gc {
	const Pods *pods;
	const GcOptions *options;
	const GcHooks *hooks;
} Gc;

static void say_error(const Pods *pods, const Error *err, const char *what, const Pod *p)
{
	char text[2 * ERROR_TEXT];

	pods_say(pods, POD_STDERR, "%s \"%s\": %s", what, p->uuid,
		error_message(err, text, sizeof text));
}

/* Whether the pod has been where it is for at least age. */
static bool older_than(const Pod *p, int64_t age)
{
	struct stat st;

	if (fstat(p->fd, &st) < 0)
		return false;
	return age <= 0 || timestamp_of(st.st_ctim) <= timestamp_now() - age;
}

/* Moves a pod to where garbage of its kind lies, and says so if it was this process that did it. */
static int discard(const Pods *pods, Pod *p, const char *what, Error *err)
{
	int r = pod_move_to_garbage(pods, p, true, err);

	if (r == 0)
		pods_say(pods, POD_STDERR, "moving %s \"%s\" to garbage", what, p->uuid);
	return r;
}

/* Deletes a pod in garbage or exited-garbage whose lock is held. */
static int delete_locked(const Pods *pods, Pod *p, const GcHooks *hooks, Error *err)
{
	Error gc_error = ERROR_INIT, unregister_error = ERROR_INIT;

	if (hooks->unregister && hooks->unregister(p, &unregister_error) < 0)
		say_error(pods, &unregister_error, "problem unregistering pod", p);
	if (hooks->stage1_gc && hooks->stage1_gc(hooks->userdata, p, &gc_error) < 0)
		say_error(pods, &gc_error, "problem performing stage1 GC on", p);
	return pod_delete(pods, p, err);
}

static int mark_exited(const Gc *gc, Pod *p, Error *err)
{
	return p->state == POD_EXITED ? discard(gc->pods, p, "pod", err) : 0;
}

static int discard_aborted(const Gc *gc, Pod *p, Error *err)
{
	return p->state == POD_ABORTED_PREPARE ? discard(gc->pods, p, "failed prepare", err) : 0;
}

/* With the lock, so that nobody is just about to carry on with the pod. */
static int discard_old(const Gc *gc, Pod *p, int64_t age, const char *what, Error *err)
{
	int r;

	if (!older_than(p, age))
		return 0;
	r = pod_lock(gc->pods, p, err);
	return r < 0 ? r : discard(gc->pods, p, what, err);
}

static int discard_embryo(const Gc *gc, Pod *p, Error *err)
{
	return discard_old(gc, p, EMBRYO_MAX_NS, "failed prepare", err);
}

static int discard_expired(const Gc *gc, Pod *p, Error *err)
{
	return discard_old(gc, p, gc->options->expire_prepared_ns, "expired prepared pod", err);
}

static int collect(const Gc *gc, Pod *p, Error *err)
{
	int r = pod_lock(gc->pods, p, err);

	if (r < 0)
		return r;
	pods_say(gc->pods, POD_STDOUT, "Garbage collecting pod \"%s\"", p->uuid);
	return delete_locked(gc->pods, p, gc->hooks, err);
}

static int collect_marked(const Gc *gc, Pod *p, Error *err)
{
	char grace[DURATION_TEXT];

	if (p->state != POD_EXITED_GARBAGE)
		return 0;
	if (older_than(p, gc->options->grace_ns))
		return collect(gc, p, err);
	pods_say(gc->pods, POD_STDERR, "pod \"%s\" not removed: still within grace period (%s)",
		p->uuid, duration_format(gc->options->grace_ns, grace));
	return 0;
}

/* Calls step for every pod in one state directory. Pods that are gone when their turn comes, or
 * that somebody else has locked, are somebody else's business. */
static int for_each(
	const Gc *gc, PodDir dir, int (*step)(const Gc *gc, Pod *p, Error *err), Error *err)
{
	char **uuids = NULL;
	size_t n = 0;
	int r = pod_dir_scan(gc->pods, dir, &uuids, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		_cleanup_pod_ Pod *p = NULL;
		Error problem = ERROR_INIT;
		int result = pod_open_in(gc->pods, dir, uuids[i], &p, &problem);

		if (result == 0)
			result = step(gc, p, &problem);
		if (result < 0 && result != -ENOENT && result != -EWOULDBLOCK)
			pods_say(gc->pods, POD_STDERR, "unable to collect pod \"%s\": %s", uuids[i],
				problem.frames[0].text);
	}
	pod_uuids_free(uuids, n);
	return r;
}

int pods_gc(const Pods *pods, const GcOptions *options, const GcHooks *hooks, Error *err)
{
	static const struct {
		PodDir dir;
		int (*step)(const Gc *gc, Pod *p, Error *err);
		bool marks;
	} steps[] = {
		{POD_DIR_RUN, mark_exited, true},
		{POD_DIR_PREPARE, discard_aborted, true},
		{POD_DIR_EMBRYO, discard_embryo, true},
		{POD_DIR_PREPARED, discard_expired, false},
		{POD_DIR_EXITED_GARBAGE, collect_marked, false},
		{POD_DIR_GARBAGE, collect, false},
	};
	const Gc gc = {.pods = pods, .options = options, .hooks = hooks};

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		int r;

		if (options->mark_only && !steps[i].marks)
			continue;
		r = for_each(&gc, steps[i].dir, steps[i].step, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int busy(const Pod *p, const char *doing, Error *err)
{
	return fail(err, -EBUSY, "pod \"%s\" is currently %s", p->uuid, doing);
}

static int runs(const Pod *p, Error *err)
{
	int r = busy(p, "running", err);

	error_hint(err, "\"rkt stop %s\" stops it first", p->uuid);
	return r;
}

/* One step of removing a pod as it was found. -ENOENT when it is there no more. */
static int rm_found(const Pods *pods, Pod *p, const GcHooks *hooks, Error *err)
{
	int r = 0;

	switch (p->state) {
	case POD_RUNNING: return runs(p, err);
	case POD_EMBRYO:
	case POD_PREPARING: return busy(p, "being prepared", err);
	case POD_DELETING:
	case POD_EXITED_DELETING: return busy(p, "being deleted", err);
	case POD_ABORTED_PREPARE: r = discard(pods, p, "failed prepare", err); break;
	case POD_PREPARED: r = discard(pods, p, "expired prepared pod", err); break;
	case POD_EXITED:
		r = pod_move_to_garbage(pods, p, true, err);
		if (r == -EWOULDBLOCK)
			return runs(p, err);
		break;
	case POD_EXITED_GARBAGE:
	case POD_GARBAGE: break;
	}
	if (r == 0)
		r = pod_lock(pods, p, err);
	if (r == -EWOULDBLOCK)
		return busy(p, "being deleted", err);
	return r < 0 ? r : delete_locked(pods, p, hooks, err);
}

int pod_rm(const Pods *pods, const char *uuid, const GcHooks *hooks, Error *err)
{
	bool seen = false;

	/* Pods only move forward, so there is an end to finding it elsewhere. */
	for (;;) {
		_cleanup_pod_ Pod *p = NULL;
		int r = pod_open(pods, uuid, &p, err);

		if (r == -ENOENT && seen) {
			error_clear(err);
			return 0;
		}
		if (r < 0)
			return r;
		seen = true;
		r = rm_found(pods, p, hooks, err);
		if (r != -ENOENT)
			return r;
	}
}
