/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/layers.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/file.h>
#include "base/fd.h"
#include "fetch/layer-lock.h"
#include "fetch/pipeline.h"
#include "store/import.h"
#include "store/partial.h"

#define PIPELINES 3 /* at once: each has two threads and its buffers */
#define WORKERS   6 /* more, since committing a layer is waiting for the disk */

typedef struct Work {
	const LayerSet *set;
	sem_t pipelines; /* how many more may run */
	pthread_mutex_t lock;
	size_t next;
	atomic_bool stop; /* one layer has failed */
	int result;
	Error err; /* why */
} Work;

/* One layer's way through the pipeline. */
typedef struct Arrival {
	Work *work;
	const OciDescriptor *layer;
	const char *diff_id; /* NULL: nobody has told */
	int archive;         /* file in the store that keeps it, -1: none */
	int row;             /* of the progress display */
	Sink sink;
} Arrival;

void layer_name(const char *diff_id, char *buf, size_t size)
{
	char *colon;

	(void)snprintf(buf, size, "%s", diff_id);
	colon = strchr(buf, ':');
	if (colon)
		*colon = '-';
}

static int keep(const Arrival *a, const void *data, size_t len, Error *err)
{
	int r = a->archive < 0 ? 0 : fd_write(a->archive, data, len);

	return r < 0 ? fail_errno(err, r, "write to %s", a->work->set->context->store->path) : 0;
}

/* The digest of the layer's blob, NULL: nobody told, or it does not matter. */
static const char *blob_digest(const LayerSet *set, size_t i)
{
	return set->source->layer ? NULL : set->layers[i].digest;
}

/* A SinkWrite: counts and keeps what comes, and stops the download when another layer has failed.
 */
static int take_bytes(void *userdata, const void *data, size_t len, Error *err)
{
	Arrival *a = userdata;
	int r;

	if (atomic_load_explicit(&a->work->stop, memory_order_relaxed))
		return fail(err, -ECANCELED, "canceled");
	if (a->work->set->source->remote)
		progress_add(a->work->set->context->progress, a->row, len);
	r = keep(a, data, len, err);
	return r < 0 ? r : sink_write(&a->sink, data, len, err);
}

static int produce(void *userdata, Sink sink, Error *err)
{
	Arrival *a = userdata;
	const ImageSource *source = a->work->set->source;

	a->sink = sink;
	if (source->layer)
		return source->layer(source->userdata, a->diff_id, (Sink){take_bytes, a}, err);
	return source->blob(source->userdata, a->layer, (Sink){take_bytes, a}, err);
}

/* An UnpackOptions.implicit. */
static int note_implicit(void *userdata, const char *path, Error *err)
{
	return layer_import_note_implicit(userdata, path, err);
}

static int run_pipeline(Pipeline *p, LayerImport *import, bool view, UnpackResult *ret,
	char ret_hex[static DIGEST_HEX_MAX + 1], Error *err)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	int r = pipeline_run_layer(p, import, view, &index, ret, ret_hex, err);

	return r < 0 ? r
		     : pipeline_finish_layer(&p->unpack, import, index, ret_hex, false, ret, err);
}

static int unpack_layer(Work *work, size_t i, LayerImport *import, int archive, UnpackResult *ret,
	char ret_hex[static DIGEST_HEX_MAX + 1], Error *err)
{
	const FetchContext *context = work->set->context;
	const OciDescriptor *layer = &work->set->layers[i];
	const char *diff_id = work->set->found ? NULL : work->set->diff_ids[i],
		   *id = layer->digest ? layer->digest : diff_id;
	const ImageSource *source = work->set->source;
	Arrival arrival = {.work = work, .layer = layer, .diff_id = diff_id, .archive = archive};
	char what[200], label[32];
	Pipeline pipeline = {
		.produce = produce,
		.userdata = &arrival,
		.intake = {.digest = blob_digest(work->set, i),
			.size = source->layer ? -1 : layer->size,
			.tar_kind = diff_id && startswith(diff_id, "sha512:") ? DIGEST_SHA512
									      : DIGEST_SHA256,
			.tar_digest = diff_id,
			.max_tar = context->max_bytes},
		.unpack = {.what = what,
			.whiteouts = true,
			.limits = {.max_bytes = context->max_bytes,
				.max_entries = context->max_entries},
			.implicit = note_implicit,
			.userdata = import},
	};
	int r;

	(void)snprintf(what, sizeof what, "layer %s", id);
	(void)snprintf(label, sizeof label, "%.18s", id);
	if (!source->remote)
		return run_pipeline(&pipeline, import, context->views, ret, ret_hex, err);
	arrival.row = progress_start(context->progress, label, layer->size);
	r = run_pipeline(&pipeline, import, context->views, ret, ret_hex, err);
	progress_end(context->progress, arrival.row, r == 0);
	return r;
}

static void take_pipeline(Work *work)
{
	while (sem_wait(&work->pipelines) < 0 && errno == EINTR)
		continue;
}

/* What the set calls a layer before it is here. */
static const char *layer_id(const LayerSet *set, size_t i)
{
	return set->found ? set->layers[i].digest : set->diff_ids[i];
}

