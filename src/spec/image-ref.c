/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/image-ref.h"

#include "base/number.h"
#include "spec/ac-types.h"
#include "spec/image-manifest.h"

/* An appc name, parsed in place: text is cut at its separators. */
static int add_label(ImageRef *ref, const char *name, const char *value, Error *err)
{
	NameValues *labels = &ref->labels;

	if (!ac_identifier_valid(name) || streq(name, "name"))
		return fail(err, -EINVAL, "malformed app string - bad label name \"%s\"", name);
	for (size_t i = 0; i < labels->n; i++)
		if (streq(labels->items[i].name, name))
			return fail(err, -EINVAL, "malformed app string - duplicate label \"%s\"",
				name);
	labels->items[labels->n++] = (NameValue){name, value};
	return 0;
}

static bool has_label(const ImageRef *ref, const char *name)
{
	for (size_t i = 0; i < ref->labels.n; i++)
		if (streq(ref->labels.items[i].name, name))
			return true;
	return false;
}

static int check_colons(const char *text, Error *err)
{
	const char *comma = strchr(text, ','), *colon = strchr(text, ':');

	if (comma && colon && colon > comma)
		return fail(err, -EINVAL,
			"malformed app string - colon may appear only right after the app name");
	if (colon && strchr(colon + 1, ':')) {
		int r = fail(err, -EINVAL, "malformed app string - colon may appear at most once");

		error_hint(err, "an image of a registry is docker://REF, one in a file oci:DIR or "
				"docker-archive:FILE");
		return r;
	}
	return 0;
}

/* list: "a=b,c=d", without a comma in front. */
static int parse_labels(ImageRef *ref, char *list, Error *err)
{
	while (list) {
		char *comma = strchr(list, ','), *equals;
		int r;

		if (comma)
			*comma = '\0';
		equals = strchr(list, '=');
		if (!equals)
			return fail(err, -EINVAL,
				"malformed app string - label \"%s\" has no value", list);
		*equals = '\0';
		r = add_label(ref, list, equals + 1, err);
		if (r < 0)
			return r;
		list = comma ? comma + 1 : NULL;
	}
	return 0;
}

static size_t count(const char *s, char c)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == c;
	return n;
}

static int parse_name(ImageRef *ref, Error *err)
{
	char *name = arena_strdup(&ref->arena, ref->typed), *labels, *version;
	int r = check_colons(ref->typed, err);

	if (r < 0)
		return r;
	/* One for the version, one per comma, and os and arch. */
	ref->labels.items = arena_new(&ref->arena, NameValue, count(ref->typed, ',') + 3);
	if (!name || !ref->labels.items)
		return fail_oom(err);
	ref->kind = IMAGE_REF_NAME;
	labels = strchr(name, ',');
	if (labels)
		*labels++ = '\0';
	version = strchr(name, ':');
	if (version)
		*version++ = '\0';
	if (!ac_identifier_valid(name))
		return fail(err, -EINVAL, "invalid image name \"%s\"", name);
	ref->name = name;
	r = version ? add_label(ref, "version", version, err) : 0;
	if (r < 0)
		return r;
	r = parse_labels(ref, labels, err);
	if (r < 0)
		return r;
	if (!has_label(ref, "os"))
		(void)add_label(ref, "os", "linux", NULL);
	if (!has_label(ref, "arch"))
		(void)add_label(ref, "arch", image_manifest_host_arch(), NULL);
	return 0;
}

static int bad_string(const ImageRef *ref, Error *err)
{
	int r = fail(err, -EINVAL, "invalid image string \"%s\"", ref->typed);

	error_hint(err, "the name of an ACI ends in .aci; for others say oci:DIR, "
			"docker-archive:FILE or docker://REF");
	return r;
}

static int parse_path(ImageRef *ref, const char *path, Error *err)
{
	if (!endswith(path, ".aci"))
		return bad_string(ref, err);
	ref->kind = IMAGE_REF_FILE;
	ref->path = path;
	return 0;
}

/* Decodes "%20" and its like in place. False for a broken escape or an encoded NUL. */
static bool percent_decode(char *s)
{
	char *out = s;

	for (; *s; s++, out++) {
		int high, low;

		*out = *s;
		if (*s != '%')
			continue;
		high = number_hex_digit(s[1]);
		low = high < 0 ? -1 : number_hex_digit(s[2]);
		if (low < 0 || (high | low) == 0)
			return false;
		*out = (char)(high << 4 | low);
		s += 2;
	}
	*out = '\0';
	return true;
}

