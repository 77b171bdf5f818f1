/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What running pods use, at one moment. */

#include "pod/info.h"
#include "stage1/usage.h"

typedef struct PodSample {
	char uuid[UUID_TEXT];
	char *name; /* NULL: none */
	PodManifest *manifest;
	AppUsage *apps; /* one for each of the manifest */
} PodSample;

typedef struct UsageSample {
	int64_t taken_at; /* ns of the monotonic clock */
	PodSample *pods;  /* in the order that they were asked for, or by UUID */
	size_t n;
} UsageSample;

/* Takes one of these pods, as far as they run; uuids NULL: of all. 0 or a negative errno. */
int usage_sample_take(const Pods *pods, const CgroupHost *host, const char *const *uuids, size_t n,
	UsageSample *ret, Error *err);
void usage_sample_done(UsageSample *s);

/* What a pod and an app there used earlier, NULL when it was not there. */
const PodSample *usage_sample_pod(const UsageSample *s, const char *uuid);
const AppUsage *pod_sample_app(const PodSample *pod, const char *app);

#define _cleanup_usage_sample_ __attribute__((cleanup(usage_sample_done)))
