/* SPDX-License-Identifier: Apache-2.0 */

/* Which scopes there can be. One that no image has would be a rule that nobody follows. */

#include "trust/policy-internal.h"

static int check_directory(const char *scope, Error *err)
{
	if (scope[0] == '/' && scope[1] && !endswith(scope, "/") && !strstr(scope, "//") &&
		!strstr(scope, "/./") && !strstr(scope, "/../") && !endswith(scope, "/.") &&
		!endswith(scope, "/.."))
		return 0;
	return fail(err, -EINVAL, "a scope has to be an absolute path other than \"/\"");
}

/* A host that is written as those of references are. */
static int check_host(const char *host, Arena *arena, Error *err)
{
	const char *spelled;
	int r = docker_ref_host_parse(host, arena, &spelled);

	if (r < 0)
		return r == -EINVAL ? fail(err, r, "\"%s\" is no host", host) : fail_oom(err);
	if (!streq(spelled, host))
		return fail(err, -EINVAL, "the host is called %s here", spelled);
	if (!streq(host, "docker.io") && streq(docker_ref_host(host), DOCKER_DEFAULT_HOST))
		return fail(err, -EINVAL, "Docker's registry is called docker.io here");
	return 0;
}

/* Behind "*.": hosts are compared without their ports. */
static int check_wildcard(const char *host, Arena *arena, Error *err)
{
	if (strpbrk(host, ":/"))
		return fail(err, -EINVAL, "behind \"*.\" there can be a host only, without a port");
	return check_host(host, arena, err);
}

/* What stands behind the host: repositories as far as they are named, perhaps a tag or digest. */
static int check_repository(const char *scope, const char *host, Arena *arena, Error *err)
{
	const char *rest = scope + strlen(host), *digest = strchr(rest, '@');
	DockerName name;
	int r = docker_name_parse(scope, arena, &name, NULL);

	if (r < 0)
		return r == -EINVAL ? fail(err, r, "no image is called so") : fail_oom(err);
	if (digest && memchr(rest, ':', (size_t)(digest - rest)))
		return fail(
			err, -EINVAL, "it has both a tag and a digest, an image is one by either");
	/* docker.io/app alone may be the beginning of docker.io/app/web. */
	if ((name.tag || name.digest) && !startswith(scope, name.repository))
		return fail(
			err, -EINVAL, "an image of this name is called %s here", name.repository);
	return 0;
}

static int check_name(const char *scope, Arena *arena, Error *err)
{
	char *host;
	int r;

	if (strstr(scope, "://"))
		return fail(err, -EINVAL, "a scope begins with a host, without \"docker://\"");
	if (startswith(scope, "*."))
		return check_wildcard(scope + 2, arena, err);
	host = arena_strndup(arena, scope, strcspn(scope, "/"));
	if (!host)
		return fail_oom(err);
	r = check_host(host, arena, err);
	if (r < 0)
		return r;
	if (!strpbrk(host, ".:") && !streq(host, "localhost"))
		return fail(err, -EINVAL,
			"\"%s\" is no host: names are written out, as docker.io/library/busybox",
			host);
	return scope[strlen(host)] ? check_repository(scope, host, arena, err) : 0;
}

int policy_scope_check(const char *transport, const char *scope, Arena *arena, Error *err)
{
	if (!*scope)
		return 0;
	if (streq(transport, "docker-archive"))
		return fail(err, -EINVAL, "archives have no scope but \"\"");
	if (streq(transport, "oci"))
		return check_directory(scope, err);
	return streq(transport, "docker") ? check_name(scope, arena, err) : 0;
}
