/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/docker-ref.h"

#include <ctype.h>
#include "base/number.h"
#include "spec/oci.h"

#define NAME_MAX_LEN 255
#define PORT_MAX     65535
#define TAG_MAX_LEN  128

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

/* The length of a separator inside a path component: '.', one or two '_', any number of '-'. 0 for
 * anything else. */
static size_t separator_len(const char *s)
{
	if (*s == '.')
		return 1;
	if (*s == '_')
		return s[1] == '_' ? 2 : 1;
	return strspn(s, "-");
}

/* Runs of lower-case letters and digits, joined by single separators. */
static bool component_valid(const char *s, const char *end)
{
	while (s < end) {
		if (!is_lower_alnum(*s))
			return false;
		while (s < end && is_lower_alnum(*s))
			s++;
		if (s == end)
			return true;
		s += separator_len(s);
	}
	return false;
}

static bool repository_valid(const char *s)
{
	for (;;) {
		const char *end = strchrnul(s, '/');

		if (!component_valid(s, end))
			return false;
		if (*end == '\0')
			return true;
		s = end + 1;
	}
}

/* Labels of letters, digits and inner '-', joined by dots, then perhaps ":PORT". */
static bool host_valid(const char *s)
{
	const char *colon = strchrnul(s, ':');
	uint64_t port;

	if (*colon && (number_parse_u64(colon + 1, PORT_MAX, &port) < 0 || port == 0))
		return false;
	for (;;) {
		const char *end = s;

		while (is_alnum(*end) || *end == '-')
			end++;
		if (end == s || *s == '-' || end[-1] == '-')
			return false;
		if (end == colon)
			return true;
		if (*end != '.')
			return false;
		s = end + 1;
	}
}

static bool tag_valid(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > TAG_MAX_LEN || *s == '.' || *s == '-')
		return false;
	while (is_alnum(*s) || *s == '_' || *s == '.' || *s == '-')
		s++;
	return *s == '\0';
}

const char *docker_ref_host(const char *host)
{
	bool nickname = streq(host, "docker.io") || streq(host, "index.docker.io");

	return nickname ? DOCKER_DEFAULT_HOST : host;
}

/* One host has one spelling, in place: what is decided by it (policies, logins, mirrors) must not
 * depend on how somebody types. */
static void normalize_host(char *host)
{
	char *port = strchr(host, ':');

	for (char *c = host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	if (!port)
		return;
	while (port[1] == '0' && port[2])
		memmove(port + 1, port + 2, strlen(port + 2) + 1);
	if (streq(port, ":443"))
		*port = '\0';
}

int docker_ref_host_parse(const char *text, Arena *arena, const char **ret)
{
	char *host;

	if (!host_valid(text))
		return -EINVAL;
	host = arena_strdup(arena, text);
	if (!host)
		return -ENOMEM;
	normalize_host(host);
	*ret = host;
	return 0;
}

/* Splits the host off *name, which then points behind it. */
static int take_host(char **name, Arena *arena, const char **ret)
{
	char *slash = strchr(*name, '/'), *host;

	*ret = DOCKER_DEFAULT_HOST;
	if (!slash)
		return 0;
	host = arena_strndup(arena, *name, (size_t)(slash - *name));
	if (!host)
		return -ENOMEM;
	if (!strpbrk(host, ".:") && !streq(host, "localhost"))
		return 0;
	*name = slash + 1;
	normalize_host(host);
	*ret = docker_ref_host(host);
	return 0;
}

static int complete_repository(const char *name, const char *host, Arena *arena, const char **ret)
{
	static const char official[] = "library/";
	size_t len = strlen(name) + 1;
	char *full;

	if (strchr(name, '/') || !streq(host, DOCKER_DEFAULT_HOST)) {
		*ret = name;
		return 0;
	}
	full = arena_alloc(arena, sizeof official - 1 + len);
	if (!full)
		return -ENOMEM;
	memcpy(full, official, sizeof official - 1);
	memcpy(full + sizeof official - 1, name, len);
	*ret = full;
	return 0;
}

static int bad_reference(const DockerRef *ref, const char *name, Error *err)
{
	int r = fail(err, -EINVAL, "invalid reference format");

	if (name[strcspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
		error_hint(err, "repository names are lower case");
	else if (ref->digest && !oci_digest_valid(ref->digest))
		error_hint(err, "a digest is \"sha256:\" and 64 lower-case hex digits");
	return r;
}

int docker_ref_parse(const char *text, Arena *arena, DockerRef *ret, Error *err)
{
	char *name = arena_strdup(arena, text), *at, *colon;
	DockerRef ref = {0};

	if (!name)
		return fail_oom(err);
	at = strchr(name, '@');
	if (at) {
		*at = '\0';
		ref.digest = at + 1;
	}
	colon = strrchr(name, ':');
	if (colon && !strchr(colon, '/')) {
		*colon = '\0';
		ref.tag = colon + 1;
	}
	if (take_host(&name, arena, &ref.host) < 0)
		return fail_oom(err);
	if (!host_valid(ref.host) || !repository_valid(name) || strlen(name) > NAME_MAX_LEN ||
		(ref.tag && !tag_valid(ref.tag)) || (ref.digest && !oci_digest_valid(ref.digest)))
		return bad_reference(&ref, name, err);
	if (complete_repository(name, ref.host, arena, &ref.repository) < 0)
		return fail_oom(err);
	if (ref.digest)
		ref.tag = NULL;
	else if (!ref.tag)
		ref.tag = "latest";
	*ret = ref;
	return 0;
}
