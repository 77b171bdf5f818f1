/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/timestamp.h"
#include "cli/human.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "cli/pod-print.h"

#define SHORT_UUID_LEN 8
#define SHORT_KEY_LEN  19 /* "sha512-" and 12 digits */
#define TABLE_MAX      (64u << 20)
#define PROBLEMS_MAX   (1u << 20)

typedef struct ListOptions {
	bool full, no_legend;
	OutputFormat format;
} ListOptions;

#define AT(member) offsetof(ListOptions, member)

static const Option rows[] = {
	OUTPUT_FORMAT_ROW(AT(format)),
	{"full", OPTION_BOOL, AT(full), "false", NULL,
		"print whole UUIDs, the beginnings of image IDs, times in full, and names"},
	{"no-legend", OPTION_BOOL, AT(no_legend), "false", NULL, "leave the line of titles out"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* The output as it grows: a table or an array, and the problems that are told behind it. */
typedef struct Listing {
	const ListOptions *options;
	StrBuf table;
	PodImages images;
	Arena arena;
	Json *array;     /* of the pods, in arena */
	StrBuf problems; /* one a line */
	size_t n_problems;
} Listing;

static void listing_done(Listing *l)
{
	strbuf_done(&l->table);
	strbuf_done(&l->problems);
	arena_done(&l->arena);
	pod_images_done(&l->images);
}

static void add_problem(Listing *l, const char *text)
{
	strbuf_printf(&l->problems, "%s\n", text);
	l->n_problems++;
}

static void put_time(Listing *l, int64_t when)
{
	char full[TIMESTAMP_TEXT], relative[HUMAN_TEXT];

	strbuf_puts(&l->table, l->options->full ? timestamp_format(when, full)
						: human_time(when, timestamp_now(), relative));
}

/* The cells that belong to the pod stand in the row of its first app. */
static void put_pod_cells(Listing *l, const PodInfo *info)
{
	strbuf_putc(&l->table, '\t');
	strbuf_puts(&l->table, pod_state_name(info->state));
	strbuf_putc(&l->table, '\t');
	put_time(l, info->created_at);
	strbuf_putc(&l->table, '\t');
	if (info->started_at != 0)
		put_time(l, info->started_at);
	strbuf_putc(&l->table, '\t');
	pod_put_networks(info, &l->table);
	if (l->options->full)
		strbuf_printf(&l->table, "\t%s", info->name ? info->name : "");
	strbuf_putc(&l->table, '\n');
}

static void put_uuid(Listing *l, const PodInfo *info)
{
	strbuf_add(&l->table, info->uuid,
		l->options->full ? sizeof info->uuid - 1 : (size_t)SHORT_UUID_LEN);
}

static void put_app(Listing *l, const AppInfo *app)
{
	strbuf_putc(&l->table, '\t');
	strbuf_puts(&l->table, app->name);
	strbuf_putc(&l->table, '\t');
	strbuf_puts(&l->table, app->image_name ? app->image_name : "--");
	if (l->options->full)
		strbuf_printf(&l->table, "\t%.*s", SHORT_KEY_LEN, app->image_id);
}

static void put_rows(Listing *l, const PodInfo *info)
{
	put_uuid(l, info);
	if (info->n_apps == 0) {
		strbuf_puts(&l->table, l->options->full ? "\t-\t-\t-" : "\t-\t-");
		put_pod_cells(l, info);
	}
	for (size_t i = 0; i < info->n_apps; i++) {
		put_app(l, &info->apps[i]);
		if (i == 0)
			put_pod_cells(l, info);
		else
			strbuf_puts(&l->table, l->options->full ? "\t\t\t\t\t\n" : "\t\t\t\t\n");
	}
}

static int add_pod(Listing *l, const PodInfo *info, Error *err)
{
	Json *object;
	int r;

	for (size_t i = 0; i < info->n_problems; i++)
		add_problem(l, info->problems[i]);
	if (l->options->format == OUTPUT_TEXT) {
		put_rows(l, info);
		return 0;
	}
	r = pod_to_json(&l->arena, info, &object, err);
	if (r < 0)
		return r;
	l->array = json_append(l->array, object);
	return l->array ? 0 : fail_oom(err);
}

/* What the output shows. */
static PodInfoExtent extent_of(const ListOptions *o)
{
	return o->full || o->format != OUTPUT_TEXT ? POD_INFO_WHOLE : POD_INFO_ROW;
}

/* What is wrong with one pod does not keep the others from being listed. */
static void add_uuid(Listing *l, const Pods *pods, const char *uuid)
{
	_cleanup_pod_info_ PodInfo *info = NULL;
	_cleanup_pod_ Pod *pod = NULL;
	Error err = ERROR_INIT;
	char text[2 * ERROR_TEXT + 2];
	int r = pod_open(pods, uuid, &pod, &err);

	if (r == 0)
		r = pod_look(pods, &pod, extent_of(l->options), &l->images, &info, &err);
	if (r == -ENOENT) /* removed meanwhile */
		return;
	if (r == 0)
		r = add_pod(l, info, &err);
	if (r < 0)
		add_problem(l, error_message(&err, text, sizeof text));
}

static void print_problems(const Listing *l)
{
	static const char dashes[] = "----------------------------------------";
	const char *line = strbuf_text(&l->problems);

	if (l->n_problems == 0)
		return;
	log_line(NULL, "%zu error(s) encountered when listing pods:", l->n_problems);
	log_line(NULL, "%s", dashes);
	while (*line) {
		size_t len = strcspn(line, "\n");

		log_line(NULL, "%.*s", (int)len, line);
		log_line(NULL, "%s", dashes);
		line += len + 1;
	}
	log_line(NULL, "misc:");
	log_line(NULL, "  rkt's appc version: %s", APPC_VERSION);
	log_line(NULL, "%s", "");
}

static int print(Listing *l, Error *err)
{
	if (l->options->format == OUTPUT_TEXT)
		return output_table(&l->table, err);
	/* An empty list is null, as Go prints a nil slice. */
	if (l->array && json_count(l->array) == 0)
		l->array = json_new(&l->arena, JSON_NULL);
	return output_json(l->array, l->options->format, err);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_(listing_done) Listing listing = {
		.options = inv->options,
		.table = {.max = TABLE_MAX},
		.problems = {.max = PROBLEMS_MAX},
	};
	_cleanup_pods_ Pods pods = PODS_INIT;
	char **uuids = NULL;
	size_t n = 0;
	int r = pods_open_told(inv, &pods, err);

	listing.array = json_new(&listing.arena, JSON_ARRAY);
	if (r == 0)
		r = pod_uuids(&pods, &uuids, &n, err);
	if (r < 0)
		return r;
	if (!listing.options->no_legend)
		strbuf_printf(&listing.table,
			"UUID\tAPP\tIMAGE NAME%s\tSTATE\tCREATED\tSTARTED\tNETWORKS%s\n",
			listing.options->full ? "\tIMAGE ID" : "",
			listing.options->full ? "\tPOD NAME" : "");
	for (size_t i = 0; i < n; i++)
		add_uuid(&listing, &pods, uuids[i]);
	pod_uuids_free(uuids, n);
	r = print(&listing, err);
	print_problems(&listing);
	return r;
}

const Verb verb_list = {
	.name = "list",
	.synopsis = "[OPTIONS]",
	.brief = "List pods",
	.description = "Lists the pods of this machine, running and exited ones, with their apps, "
		       "images, states and networks.",
	.options = sets,
	.options_size = sizeof(ListOptions),
	.run = run,
};