/* rest: behind "file:". */
static int parse_file_url(ImageRef *ref, const char *rest, Error *err)
{
	const char *path = startswith(rest, "//");
	char *decoded;

	if (!path)
		path = rest;
	else if (startswith(path, "localhost/"))
		path += strlen("localhost");
	if (*path != '/')
		return bad_string(ref, err);
	decoded = arena_strdup(&ref->arena, path);
	if (!decoded)
		return fail_oom(err);
	if (!percent_decode(decoded))
		return bad_string(ref, err);
	return parse_path(ref, decoded, err);
}

/* rest: behind "http:" or "https:". */
static int parse_url(ImageRef *ref, const char *rest, Error *err)
{
	const char *host = startswith(rest, "//");
	size_t n = strcspn(rest, "?#");

	if (!host || *host == '/' || n < 4 || memcmp(rest + n - 4, ".aci", 4) != 0)
		return bad_string(ref, err);
	ref->kind = IMAGE_REF_URL;
	ref->remote = ref->typed;
	return 0;
}

static int parse_docker(ImageRef *ref, const char *rest, Error *err)
{
	static const char scheme[] = "docker://";
	const char *text = startswith(rest, "//") ? rest + 2 : rest;
	size_t len = strlen(text) + 1;
	char *remote = arena_alloc(&ref->arena, sizeof scheme - 1 + len);
	int r;

	if (!remote)
		return fail_oom(err);
	memcpy(remote, scheme, sizeof scheme - 1);
	memcpy(remote + sizeof scheme - 1, text, len);
	ref->kind = IMAGE_REF_DOCKER;
	ref->remote = remote;
	r = docker_ref_parse(text, &ref->arena, &ref->docker, err);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return wrap(err, r, "docker distribution creation error: bad docker URL \"%s\"",
			ref->typed);
	return 0;
}

/* rest: "PATH[:TAG]". */
static int parse_tagged_path(ImageRef *ref, ImageRefKind kind, const char *rest, Error *err)
{
	const char *colon = strchrnul(rest, ':');

	if (colon == rest)
		return fail(err, -EINVAL, "invalid image string \"%s\": the path is missing",
			ref->typed);
	ref->kind = kind;
	ref->path = arena_strndup(&ref->arena, rest, (size_t)(colon - rest));
	if (!ref->path)
		return fail_oom(err);
	if (colon[0] && colon[1])
		ref->tag = colon + 1;
	return 0;
}

static int parse_oci_layout(ImageRef *ref, const char *rest, Error *err)
{
	return parse_tagged_path(ref, IMAGE_REF_OCI_LAYOUT, rest, err);
}

static int parse_docker_archive(ImageRef *ref, const char *rest, Error *err)
{
	return parse_tagged_path(ref, IMAGE_REF_DOCKER_ARCHIVE, rest, err);
}

static const struct {
	const char *prefix;
	int (*parse)(ImageRef *ref, const char *rest, Error *err);
} schemes[] = {
	{"docker:", parse_docker},
	{"oci:", parse_oci_layout},
	{"docker-archive:", parse_docker_archive},
	{"file:", parse_file_url},
	{"http:", parse_url},
	{"https:", parse_url},
};

/* Whether s begins like a URL: a letter, then letters, digits and "+-.", then ':'. */
static bool has_scheme(const char *s)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char more[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";

	return *s && strchr(first, *s) && s[strspn(s, more)] == ':';
}

static bool is_path(const char *s, bool is_file)
{
	if (*s == '/' || is_file)
		return true;
	if (strchr(s, ':'))
		return false;
	return strstr(s, "./") || endswith(s, ".aci");
}

static int parse(ImageRef *ref, bool is_file, Error *err)
{
	const char *value = startswith(ref->typed, "sha512-");

	if (value && *value && !strchr(value, '-')) {
		ref->kind = IMAGE_REF_KEY;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		const char *rest = startswith(ref->typed, schemes[i].prefix);

		if (rest)
			return schemes[i].parse(ref, rest, err);
	}
	/* "etcd:v3" only looks like a URL. */
	if (!has_scheme(ref->typed) && is_path(ref->typed, is_file))
		return parse_path(ref, ref->typed, err);
	return parse_name(ref, err);
}

int image_ref_parse(const char *typed, bool is_file, ImageRef **ret, Error *err)
{
	_cleanup_image_ref_ ImageRef *ref = calloc(1, sizeof *ref);
	int r;

	if (!ref)
		return fail_oom(err);
	ref->typed = arena_strdup(&ref->arena, typed);
	if (!ref->typed)
		return fail_oom(err);
	r = parse(ref, is_file, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(ref);
	return 0;
}

ImageRef *image_ref_free(ImageRef *ref)
{
	if (ref)
		arena_done(&ref->arena);
	free(ref);
	return NULL;
}
