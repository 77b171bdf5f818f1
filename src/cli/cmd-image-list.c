/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include "base/json.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "cli/human.h"
#include "cli/output.h"
#include "cli/stores.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "store/usage.h"

#define SHORT_KEY_LEN 19 /* "sha512-" and 12 digits */
#define TABLE_MAX     (64u << 20)

typedef struct ImageListOptions {
	bool full, no_legend;
	const char *fields, *sort, *order;
	OutputFormat format;
} ImageListOptions;

#define AT(member) offsetof(ImageListOptions, member)

static const Option rows[] = {
	{"fields", OPTION_STRING, AT(fields), "id,name,size,importtime,lastused", "LIST",
		"comma-separated columns to print", OPTION_UNQUOTED},
	OUTPUT_FORMAT_ROW(AT(format)),
	{"full", OPTION_BOOL, AT(full), "false", NULL,
		"print whole image IDs, sizes in bytes and times in full"},
	{"no-legend", OPTION_BOOL, AT(no_legend), "false", NULL, "leave the line of titles out"},
	{"order", OPTION_STRING, AT(order), "asc", "ORDER", "asc (smallest first) or desc",
		OPTION_UNQUOTED, .words = "asc desc"},
	{"sort", OPTION_STRING, AT(sort), "importtime", "COLUMN",
		"column to sort by: name, importtime, lastused or size", OPTION_UNQUOTED,
		.words = "name importtime lastused size"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* An image as a row of the table. */
typedef struct Row {
	Image *image;
	char *name; /* with the version */
} Row;

typedef struct Rows {
	Row *items;
	size_t n;
} Rows;

static void rows_done(Rows *list)
{
	for (size_t i = 0; i < list->n; i++) {
		image_free(list->items[i].image);
		free(list->items[i].name);
	}
	free(list->items);
}

static void put_time(const ImageListOptions *options, int64_t when, StrBuf *out)
{
	char full[TIMESTAMP_TEXT], relative[HUMAN_TEXT];

	strbuf_puts(out, options->full ? timestamp_format(when, full)
				       : human_time(when, timestamp_now(), relative));
}

static void put_id(const ImageListOptions *options, const Row *row, StrBuf *out)
{
	strbuf_add(out, row->image->key, options->full ? STORE_KEY_LEN : SHORT_KEY_LEN);
}

static void put_name(const ImageListOptions *options, const Row *row, StrBuf *out)
{
	strbuf_puts(out, row->name);
}

static void put_size(const ImageListOptions *options, const Row *row, StrBuf *out)
{
	char text[HUMAN_TEXT];

	if (options->full)
		strbuf_printf(out, "%" PRId64, row->image->size);
	else
		strbuf_puts(out, human_size((uint64_t)row->image->size, text));
}

static void put_import_time(const ImageListOptions *options, const Row *row, StrBuf *out)
{
	put_time(options, row->image->import_time, out);
}

static void put_last_used(const ImageListOptions *options, const Row *row, StrBuf *out)
{
	put_time(options, row->image->last_used, out);
}

/* Rows that are equal otherwise are in the order of their IDs, so that the output is the same every
 * time. */
static int or_by_key(int order, const void *a, const void *b)
{
	return order ? order : strcmp(((const Row *)a)->image->key, ((const Row *)b)->image->key);
}

static int by_number(int64_t x, int64_t y, const void *a, const void *b)
{
	return or_by_key((x > y) - (x < y), a, b);
}

static int by_name(const void *a, const void *b)
{
	return or_by_key(strcmp(((const Row *)a)->name, ((const Row *)b)->name), a, b);
}

static int by_size(const void *a, const void *b)
{
	return by_number(((const Row *)a)->image->size, ((const Row *)b)->image->size, a, b);
}

static int by_import_time(const void *a, const void *b)
{
	return by_number(
		((const Row *)a)->image->import_time, ((const Row *)b)->image->import_time, a, b);
}

static int by_last_used(const void *a, const void *b)
{
	return by_number(
		((const Row *)a)->image->last_used, ((const Row *)b)->image->last_used, a, b);
}

typedef struct Column {
	const char *name, *title;
	void (*put)(const ImageListOptions *options, const Row *row, StrBuf *out);
	int (*compare)(const void *a, const void *b); /* NULL: not sorted by */
} Column;

static const Column columns[] = {
	{"id", "ID", put_id, NULL},
	{"name", "NAME", put_name, by_name},
	{"size", "SIZE", put_size, by_size},
	{"importtime", "IMPORT TIME", put_import_time, by_import_time},
	{"lastused", "LAST USED", put_last_used, by_last_used},
};

static const Column *column_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (strlen(columns[i].name) == len && memcmp(columns[i].name, name, len) == 0)
			return &columns[i];
	return NULL;
}

typedef struct Selection {
	const Column *columns[16];
	size_t n;
} Selection;

static int select_columns(const char *fields, Selection *ret, Error *err)
{
	Selection selection = {0};

	for (const char *name = fields;;) {
		size_t len = strcspn(name, ",");
		const Column *column = column_find(name, len);

		if (!column)
			return fail(err, -EINVAL,
				"--fields: \"%.*s\" is not one of id, name, size, importtime, "
				"lastused",
				(int)len, name);
		if (selection.n == ARRAY_LEN(selection.columns))
			return fail(err, -EINVAL, "--fields: too many columns");
		selection.columns[selection.n++] = column;
		if (name[len] == '\0')
			break;
		name += len + 1;
	}
	*ret = selection;
	return 0;
}

static void reverse(Rows *list)
{
	for (size_t i = 0; i < list->n / 2; i++) {
		Row other = list->items[list->n - 1 - i];

		list->items[list->n - 1 - i] = list->items[i];
		list->items[i] = other;
	}
}

static int sort(const ImageListOptions *options, Rows *list, Error *err)
{
	const Column *column = column_find(options->sort, strlen(options->sort));
	bool descending = streq(options->order, "desc");

	if (!column || !column->compare)
		return fail(err, -EINVAL,
			"--sort: \"%s\" is not one of name, importtime, lastused, size",
			options->sort);
	if (!descending && !streq(options->order, "asc"))
		return fail(
			err, -EINVAL, "--order: \"%s\" is not one of asc, desc", options->order);
	if (list->n > 0)
		qsort(list->items, list->n, sizeof *list->items, column->compare);
	if (descending)
		reverse(list);
	return 0;
}

/* Takes over the images that it has made rows of. */
static int make_rows(Image **images, size_t n, Rows *list, Error *err)
{
	Row *items = realloc(list->items, (list->n + n + 1) * sizeof *items);

	if (!items)
		return fail_oom(err);
	list->items = items;
	for (size_t i = 0; i < n; i++) {
		Row *row = &items[list->n];

		*row = (Row){.name = NULL};
		if (image_manifest_display_name(images[i]->manifest, &row->name) < 0)
			return fail_oom(err);
		row->image = TAKE_PTR(images[i]);
		list->n++;
	}
	return 0;
}

static int print_table(
	const ImageListOptions *options, const Selection *selection, const Rows *list, Error *err)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(TABLE_MAX);

	for (size_t c = 0; c < selection->n && !options->no_legend; c++)
		strbuf_printf(&out, "%s%c", selection->columns[c]->title,
			c + 1 < selection->n ? '\t' : '\n');
	for (size_t i = 0; i < list->n; i++)
		for (size_t c = 0; c < selection->n; c++) {
			selection->columns[c]->put(options, &list->items[i], &out);
			strbuf_putc(&out, c + 1 < selection->n ? '\t' : '\n');
		}
	return output_table(&out, err);
}

