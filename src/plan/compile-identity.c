/* SPDX-License-Identifier: Apache-2.0 */

/* Users and groups, by the names that the image knows. */

#include "plan/compile-internal.h"

#include "base/number.h"

#define ACCOUNTS_MAX (4u << 20)

/* The number in the given field (counted from 0) of the line of /etc/passwd or /etc/group whose
 * first field is name. False when there is none. */
static bool find_account(const char *text, const char *name, unsigned field, uint32_t *ret)
{
	size_t n = strlen(name);

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *p = line;

		if (len > n && memcmp(line, name, n) == 0 && line[n] == ':') {
			char number[16];
			size_t digits;
			uint64_t value;

			for (unsigned i = 0; p && i < field; i++) {
				p = memchr(p, ':', len - (size_t)(p - line));
				p = p ? p + 1 : NULL;
			}
			digits = p ? strspn(p, "0123456789") : 0;
			if (digits == 0 || digits >= sizeof number)
				return false;
			memcpy(number, p, digits);
			number[digits] = '\0';
			if (number_parse_u64(number, UINT32_MAX - 1, &value) < 0)
				return false;
			*ret = (uint32_t)value;
			return true;
		}
		line += len + (line[len] == '\n');
	}
	return false;
}

typedef struct IdentityKind {
	const char *what;     /* in messages */
	const char *accounts; /* file in the image */
	bool group;
} IdentityKind;

/* One of the two: a number, a path in the image, or a name, tried in this order. 0, -ENOENT when it
 * means nothing (no error text), or another negative errno. */
static int resolve(
	AppCompile *c, const IdentityKind *kind, const char *text, uint32_t *ret, Error *err)
{
	_cleanup_free_ char *accounts = NULL;
	const View *view;
	struct stat st;
	uint64_t number;
	int fd, r;

	if (streq(text, "root")) {
		*ret = 0;
		return 0;
	}
	if (number_parse_u64(text, UINT32_MAX - 1, &number) == 0) {
		*ret = (uint32_t)number;
		return 0;
	}
	r = app_view(c, &view, err);
	if (r < 0)
		return r;
	if (text[0] == '/') {
		if (view_lookup(view, text, false, &fd, &st, NULL) < 0)
			return -ENOENT;
		(void)fd_close(fd);
		*ret = kind->group ? st.st_gid : st.st_uid;
		return 0;
	}
	if (view_read_file(view, kind->accounts, ACCOUNTS_MAX, &accounts, NULL) < 0)
		return -ENOENT;
	return find_account(accounts, text, 2, ret) ? 0 : -ENOENT;
}

static int fail_unknown(const AppCompile *c, const IdentityKind *kind, const char *text, Error *err)
{
	fail(err, -EINVAL, "invalid %s \"%s\"", kind->what, text);
	error_hint(err, "it is neither a number, nor a path in the image, nor a name in its %s",
		kind->accounts);
	return wrap(err, -EINVAL, "app \"%s\"", c->runtime->name);
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
	static const IdentityKind user = {"user", "/etc/passwd", false};
	static const IdentityKind group = {"group", "/etc/group", true};
	int r;

	r = resolve(c, &user, c->app->user, &c->uid, err);
	if (r == -ENOENT)
		return fail_unknown(c, &user, c->app->user, err);
	if (r < 0)
		return r;
	r = resolve(c, &group, c->app->group, &c->gid, err);
	if (r == -ENOENT && group_means_user(c)) {
		c->gid = c->uid;
		return 0;
	}
	if (r == -ENOENT)
		return fail_unknown(c, &group, c->app->group, err);
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
