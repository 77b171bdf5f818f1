/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/docker-auth.h"

#include <fcntl.h>
#include <strings.h>
#include "base/fd.h"
#include "base/json.h"
#include "fetch/base64.h"
#include "fetch/credential-program.h"
#include "spec/docker-ref.h"

#define FILE_MAX (1u << 20)

/* What is looked for, and where. */
typedef struct Search {
	const char *path;
	const char *registry, *repository;
} Search;

/* Whether the host of a key (len bytes) is the registry. The default one has several names. */
static bool is_registry(const Search *s, const char *host, size_t len)
{
	static const char *const names[] = {"index.docker.io", "docker.io", DOCKER_DEFAULT_HOST};

	if (strlen(s->registry) == len && strncasecmp(s->registry, host, len) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (streq(s->registry, DOCKER_DEFAULT_HOST) && strlen(names[i]) == len &&
			strncasecmp(names[i], host, len) == 0)
			return true;
	return false;
}

/* How much of the registry and the repository a key names: 0 when it is the key of others. Docker's
 * keys are hosts, or URLs of which the host counts. Podman's may be "HOST/NAMESPACE". */
static size_t match(const Search *s, const char *key)
{
	const char *rest = startswith(key, "https://"), *host, *space;
	size_t host_len, space_len;

	if (!rest)
		rest = startswith(key, "http://");
	host = rest ? rest : key;
	host_len = strcspn(host, "/");
	if (!is_registry(s, host, host_len))
		return 0;
	space = host + host_len + (host[host_len] == '/');
	space_len = strlen(space);
	if (rest || space_len == 0)
		return 1;
	if (!s->repository || strncmp(s->repository, space, space_len) != 0)
		return 0;
	return s->repository[space_len] == '\0' || s->repository[space_len] == '/' ? 1 + space_len
										   : 0;
}

/* The member of an object whose name says most of what is looked for; NULL without any. */
static const Json *best_member(const Search *s, const Json *object)
{
	const Json *best = NULL;
	size_t best_match = 0;

	for (const Json *m = json_first_member(object); m; m = m->next) {
		size_t matched = match(s, m->name);

		if (matched > best_match) {
			best = m;
			best_match = matched;
		}
	}
	return best;
}

static const char *filled_text(const Json *object, const char *name)
{
	const char *text = json_text(json_get(object, name));

	return text && *text ? text : NULL;
}

static int keep_login(
	const char *user, size_t user_len, const char *password, Login *ret, Error *err)
{
	_cleanup_login_ Login login = {
		.user = strndup(user, user_len), .password = strdup(password)};

	if (!login.user || !login.password)
		return fail_oom(err);
	*ret = login;
	login = (Login){NULL};
	return 1;
}

/* auth is base 64 of "USER:PASSWORD". */
static int decode_login(const Search *s, const char *key, const char *auth, Login *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = base64_decode(auth, strlen(auth), &text, &len);
	const char *colon = r == 0 ? strchr(text, ':') : NULL;

	if (r == -ENOMEM)
		return fail_oom(err);
	if (!colon)
		return fail(err, -EINVAL, "%s: auths.%s.auth: must be base 64 of \"USER:PASSWORD\"",
			s->path, key);
	return keep_login(text, (size_t)(colon - text), colon + 1, ret, err);
}

static int read_entry(const Search *s, const Json *entry, Login *ret, Error *err)
{
	const char *token = filled_text(entry, "identitytoken");
	const char *auth = filled_text(entry, "auth");
	const char *user = filled_text(entry, "username");
	const char *password = filled_text(entry, "password");

	if (token) {
		ret->identity_token = strdup(token);
		return ret->identity_token ? 1 : fail_oom(err);
	}
	if (auth)
		return decode_login(s, entry->name, auth, ret, err);
	return user && password ? keep_login(user, strlen(user), password, ret, err) : 0;
}

static int find(const Search *s, const Json *root, Login *ret, Error *err)
{
	const Json *entry = best_member(s, json_get(root, "auths"));
	const char *helper = json_text(best_member(s, json_get(root, "credHelpers")));
	int r = 0;

	if (!json_is(root, JSON_OBJECT))
		return fail(err, -EINVAL, "%s: must be an object", s->path);
	if (!helper)
		helper = filled_text(root, "credsStore");
	if (helper && *helper) {
		r = credential_program_get(helper, s->registry, ret, err);
		if (r < 0)
			error_hint(err, "%s says that this program has the login at %s", s->path,
				s->registry);
	}
	/* What a program keeps has an entry without content here. */
	return r == 0 && entry ? read_entry(s, entry, ret, err) : r;
}

int docker_auth_find_in(const char *text, size_t len, const char *path, const char *registry,
	const char *repository, Login *ret, Error *err)
{
	const Search s = {path, registry, repository};
	_cleanup_(arena_done) Arena arena = {0};
	Json *root;
	int r = json_parse(&arena, text, len, path, &root, err);

	return r < 0 ? r : find(&s, root, ret, err);
}

int docker_auth_find(
	const char *path, const char *registry, const char *repository, Login *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(AT_FDCWD, path, FILE_MAX, &text, &len, err);

	if (r == -ENOENT || r == -ENOTDIR) {
		error_clear(err);
		return 0;
	}
	return r < 0 ? r : docker_auth_find_in(text, len, path, registry, repository, ret, err);
}
