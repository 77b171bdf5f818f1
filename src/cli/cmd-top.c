/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include "base/duration.h"
#include "cli/cell.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "stage1/members.h"

#define TABLE_MAX   (64u << 20)
#define COMMAND_MAX 4096
#define STATUS_MAX  (1u << 20) /* more than 65536 groups, the most that there can be, take */

typedef struct TopOptions {
	bool no_legend;
	const char *uuid_file;
	OutputFormat format;
} TopOptions;

#define AT(member) offsetof(TopOptions, member)

static const Option rows[] = {
	OUTPUT_FORMAT_ROW(AT(format)),
	{"no-legend", OPTION_BOOL, AT(no_legend), "false", NULL, "leave the line of titles out"},
	UUID_FILE_ROW(AT(uuid_file)),
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* What is told of a process. */
typedef struct Row {
	const char *app; /* "": of none */
	const ProcessEntry *process;
	uint64_t pid, uid; /* in the pod */
	char *command;
	size_t command_len;
} Row;

/* The n-th number behind a word at the start of a line, counted from 0; the last one for -1. */
static uint64_t number_behind(const char *text, const char *word, int n)
{
	const char *line = strstr(text, word);
	uint64_t found = 0;

	if (!line)
		return 0;
	line += strlen(word);
	for (int i = 0; (n < 0 || i <= n) && *(line += strspn(line, " \t")) && *line != '\n'; i++) {
		found = strtoull(line, NULL, 10);
		line += strcspn(line, " \t\n");
	}
	return found;
}

/* A user of the host as the process's user namespace has it. */
static uint64_t user_in(pid_t pid, uint64_t uid)
{
	_cleanup_free_ char *map = NULL;
	uint64_t inside, outside, n;

	if (process_read_file(pid, "uid_map", STATUS_MAX, &map, NULL) < 0 ||
		sscanf(map, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside, &n) != 3 ||
		uid < outside || uid - outside >= n)
		return uid;
	return uid - outside + inside;
}

/* What it was called with, or, in brackets, its name where it has cleared that. */
static int read_command(pid_t pid, Row *ret)
{
	_cleanup_free_ char *name = NULL;
	int r = process_read_file(pid, "cmdline", COMMAND_MAX, &ret->command, &ret->command_len);

	if (r < 0)
		return r;
	while (ret->command_len > 0 && ret->command[ret->command_len - 1] == '\0')
		ret->command_len--;
	for (size_t i = 0; i < ret->command_len; i++)
		if (ret->command[i] == '\0')
			ret->command[i] = ' ';
	if (ret->command_len > 0)
		return 0;
	free(ret->command);
	ret->command = NULL;
	r = process_read_file(pid, "comm", COMMAND_MAX, &name, &ret->command_len);
	if (r < 0)
		return r;
	/* The line's end is not the name's. */
	name[ret->command_len - (ret->command_len > 0)] = '\0';
	if (asprintf(&ret->command, "[%s]", name) < 0)
		return -ENOMEM;
	ret->command_len = strlen(ret->command);
	return 0;
}

/* 0 or a negative errno, for one that has ended, too. */
static int read_row(const Member *member, const PodManifest *m, Row *ret)
{
	_cleanup_free_ char *status = NULL;
	pid_t pid = member->process->pid;
	int r = process_read_file(pid, "status", STATUS_MAX, &status, NULL);

	if (r < 0)
		return r;
	*ret = (Row){
		.app = member->app < m->n_apps ? m->apps[member->app].name : "",
		.process = member->process,
		.pid = number_behind(status, "\nNSpid:", -1),
		.uid = user_in(pid, number_behind(status, "\nUid:", 1)),
	};
	return read_command(pid, ret);
}

static void put_row(StrBuf *table, const Row *row)
{
	uint64_t seconds = row->process->cpu_ns / NS_PER_SEC;

	strbuf_printf(table,
		"%s\t%" PRIu64 "\t%" PRIu64 "\t%d\t%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "\t",
		row->app[0] ? row->app : "-", row->uid, row->pid, (int)row->process->pid,
		seconds / 3600, seconds / 60 % 60, seconds % 60);
	cell_add(table, row->command, row->command_len);
	strbuf_putc(table, '\n');
}

static Json *row_to_json(Arena *arena, const Row *row)
{
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_text(arena, json, "app", row->app);
	json = json_add_integer(arena, json, "user", (int64_t)row->uid);
	json = json_add_integer(arena, json, "pid", (int64_t)row->pid);
	json = json_add_integer(arena, json, "host_pid", row->process->pid);
	json = json_add_integer(arena, json, "cpu_time", (int64_t)row->process->cpu_ns);
	return json_add(
		arena, json, "command", json_new_lossy(arena, row->command, row->command_len));
}

/* Those of one app, or, behind all of them, of none. */
static int add_app(const Members *members, const PodManifest *m, size_t app, StrBuf *table,
	Arena *arena, Json **list)
{
	for (size_t i = 0; i < members->n; i++) {
		Row row = {0};
		int r = members->items[i].app == app ? read_row(&members->items[i], m, &row)
						     : -ESRCH;

		if (r == 0) {
			put_row(table, &row);
			*list = json_append(*list, row_to_json(arena, &row));
		}
		free(row.command);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

static int show(const Pod *pod, const TopOptions *options, Error *err)
{
	_cleanup_strbuf_ StrBuf table = STRBUF_INIT(TABLE_MAX);
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_process_table_ ProcessTable processes = {0};
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	_cleanup_members_ Members members = {0};
	Json *list = json_new(&arena, JSON_ARRAY);
	int r = pod_read_manifest(pod, &m, err);

	if (r == 0)
		r = process_table_read(&processes, err);
	if (r < 0)
		return r;
	if (!options->no_legend)
		strbuf_puts(&table, "APP\tUSER\tPID\tHPID\tTIME\tCOMMAND\n");
	r = members_find(pod, m, &processes, &members);
	for (size_t app = 0; app <= m->n_apps && r == 0; app++)
		r = add_app(&members, m, app, &table, &arena, &list);
	if (r < 0)
		return fail_oom(err);
	return options->format == OUTPUT_TEXT ? output_table(&table, err)
					      : output_json(list, options->format, err);
}

static int run(const Invocation *inv, Error *err)
{
	const TopOptions *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = pods_open_told(inv, &pods, err);

	if (r == 0)
		r = pod_open_only(inv, &pods, options->uuid_file, &pod, err);
	if (r != 0)
		return r;
	if (pod->state != POD_RUNNING)
		return fail(err, -EINVAL, "pod \"%s\" is not running", pod->uuid);
	return show(pod, options, err);
}

const Verb verb_top = {
	.name = "top",
	.synopsis = "[OPTIONS] UUID | --uuid-file=PATH",
	.brief = "List the processes of a running pod",
	.description =
		"Lists the processes of a pod, app by app: the number of the user and the process "
		"id as the pod has them, the process id on this host (HPID), the processor time, "
		"and the command. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(TopOptions),
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
