/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/image/manifest.h"

#include "base/fd.h"
#include "base/number.h"

#define PREFIX "coreos.com/rkt/stage1/"

static const struct {
	const char *name, *annotation, *verb;
} entry_points[] = {
	{"run", PREFIX "run", "run"},
	{"enter", PREFIX "enter", "enter"},
	{"stop", PREFIX "stop", "stop"},
	{"gc", PREFIX "gc", "gc"},
	{"app-add", PREFIX "app/add", "app add"},
	{"app-rm", PREFIX "app/rm", "app rm"},
	{"app-start", PREFIX "app/start", "app start"},
	{"app-stop", PREFIX "app/stop", "app stop"},
	{"attach", PREFIX "attach", "attach"},
};

int stage1_manifest_read(const Pod *pod, ImageManifest **ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(pod->fd, STAGE1_MANIFEST, IMAGE_MANIFEST_MAX, &text, &len, err);

	if (r == 0)
		r = image_manifest_parse(text, len, ret, err);
	return r < 0 ? wrap(err, r, "cannot read the stage1 manifest of pod %s", pod->uuid) : 0;
}

int stage1_manifest_entry_point(
	const ImageManifest *m, const char *name, const char **ret, Error *err)
{
	size_t i = 0;
	const char *path;

	while (i < ARRAY_LEN(entry_points) && !streq(entry_points[i].name, name))
		i++;
	if (i == ARRAY_LEN(entry_points))
		return fail(err, -EOPNOTSUPP, "stage1 images have no entrypoint for \"%s\"", name);
	path = image_manifest_annotation(m, entry_points[i].annotation);
	if (!path || !path[0])
		return fail(err, -EOPNOTSUPP,
			"rkt %s not implemented for pod's stage1: entrypoint \"%s\" not found",
			entry_points[i].verb, entry_points[i].annotation);
	*ret = path;
	return 0;
}

int stage1_manifest_version(const ImageManifest *m, unsigned *ret, Error *err)
{
	const char *text = image_manifest_annotation(m, PREFIX "interface-version");
	uint64_t version = 1;

	if (text && number_parse_u64(text, UINT32_MAX, &version) < 0)
		return fail(err, -EINVAL,
			"annotation \"" PREFIX
			"interface-version\" of the stage1 is no number: \"%s\"",
			text);
	*ret = (unsigned)version;
	return 0;
}

bool stage1_manifest_can_change(const ImageManifest *m)
{
	static const char *const needed[] = {"app-rm", "app-start", "app-stop"};
	const char *path;

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (stage1_manifest_entry_point(m, needed[i], &path, NULL) < 0)
			return false;
	return true;
}