/* One attempt at a layer, into a tree of its own. */
static int bring_layer(Work *work, size_t i, Error *err)
{
	const LayerSet *set = work->set;
	_cleanup_layer_import_ LayerImport *import = NULL;
	char hex[DIGEST_HEX_MAX + 1], name[160];
	UnpackResult unpacked;
	int archive = -1, r = layer_import_begin(set->context->store, &import, err);

	if (r == 0 && set->context->keep_archives)
		r = archive = layer_import_archive(import, err);
	if (r < 0)
		return r;
	take_pipeline(work);
	r = unpack_layer(work, i, import, archive, &unpacked, hex, err);
	(void)sem_post(&work->pipelines);
	if (r < 0)
		return r;
	if (set->found)
		(void)snprintf(set->found[i], sizeof set->found[i], "sha256:%.64s", hex);
	layer_name(set->found ? set->found[i] : set->diff_ids[i], name, sizeof name);
	return layer_import_commit(import, name, (int64_t)unpacked.bytes, err);
}

/* Whether the store has the layer, as far as that can be known. */
static bool is_stored(const LayerSet *set, const char *name)
{
	const Store *s = set->context->store;

	/* One that cannot be seen here by a view, or shall not be, is brought anew. */
	if (!set->context->views && store_layer_is_view(s, name))
		return false;
	return !set->found &&
	       (set->context->keep_archives ? layer_has_archive(s, name) : layer_exists(s, name));
}

static int fetch_layer(Work *work, size_t i, Error *err)
{
	const FetchContext *context = work->set->context;
	const char *digest = blob_digest(work->set, i);
	_cleanup_(layer_lock_done) LayerLock lock = LAYER_LOCK_INIT;
	bool continued;
	char name[160];
	int r;

	layer_name(layer_id(work->set, i), name, sizeof name);
	if (is_stored(work->set, name))
		return 0;
	r = layer_lock_take(&lock, context->store, name, context->progress, err);
	if (r < 0)
		return r;
	/* Whoever had the lock may have brought it. */
	if (is_stored(work->set, name))
		return 0;
	continued = digest && partial_exists(context->store, digest);
	r = bring_layer(work, i, err);
	/* What an earlier attempt has left may have been wrong from its start. */
	if (continued && r == -EINVAL)
		r = bring_layer(work, i, err);
	work->set->added[i] = r == 0;
	return r;
}

/* The first layer that is the same as this one. */
static size_t first_of(const LayerSet *set, size_t i)
{
	size_t k = 0;

	while (k < i && !streq(layer_id(set, k), layer_id(set, i)))
		k++;
	return k;
}

static void report(Work *work, int result, const Error *err)
{
	(void)pthread_mutex_lock(&work->lock);
	/* Those that were only stopped because of another have nothing to say. */
	if (work->result == 0 || work->result == -ECANCELED) {
		work->result = result;
		work->err = *err;
	}
	atomic_store(&work->stop, true);
	(void)pthread_mutex_unlock(&work->lock);
}

static bool take_next(Work *work, size_t *ret)
{
	bool found = false;

	(void)pthread_mutex_lock(&work->lock);
	while (work->next < work->set->n && first_of(work->set, work->next) < work->next)
		work->next++;
	if (work->next < work->set->n && !atomic_load(&work->stop)) {
		*ret = work->next++;
		found = true;
	}
	(void)pthread_mutex_unlock(&work->lock);
	return found;
}

static void *worker_main(void *arg)
{
	Work *work = arg;
	size_t i = 0;

	while (take_next(work, &i)) {
		Error err = ERROR_INIT;
		int r = fetch_layer(work, i, &err);

		if (r < 0)
			report(work, r, &err);
	}
	return NULL;
}

int layers_fetch(const LayerSet *set, Error *err)
{
	Work work = {.set = set};
	pthread_t threads[WORKERS];
	size_t n = 0;

	(void)pthread_mutex_init(&work.lock, NULL);
	(void)sem_init(&work.pipelines, 0, PIPELINES);
	/* The caller is a worker too, so one thread that cannot be had does no harm. */
	while (n + 1 < MIN((size_t)WORKERS, set->n) &&
		pthread_create(&threads[n], NULL, worker_main, &work) == 0)
		n++;
	(void)worker_main(&work);
	while (n > 0)
		(void)pthread_join(threads[--n], NULL);
	(void)sem_destroy(&work.pipelines);
	(void)pthread_mutex_destroy(&work.lock);
	for (size_t i = 0; set->found && i < set->n; i++)
		memmove(set->found[i], set->found[first_of(set, i)], sizeof set->found[i]);
	if (work.result < 0 && err)
		*err = work.err;
	return work.result;
}

/* What has come of layers of an image that is worth nothing. */
static void discard_parts(const LayerSet *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const char *digest = blob_digest(set, i);
		Partial partial = PARTIAL_INIT;

		if (digest && partial_exists(set->context->store, digest) &&
			partial_open(set->context->store, digest, &partial, NULL) == 0)
			partial_remove(&partial);
	}
}

static void discard_layers(const LayerSet *set)
{
	for (size_t i = 0; i < set->n; i++) {
		char name[160];

		layer_name(set->found ? set->found[i] : set->diff_ids[i], name, sizeof name);
		if (set->added[i])
			(void)store_layer_remove_unused(set->context->store, name, NULL);
	}
}

void layers_discard(const LayerSet *set)
{
	discard_parts(set);
	/* Others hold the lock while they rely on layers that they found. */
	if (flock(set->context->lock_fd, LOCK_EX | LOCK_NB) == 0)
		discard_layers(set);
	/* Whoever does not get the one has lost the other. */
	while (flock(set->context->lock_fd, LOCK_SH) < 0 && errno == EINTR)
		continue;
}
