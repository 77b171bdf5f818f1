/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image-info.h"

#include <stdio.h>
#include "base/fd.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "store/escape.h"
#include "store/key.h"
#include "store/standing.h"

#define LABELS_MAX 1000

static const char *const format_names[] = {
	[IMAGE_ACI] = "aci",
	[IMAGE_OCI] = "oci",
};

int image_info_format(const ImageInfo *info, char **ret, size_t *ret_len, Error *err)
{
	char head[STANDING_HEAD + 1];
	_cleanup_strbuf_ StrBuf b = STRBUF_INIT(IMAGE_INFO_MAX);

	int r = standing_format(info->on_disk, head, err);

	if (r < 0)
		return r;
	strbuf_printf(&b, "%sformat=%s\nimported=%lld\nsize=%lld\nlatest=%d\n", head,
		format_names[info->format], (long long)info->import_time, (long long)info->size,
		info->latest);
	strbuf_printf(&b, "labels=%zu\n", info->labels.n);
	for (size_t i = 0; i < info->labels.n; i++) {
		strbuf_puts(&b, "label=");
		escape_add(&b, info->labels.items[i].name);
		strbuf_putc(&b, '=');
		escape_add(&b, info->labels.items[i].value);
		strbuf_putc(&b, '\n');
	}
	strbuf_printf(&b, "layers=%zu\n", info->n_layers);
	for (size_t i = 0; i < info->n_layers; i++)
		strbuf_printf(&b, "layer=%s\n", info->layers[i]);
	r = strbuf_finish(&b, ret, ret_len);
	return r < 0 ? fail_errno(err, r, "describe the image") : 0;
}

/* Cuts the next line off *text. NULL unless it is "key=value". */
static char *take_value(char **text, const char *key)
{
	char *end = strchr(*text, '\n');
	const char *rest = startswith(*text, key);
	char *value;

	if (!end || !rest || *rest != '=')
		return NULL;
	value = *text + (rest + 1 - *text);
	*end = '\0';
	*text = end + 1;
	return value;
}

static int take_number(char **text, const char *key, int64_t max, int64_t *ret)
{
	const char *value = take_value(text, key);

	return value ? number_parse_i64(value, 0, max, ret) : -EINVAL;
}

static int take_facts(char **text, ImageInfo *info)
{
	const char *format = take_value(text, "format");
	int64_t latest;

	if (!format)
		return -EINVAL;
	if (streq(format, format_names[IMAGE_OCI]))
		info->format = IMAGE_OCI;
	else if (!streq(format, format_names[IMAGE_ACI]))
		return -EINVAL;
	if (take_number(text, "imported", INT64_MAX, &info->import_time) < 0 ||
		take_number(text, "size", INT64_MAX, &info->size) < 0 ||
		take_number(text, "latest", 1, &latest) < 0)
		return -EINVAL;
	info->latest = latest == 1;
	return 0;
}

static int take_labels(char **text, Arena *arena, ImageInfo *info)
{
	int64_t n;

	if (take_number(text, "labels", LABELS_MAX, &n) < 0)
		return -EINVAL;
	info->labels.items = arena_new(arena, NameValue, (size_t)n + 1);
	if (!info->labels.items)
		return -ENOMEM;
	for (; info->labels.n < (size_t)n; info->labels.n++) {
		char *name = take_value(text, "label");
		char *value = name ? strchr(name, '=') : NULL;

		if (!value)
			return -EINVAL;
		*value++ = '\0';
		if (escape_undo(name) < 0 || escape_undo(value) < 0)
			return -EINVAL;
		info->labels.items[info->labels.n] = (NameValue){name, value};
	}
	return 0;
}

static int take_layers(char **text, Arena *arena, ImageInfo *info)
{
	int64_t n;

	if (take_number(text, "layers", STORE_LAYERS_MAX, &n) < 0)
		return -EINVAL;
	info->layers = arena_new(arena, const char *, (size_t)n + 1);
	if (!info->layers)
		return -ENOMEM;
	for (; info->n_layers < (size_t)n; info->n_layers++) {
		const char *layer = take_value(text, "layer");

		if (!layer || !store_layer_name_valid(layer))
			return -EINVAL;
		info->layers[info->n_layers] = layer;
	}
	return 0;
}

/* The text is changed, and must live as long as the result. */
static int parse(char *text, size_t len, Arena *arena, ImageInfo *ret, Error *err)
{
	ImageInfo info = {0};
	const char *version;
	const char *end = text + len;
	int r;

	if (strlen(text) != len)
		return fail(err, -EBADMSG, "the info file is damaged");
	version = take_value(&text, "version");
	if (version && !streq(version, "1"))
		return fail(err, -EBADMSG, "the info file has the unknown version \"%s\"", version);
	(void)take_value(&text, "boot");
	r = version ? take_facts(&text, &info) : -EINVAL;
	if (r == 0)
		r = take_labels(&text, arena, &info);
	if (r == 0)
		r = take_layers(&text, arena, &info);
	if (r == -ENOMEM)
		return fail_oom(err);
	if (r < 0 || text != end)
		return fail(err, -EBADMSG, "the info file is damaged");
	*ret = info;
	return 0;
}

int image_info_load(const Store *s, const char *key, Arena *arena, ImageInfo *ret, Error *err)
{
	char path[sizeof "image//info" + STORE_KEY_LEN];
	_cleanup_free_ char *text = NULL;
	Standing standing;
	char *kept;
	size_t len;
	int r;

	if (!key_valid(key))
		return fail(err, -EINVAL, "\"%s\" is not an image ID", key);
	(void)snprintf(path, sizeof path, "image/%s/info", key);
	r = s->cas_fd < 0 ? -ENOENT
			  : fd_read_file(s->cas_fd, path, IMAGE_INFO_MAX, &text, &len, err);
	if (r == -ENOENT)
		return fail(err, r, "image %s is not in the store", key);
	if (r == 0)
		r = standing_of(text, &standing, err);
	if (r < 0)
		return wrap(err, r, "cannot read image %s", key);
	if (!standing_is_visible(standing))
		return fail(err, -ENOENT, "image %s is not in the store", key);
	kept = arena_strndup(arena, text, len);
	if (!kept)
		return fail_oom(err);
	r = parse(kept, len, arena, ret, err);
	if (r < 0)
		return wrap(err, r, "cannot read image %s", key);
	ret->on_disk = standing == STANDING_ON_DISK;
	return 0;
}
