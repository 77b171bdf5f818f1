/* SPDX-License-Identifier: Apache-2.0 */

/* The pod's manifest on disk. */

#include "pod/pod.h"

#include "base/fd.h"
#include "base/json.h"
#include "pod/pod-internal.h"

int pod_read_manifest_text(const Pod *p, char **ret, size_t *ret_len, Error *err)
{
	return fd_read_file(p->fd, "pod", POD_MANIFEST_MAX, ret, ret_len, err);
}

int pod_read_manifest(const Pod *p, PodManifest **ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	r = pod_read_manifest_text(p, &text, &len, err);
	if (r < 0)
		return r;
	r = pod_manifest_parse(text, len, ret, err);
	return r < 0 ? wrap(err, r, "invalid pod manifest in %s", p->path) : 0;
}

int pod_manifest_print(const PodManifest *m, char **ret, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};

	if (json_print(pod_manifest_to_json(&arena, m), false, ret) < 0)
		return fail_oom(err);
	return 0;
}
