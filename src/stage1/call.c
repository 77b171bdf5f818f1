/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/call.h"

#include <fcntl.h>
#include "base/strbuf.h"

/* Those whose pods say it by a link. */
static const Flavor *const built_in[] = {
	&flavor_native,
};

const Flavor *stage1_flavor(const Image *image)
{
	return image ? &flavor_image : &flavor_native;
}

int stage1_flavor_of(const Pod *pod, const Flavor **ret, Error *err)
{
	/* No built-in flavor has a manifest there. */
	int r = faccessat(pod->fd, "stage1/manifest", F_OK, 0) < 0 ? -errno : 0;

	if (r < 0 && r != -ENOENT)
		return fail_errno(err, r, "look for the stage1 of pod %s", pod->uuid);
	*ret = r == 0 ? &flavor_image : &flavor_native;
	return 0;
}

int call_find_flavor(const Pod *pod, const Flavor **ret, Error *err)
{
	const Flavor *flavor = NULL;
	char name[64];
	ssize_t n;
	int r = stage1_flavor_of(pod, &flavor, err);

	if (r < 0)
		return r;
	/* The link of an image is its own business. */
	n = flavor == &flavor_image ? 0 : readlinkat(pod->fd, "flavor", name, sizeof name - 1);
	if (n < 0 && errno != ENOENT)
		return fail_errno(err, -errno, "read the flavor of pod %s", pod->uuid);
	*ret = flavor;
	if (n <= 0)
		return 0;
	name[n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(built_in); i++)
		if (streq(built_in[i]->name, name)) {
			*ret = built_in[i];
			return 0;
		}
	return fail(
		err, -ENOENT, "pod \"%s\" has the unknown stage1 flavor \"%s\"", pod->uuid, name);
}

/* The whole path, which is also what the program is called by. */
static int name_program(Call *c, const Pod *pod)
{
	if (!c->flavor->root)
		return str_format(&c->program, "%s", c->path);
	return str_format(&c->program, "%s/%s/%s", pod->path, c->flavor->root,
		c->path + strspn(c->path, "/"));
}

int call_init(Call *ret, const Pod *pod, const Flavor *flavor, const char *name, Error *err)
{
	int r = flavor ? 0 : call_find_flavor(pod, &flavor, err);

	if (r == 0)
		r = flavor->entry_point(pod, name, &ret->path, err);
	if (r < 0)
		return r;
	ret->flavor = flavor;
	if (name_program(ret, pod) < 0)
		return fail_oom(err);
	entry_point_init(&ret->entry_point, ret->path, flavor->root ? ret->program : name);
	ret->entry_point.root = flavor->root;
	ret->entry_point.arrive = flavor->arrive;
	ret->entry_point.name = name;
	return 0;
}

void call_done(Call *c)
{
	free(c->path);
	free(c->program);
}

int call_version(const Call *c, const Pod *pod, unsigned *ret, Error *err)
{
	if (c->flavor->version)
		return c->flavor->version(pod, ret, err);
	*ret = STAGE1_INTERFACE_VERSION;
	return 0;
}
