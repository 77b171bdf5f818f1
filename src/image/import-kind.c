/* SPDX-License-Identifier: Apache-2.0 */
#include "image/import-kind.h"

#include "base/fd.h"

/* What such sources have at their top, and the command for them: before the source and behind it.
 * "docker save" writes what an OCI layout has, too, so it comes first. */
static const struct {
	bool is_tar;
	const char *files[2];
	const char *what;
	const char *before, *behind; /* NULL: the command is not of the source itself */
	bool named;                  /* the name that was typed follows */
} kinds[] = {
	{true, {"/manifest.json"}, "an archive of \"docker save\"",
		"rkt fetch docker-archive:", ""},
	{true, {"/oci-layout", "/index.json"}, "a tar of an OCI image layout",
		"unpack it, then: rkt fetch oci:DIR"},
	{false, {"/oci-layout", "/index.json"}, "an OCI image layout", "rkt fetch oci:", ""},
	{true, {"/manifest", "/rootfs"}, "an ACI", "rkt fetch ", ""},
	{false, {"/manifest", "/rootfs"}, "an ACI that was unpacked", "rkt image import ",
		"/rootfs ", true},
	{false, {"/config.json", "/rootfs"}, "a bundle of an OCI runtime", "rkt image import ",
		"/rootfs ", true},
};

static bool has(const View *view, const char *file)
{
	struct stat st;
	int fd;

	if (!file)
		return true;
	if (view_lookup(view, file, false, &fd, &st, NULL) < 0)
		return false;
	(void)fd_close(fd);
	return true;
}

int import_check_kind(const View *view, const ImportSpec *spec, bool is_tar, Error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].is_tar != is_tar || !has(view, kinds[i].files[0]) ||
			!has(view, kinds[i].files[1]))
			continue;
		error_clear(err);
		(void)fail(err, -EINVAL, "%s is no root filesystem, but %s", spec->source,
			kinds[i].what);
		error_hint(err, "%s%s%s%s", kinds[i].before, kinds[i].behind ? spec->source : "",
			kinds[i].behind ? kinds[i].behind : "", kinds[i].named ? spec->name : "");
		return -EINVAL;
	}
	return 0;
}
