/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/docker-name.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

int docker_name_of(const DockerRef *ref, Arena *arena, DockerName *ret)
{
	_cleanup_free_ char *text = NULL;
	const char *host = streq(ref->host, DOCKER_DEFAULT_HOST) ? "docker.io" : ref->host;
	DockerName name = {.tag = ref->tag, .digest = ref->digest};

	if (str_format(&text, "%s/%s", host, ref->repository) < 0)
		return -ENOMEM;
	name.repository = arena_strdup(arena, text);
	if (!name.repository)
		return -ENOMEM;
	*ret = name;
	return 0;
}

/* Whether text says what docker_ref_parse() would put in its place. */
static bool has_tag(const char *text)
{
	const char *slash = strrchr(text, '/');

	return strchr(slash ? slash : text, ':');
}

int docker_name_parse(const char *text, Arena *arena, DockerName *ret, Error *err)
{
	DockerRef ref;
	int r = docker_ref_parse(text, arena, &ref, err);

	if (r < 0)
		return r;
	if (!ref.digest && !has_tag(text))
		ref.tag = NULL;
	return docker_name_of(&ref, arena, ret) < 0 ? fail_oom(err) : 0;
}
