/* SPDX-License-Identifier: Apache-2.0 */

/* Users and groups, by the names that the image knows. */

#include "plan/compile-internal.h"

#include "plan/identity.h"

/* One of the two. 0, -ENOENT when it means nothing (no error text), or another negative errno. */
static int resolve(
	AppCompile *c, const IdentityKind *kind, const char *text, uint32_t *ret, Error *err)
{
	const View *view;
	int r;

	if (identity_number(text, ret) == 0)
		return 0;
	r = app_view(c, &view, err);
	return r < 0 ? r : identity_lookup(kind, view, text, ret);
}

static int fail_unknown(const AppCompile *c, const IdentityKind *kind, const char *text, Error *err)
{
	int r = identity_unknown(kind, text, err);

	return wrap(err, r, "app \"%s\"", c->runtime->name);
}

/* Images made from Docker's say "user:user" where they mean the user alone. */
static bool group_means_user(const AppCompile *c)
{
	const ImageManifest *m = c->image->manifest;

	return image_manifest_annotation(m, "appc.io/docker/repository") && m->has_app &&
	       streq(m->app.user, m->app.group) && streq(c->app->group, m->app.group);
}

static int resolve_both(AppCompile *c, Error *err)
{
	int r;

	r = resolve(c, &identity_user, c->app->user, &c->uid, err);
	if (r == -ENOENT)
		return fail_unknown(c, &identity_user, c->app->user, err);
	if (r < 0)
		return r;
	r = resolve(c, &identity_group, c->app->group, &c->gid, err);
	if (r == -ENOENT && group_means_user(c)) {
		c->gid = c->uid;
		return 0;
	}
	if (r == -ENOENT)
		return fail_unknown(c, &identity_group, c->app->group, err);
	return r;
}

int compile_identity(AppCompile *c, Error *err)
{
	int r = resolve_both(c, err);

	if (r == 0)
		r = compile_check_ids(c->in, c->uid, c->gid, err);
	for (size_t i = 0; r == 0 && i < c->app->n_supplementary_gids; i++)
		r = compile_check_ids(c->in, c->uid, c->app->supplementary_gids[i], err);
	return r;
}
