/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/platform.h"

#include <sys/utsname.h>
#include "base/strbuf.h"
#include "spec/json-fields.h"

/* The first row of an OCI architecture is what it means without a variant. */
static const Platform platforms[] = {
	{"amd64", "amd64", "v1", "x86_64"},
	{"i386", "386", NULL, "i686"},
	{"aarch64", "arm64", "v8", "aarch64"},
	{"aarch64_be", "arm64be", NULL, "aarch64_be"},
	{"armv7l", "arm", "v7", "armv7l"},
	{"armv7l", "arm", "v8", "armv8l"},
	{"armv6l", "arm", "v6", "armv6l"},
	{"armv6l", "arm", "v5", NULL},
	{"armv7b", "armbe", NULL, "armv7b"},
	{"ppc64", "ppc64", NULL, "ppc64"},
	{"ppc64le", "ppc64le", NULL, "ppc64le"},
	{"s390x", "s390x", NULL, "s390x"},
	{"riscv64", "riscv64", NULL, "riscv64"},
	{"loong64", "loong64", NULL, "loongarch64"},
};

/* Systems whose images may be described, but never run here. */
static const struct {
	const char *os, *arch;
} foreign[] = {
	{"freebsd", "amd64"},
	{"freebsd", "i386"},
	{"freebsd", "arm"},
	{"darwin", "x86_64"},
	{"darwin", "i386"},
};

const Platform *platform_host(void)
{
	struct utsname host;

	if (uname(&host) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(platforms); i++)
		if (platforms[i].machine && streq(platforms[i].machine, host.machine))
			return &platforms[i];
	return NULL;
}

const Platform *platform_find_oci(const char *arch, const char *variant)
{
	const Platform *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(platforms); i++) {
		const Platform *p = &platforms[i];

		if (!streq(p->oci_arch, arch))
			continue;
		if (variant && p->oci_variant && streq(p->oci_variant, variant))
			return p;
		if (!found)
			found = p;
	}
	return found;
}

/* Variants are "v1" to "v9", and each runs what is made for the ones below it. */
int platform_rank(const Platform *host, const char *arch, const char *variant)
{
	bool numbered = variant && variant[0] == 'v' && variant[1] >= '1' && variant[1] <= '9' &&
			!variant[2];

	if (!streq(host->oci_arch, arch))
		return 0;
	if (!variant || !*variant)
		return 1;
	if (!numbered || !host->oci_variant || variant[1] > host->oci_variant[1])
		return 0;
	return 1 + variant[1] - '0';
}

/* Steps through the architectures of os. NULL at the end. */
static const char *arch_at(const char *os, size_t *i)
{
	for (; *i < ARRAY_LEN(platforms) + ARRAY_LEN(foreign); (*i)++) {
		size_t n = *i;
		bool repeated = n > 0 && n < ARRAY_LEN(platforms) &&
				streq(platforms[n].arch, platforms[n - 1].arch);

		if (n < ARRAY_LEN(platforms) && !repeated && streq(os, "linux"))
			return platforms[(*i)++].arch;
		if (n >= ARRAY_LEN(platforms) && streq(os, foreign[n - ARRAY_LEN(platforms)].os)) {
			(*i)++;
			return foreign[n - ARRAY_LEN(platforms)].arch;
		}
	}
	return NULL;
}

static bool is_known(const char *os, const char *arch)
{
	const char *name;
	size_t i = 0;

	while ((name = arch_at(os, &i)))
		if (streq(name, arch))
			return true;
	return false;
}

int platform_check(const char *os, const char *arch, Error *err)
{
	_cleanup_strbuf_ StrBuf known = STRBUF_INIT(1024);
	char text[QUOTED_MAX];
	const char *name;
	size_t i = 0;

	if (arch && is_known(os, arch))
		return 0;
	while ((name = arch_at(os, &i)))
		strbuf_printf(&known, "%s%s", known.len > 0 ? ", " : "", name);
	if (known.len == 0 && !known.error)
		return fail(err, -EINVAL, "bad os %s (must be one of: linux, freebsd, darwin)",
			text_quoted(os, text, sizeof text));
	if (!arch)
		return 0;
	return fail(err, -EINVAL, "bad arch %s for %s (must be one of: %s)",
		text_quoted(arch, text, sizeof text), os, strbuf_text(&known));
}