static Json *row_to_json(Arena *arena, const Row *row)
{
	const Image *image = row->image;
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_text(arena, json, "id", image->key);
	json = json_add_text(arena, json, "name", row->name);
	json = json_add_integer(arena, json, "import_time", image->import_time);
	json = json_add_integer(arena, json, "last_used_time", image->last_used);
	return json_add_integer(arena, json, "size", image->size);
}

static int print_json(const ImageListOptions *options, const Rows *list, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	/* An empty list is null, as Go prints a nil slice. */
	Json *array = json_new(&arena, list->n > 0 ? JSON_ARRAY : JSON_NULL);

	for (size_t i = 0; i < list->n; i++)
		array = json_append(array, row_to_json(&arena, &list->items[i]));
	return output_json(array, options->format, err);
}

/* Of store_usage(). */
static int say_unreadable(void *userdata, const StoreItem *item, Error *err)
{
	_cleanup_image_ Image *image = NULL;
	Error why = ERROR_INIT;
	char text[ERROR_TEXT];
	int r = item->kind == STORE_ITEM_MANIFEST ? image_load(userdata, item->id, &image, &why)
						  : 0;

	if (r < 0 && r != -ENOENT)
		log_line(NULL, "%s", error_message(&why, text, sizeof text));
	return 0;
}

static int say_damaged(Store *store, size_t n, Error *err)
{
	int r = store_usage(store, say_unreadable, store, err);

	log_line(NULL, "%zu image(s) in the store cannot be read (see \"rkt fsck\")", n);
	return r;
}

static int list_store(Store *store, Rows *list, Error *err)
{
	Image **images = NULL;
	size_t n = 0, broken = 0;
	int r = image_list(store, &images, &n, &broken, err);

	if (r == 0)
		r = make_rows(images, n, list, err);
	image_list_free(images, n);
	return r == 0 && broken > 0 ? say_damaged(store, broken, err) : r;
}

static int list_images(const Invocation *inv, Rows *list, Error *err)
{
	_cleanup_stores_ Stores stores = STORES_INIT;
	int r = stores_open(inv->global, &stores, err);

	for (size_t i = 0; r == 0 && i < stores.n; i++)
		r = list_store(&stores.items[i].store, list, err);
	return r;
}

static int run(const Invocation *inv, Error *err)
{
	const ImageListOptions *options = inv->options;
	_cleanup_(rows_done) Rows list = {0};
	Selection selection = {0};
	int r = select_columns(options->fields, &selection, err);

	if (r == 0)
		r = list_images(inv, &list, err);
	if (r == 0)
		r = sort(options, &list, err);
	if (r == 0)
		r = options->format == OUTPUT_TEXT ? print_table(options, &selection, &list, err)
						   : print_json(options, &list, err);
	return r;
}

const Verb verb_image_list = {
	.name = "image list",
	.synopsis = "[OPTIONS]",
	.brief = "List images in the local store",
	.description = "Lists the stored images: their IDs, names, sizes (the image and what was "
		       "unpacked from it), when they "
		       "were imported and when they were last used. Members of the group rkt see "
		       "those of the machine and their own; an image that is in both stores is "
		       "listed twice.",
	.options = sets,
	.options_size = sizeof(ImageListOptions),
	.run = run,
};
