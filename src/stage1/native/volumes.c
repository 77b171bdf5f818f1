/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/native/volumes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/number.h"
#include "plan/limits.h"
#include "stage1/roots.h"
#include "store/view-copy.h"

/* Makes a directory with exactly this mode and owner, whatever the umask. Returns its descriptor;
 * -EEXIST, without error text, for one that is there. */
static int make_volume(int dirfd, const char *name, const Volume *v, uint32_t first_id, Error *err)
{
	_cleanup_close_ int fd = -1;
	uint64_t mode = 0755;

	if (v && number_parse_octal(v->mode, 07777, &mode) < 0)
		return fail(err, -EINVAL, "volume \"%s\": \"%s\" is not a mode", name, v->mode);
	if (mkdirat(dirfd, name, 0700) < 0)
		return errno == EEXIST ? -EEXIST
				       : fail_errno(err, -errno, "create volume \"%s\"", name);
	fd = fd_open_dir(dirfd, name);
	if (fd < 0)
		return fail_errno(err, fd, "open volume \"%s\"", name);
	if ((v || first_id > 0) && fchown(fd, (uid_t)(v ? v->uid : 0) + first_id,
					   (gid_t)(v ? v->gid : 0) + first_id) < 0)
		return fail_errno(err, -errno, "set the owner of volume \"%s\"", name);
	if (fchmod(fd, (mode_t)mode) < 0)
		return fail_errno(err, -errno, "set the mode of volume \"%s\"", name);
	return TAKE_FD(fd);
}

static int open_volumes(const Pod *pod, Error *err)
{
	int r = roots_make_private(pod, "sharedVolumes", err);

	if (r < 0)
		return r;
	r = fd_open_dir(pod->fd, "sharedVolumes");
	return r < 0 ? fail_errno(err, r, "open sharedVolumes of pod %s", pod->uuid) : r;
}

/* Whether an app's own volume of this name is kept as dir: "APP-NAME". */
static bool is_own(const RuntimeApp *app, const char *volume, const char *dir)
{
	const char *rest = startswith(dir, app->name);

	return rest && rest[0] == '-' && streq(rest + 1, volume);
}

/* The empty volume that is kept as dir, NULL for an implicit one. That may have the name of a host
 * volume, which it is not. */
static const Volume *find_empty(const PodManifest *m, const char *dir)
{
	const Volume *volume = pod_manifest_volume(m, dir);

	for (size_t i = 0; i < m->n_apps; i++)
		for (size_t k = 0; k < m->apps[i].n_mounts; k++) {
			const Volume *own = m->apps[i].mounts[k].app_volume;

			if (own && is_own(&m->apps[i], own->name, dir))
				volume = own;
		}
	return volume && volume->kind == VOLUME_EMPTY ? volume : NULL;
}

/* The image's directory that an implicit volume stands for begins as its content: its path, with
 * the image; NULL where there is none. */
static const char *find_seed(const PlanInput *in, const char *dir, const Image **ret_image)
{
	for (size_t i = 0; i < in->manifest->n_apps; i++) {
		const RuntimeApp *runtime = &in->manifest->apps[i];
		const App *app = plan_input_app(in, i);

		if (in->images[i]->format != IMAGE_OCI)
			continue;
		for (size_t k = 0; k < app->n_mount_points; k++) {
			const MountPoint *point = &app->mount_points[k];

			if (is_own(runtime, point->name, dir) &&
				pod_manifest_is_implicit(in->manifest, runtime, point)) {
				*ret_image = in->images[i];
				return point->path;
			}
		}
	}
	return NULL;
}

/* Fills the volume with what the image has at path, if that is a directory. */
static int seed_volume(
	const PlanInput *in, const Image *image, const char *path, int volume, Error *err)
{
	_cleanup_view_ View view = VIEW_INIT, dir = VIEW_INIT;
	uint32_t first_id = in->options.first_id;
	struct stat st;
	int r = view_open(&view, in->store, image, err);

	if (r < 0)
		return r;
	r = view_open_dir(&dir, &view, path, &st);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r == 0)
		r = view_copy(&dir, volume, first_id, err);
	if (r == 0 && (fchown(volume, st.st_uid + first_id, st.st_gid + first_id) < 0 ||
			      fchmod(volume, st.st_mode & 07777) < 0))
		r = -errno;
	return r < 0 ? fail_errno(err, r, "fill the volume for %s from its image", path) : 0;
}

/* Makes one volume, and what it begins with. */
static int make_one(const PlanInput *in, int dirfd, const char *name, Error *err)
{
	const Volume *volume = find_empty(in->manifest, name);
	const Image *image = NULL;
	const char *seed = volume ? NULL : find_seed(in, name, &image);
	_cleanup_close_ int fd = make_volume(dirfd, name, volume, in->options.first_id, err);

	if (fd < 0)
		return fd == -EEXIST ? 0 : fd;
	return seed ? seed_volume(in, image, seed, fd, err) : 0;
}

/* Looking at the plan and not at the manifest means that only what is used is made. */
int native_make_volumes(const Pod *pod, const PlanInput *in, const Plan *plan, Error *err)
{
	_cleanup_close_ int dirfd = -1;

	for (uint32_t i = plan->header->pod.first;
		i < plan->header->pod.first + plan->header->pod.n; i++) {
		const PlanOp *op = &plan->ops[i];
		const char *name = startswith(plan_string(plan, op->source), "sharedVolumes/");
		int r;

		if (op->code != PLAN_BIND || !name)
			continue;
		if (dirfd < 0)
			dirfd = open_volumes(pod, err);
		if (dirfd < 0)
			return dirfd;
		r = make_one(in, dirfd, name, err);
		if (r < 0)
			return r;
	}
	return 0;
}
