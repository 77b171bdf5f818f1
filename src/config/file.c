/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-internal.h"

/* What the files of all kinds have in common. */

#include "base/path.h"
#include "base/strbuf.h"

#define VERSION "v1"

typedef struct Heading {
	const char *kind, *version;
} Heading;

static const Field heading_fields[] = {
	FIELD(Heading, kind, "rktKind", text),
	FIELD(Heading, version, "rktVersion", text),
};
static const ObjectType heading_object = OBJECT_TYPE(Heading, heading_fields, NULL);

static const ConfigKind *find_kind(const char *name, ConfigPart part)
{
	for (size_t i = 0; i < n_config_kinds; i++)
		if (config_kinds[i].part == part && streq(config_kinds[i].name, name))
			return &config_kinds[i];
	return NULL;
}

static int wrong_kind(const char *path, const char *kind, ConfigPart part, Error *err)
{
	_cleanup_strbuf_ StrBuf kinds = STRBUF_INIT(128);
	size_t dir_len = (size_t)(path_base(path) - path);
	char text[QUOTED_MAX];

	for (size_t i = 0; i < n_config_kinds; i++)
		if (config_kinds[i].part == part)
			strbuf_printf(&kinds, "%s\"%s\"", kinds.len > 0 ? ", " : "",
				config_kinds[i].name);
	return fail(err, -EINVAL,
		"the configuration directory \"%.*s\" expects to have configuration files of kinds "
		"%s, but \"%s\" has kind of %s",
		dir_len > 1 ? (int)dir_len - 1 : 1, path, strbuf_text(&kinds), path_base(path),
		text_quoted(kind, text, sizeof text));
}

/* Finds what is to read a file with this heading. */
static int choose_kind(const Heading *heading, const char *path, ConfigPart part,
	const ConfigKind **ret, Error *err)
{
	char kind[QUOTED_MAX], version[QUOTED_MAX];

	if (!heading->kind)
		return fail(err, -EINVAL, "no rktKind specified in \"%s\"", path);
	if (!heading->version)
		return fail(err, -EINVAL, "no rktVersion specified in \"%s\"", path);
	*ret = find_kind(heading->kind, part);
	if (!*ret)
		return wrong_kind(path, heading->kind, part, err);
	if (!streq(heading->version, VERSION))
		return fail(err, -EINVAL,
			"no parser available for configuration of kind %s and version %s, in %s",
			text_quoted(heading->kind, kind, sizeof kind),
			text_quoted(heading->version, version, sizeof version), path);
	return 0;
}

int config_read_text(Config *c, const char *path, unsigned layer, ConfigPart part, const char *text,
	size_t len, Error *err)
{
	_cleanup_(arena_done) Arena of_text = {0};
	Error inner = ERROR_INIT;
	ConfigFile file = {
		.reader = {.arena = &c->arena, .err = &inner},
		.config = c,
		.origin = {layer, path},
	};
	const ConfigKind *kind = NULL;
	Heading heading = {0};
	Json *document;
	int r = json_parse(&of_text, text, len, path, &document, err);

	if (r < 0)
		return r;
	r = fields_read(&file.reader, &heading_object, document, &heading);
	if (r == 0) {
		r = choose_kind(&heading, path, part, &kind, err);
		if (r < 0)
			return r;
		r = kind->read(&file, document);
	}
	return r < 0 ? fail(err, r, "%s: %s", path, inner.frames[0].text) : 0;
}
