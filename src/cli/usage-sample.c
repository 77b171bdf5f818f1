/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/usage-sample.h"

#include "base/monotonic.h"

static void pod_sample_done(PodSample *p)
{
	free(p->name);
	free(p->apps);
	(void)pod_manifest_free(p->manifest);
	*p = (PodSample){0};
}

/* Whether a pod that was running still does: then what was read is its own. */
static bool still_runs(const Pods *pods, const char *uuid)
{
	_cleanup_pod_ Pod *pod = NULL;

	return pod_open(pods, uuid, &pod, NULL) == 0 && pod->state == POD_RUNNING;
}

/* 0, -ENOENT for a pod that does not run, or another negative errno. */
static int sample_pod(const Pods *pods, const CgroupHost *host, const ProcessTable *table,
	const char *uuid, PodSample *ret, Error *err)
{
	_cleanup_pod_ Pod *pod = NULL;
	Error gone = ERROR_INIT;

	*ret = (PodSample){0};
	if (pod_open(pods, uuid, &pod, &gone) < 0 || pod->state != POD_RUNNING ||
		pod_read_manifest(pod, &ret->manifest, &gone) < 0)
		return -ENOENT;
	memcpy(ret->uuid, uuid, UUID_TEXT);
	ret->apps = calloc(ret->manifest->n_apps + 1, sizeof *ret->apps);
	if (!ret->apps || pod_read_name(pod, &ret->name) == -ENOMEM ||
		usage_read(pod, ret->manifest, host, table, ret->apps) < 0)
		return fail_oom(err);
	return still_runs(pods, uuid) ? 0 : -ENOENT;
}

static int sample_all(const Pods *pods, const CgroupHost *host, const char *const *uuids, size_t n,
	UsageSample *ret, Error *err)
{
	_cleanup_process_table_ ProcessTable table = {0};
	int r = process_table_read(&table, err);

	if (r < 0)
		return r;
	ret->taken_at = monotonic_ns();
	ret->pods = calloc(n + 1, sizeof *ret->pods);
	if (!ret->pods)
		return fail_oom(err);
	for (size_t i = 0; i < n; i++) {
		r = sample_pod(pods, host, &table, uuids[i], &ret->pods[ret->n], err);
		if (r == 0)
			ret->n++;
		else
			pod_sample_done(&ret->pods[ret->n]);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

int usage_sample_take(const Pods *pods, const CgroupHost *host, const char *const *uuids, size_t n,
	UsageSample *ret, Error *err)
{
	char **all = NULL;
	int r;

	*ret = (UsageSample){0};
	if (uuids)
		return sample_all(pods, host, uuids, n, ret, err);
	r = pod_uuids(pods, &all, &n, err);
	if (r < 0)
		return r;
	r = sample_all(pods, host, (const char *const *)all, n, ret, err);
	pod_uuids_free(all, n);
	return r;
}

void usage_sample_done(UsageSample *s)
{
	for (size_t i = 0; i < s->n; i++)
		pod_sample_done(&s->pods[i]);
	free(s->pods);
	*s = (UsageSample){0};
}

const PodSample *usage_sample_pod(const UsageSample *s, const char *uuid)
{
	for (size_t i = 0; i < s->n; i++)
		if (streq(s->pods[i].uuid, uuid))
			return &s->pods[i];
	return NULL;
}

const AppUsage *pod_sample_app(const PodSample *pod, const char *app)
{
	for (size_t i = 0; pod && i < pod->manifest->n_apps; i++)
		if (streq(pod->manifest->apps[i].name, app))
			return &pod->apps[i];
	return NULL;
}
