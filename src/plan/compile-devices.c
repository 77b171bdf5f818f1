/* SPDX-License-Identifier: Apache-2.0 */

/* Which devices a pod may open: the harmless ones, and those that are volumes of it. */

#include "plan/compile-cgroups.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A volume that is no device, or not there yet, adds nothing. */
static int add_volume(const Volume *v, PodDevices *d, Error *err)
{
	struct stat st;

	if (!v || v->kind != VOLUME_HOST || stat(v->source, &st) < 0 ||
		!(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		return 0;
	if (d->n == ARRAY_LEN(d->rules))
		return fail(err, -E2BIG, "volume \"%s\": the pod has more than %zu devices",
			v->name, ARRAY_LEN(d->rules) - n_device_rules);
	d->rules[d->n++] = (DeviceRule){
		.type = S_ISBLK(st.st_mode) ? 'b' : 'c',
		.major = major(st.st_rdev),
		.minor = minor(st.st_rdev),
		.access = v->read_only > 0 ? "r" : "rw",
	};
	return 0;
}

int compile_devices(const PlanInput *in, PodDevices *ret, Error *err)
{
	const PodManifest *m = in->manifest;
	int r = 0;

	memcpy(ret->rules, device_rules, n_device_rules * sizeof ret->rules[0]);
	ret->n = n_device_rules;
	for (size_t i = 0; i < m->n_volumes && r == 0; i++)
		r = add_volume(&m->volumes[i], ret, err);
	for (size_t i = 0; i < m->n_apps; i++)
		for (size_t k = 0; k < m->apps[i].n_mounts && r == 0; k++)
			r = add_volume(m->apps[i].mounts[k].app_volume, ret, err);
	return r;
}
