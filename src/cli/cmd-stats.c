/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/sysinfo.h>
#include <time.h>
#include "base/duration.h"
#include "cli/human.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "cli/usage-sample.h"

#define SHORT_UUID_LEN 8
#define TABLE_MAX      (64u << 20)
#define INTERVAL_MIN   (10 * NS_PER_MS)
#define INTERVAL_MAX   (3600 * NS_PER_SEC)

typedef struct StatsOptions {
	const char *interval, *uuid_file;
	bool no_legend, watch;
	OutputFormat format;
} StatsOptions;

#define AT(member) offsetof(StatsOptions, member)

static const Option rows[] = {
	OUTPUT_FORMAT_ROW(AT(format)),
	{"interval", OPTION_STRING, AT(interval), "1s", "DURATION",
		"measure CPU % over this time, such as 500ms or 5s"},
	{"no-legend", OPTION_BOOL, AT(no_legend), "false", NULL, "leave the line of titles out"},
	UUID_FILE_ROW(AT(uuid_file)),
	{"watch", OPTION_BOOL, AT(watch), "false", NULL,
		"go on, once an interval, as long as there is one of the pods", .letter = 'w'},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* One app of a pod between two samples. */
typedef struct Figures {
	const AppUsage *usage;
	double cpu_percent;    /* of one processor */
	double memory_percent; /* of its limit, or else of the host's memory */
	uint64_t memory_max;   /* that limit */
} Figures;

static uint64_t host_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

/* Hundredths: more would be noise. */
static double percent(double part, double whole)
{
	return whole > 0 ? (double)(int64_t)(part / whole * 10000 + 0.5) / 100 : 0;
}

static void compute(const AppUsage *before, const AppUsage *now, int64_t elapsed, Figures *ret)
{
	/* Processes that have ended take their time along. */
	uint64_t used = before && before->cpu_ns < now->cpu_ns ? now->cpu_ns - before->cpu_ns : 0;

	*ret = (Figures){.usage = now};
	ret->memory_max = now->memory_limit ? now->memory_limit : host_memory();
	ret->cpu_percent = percent((double)used, (double)elapsed);
	ret->memory_percent = percent((double)now->memory, (double)ret->memory_max);
}

static void put_row(StrBuf *table, const Figures *f)
{
	char used[HUMAN_TEXT], max[HUMAN_TEXT], read[HUMAN_TEXT], written[HUMAN_TEXT];

	strbuf_printf(table, "\t%.2f%%\t%s / %s\t%.2f%%\t%s / %s\t%llu\n", f->cpu_percent,
		human_size(f->usage->memory, used), human_size(f->memory_max, max),
		f->memory_percent, human_size(f->usage->io_read, read),
		human_size(f->usage->io_written, written), (unsigned long long)f->usage->pids);
}

static Json *add_real(Arena *arena, Json *json, const char *name, double number)
{
	return json_add(arena, json, name, json_new_real(arena, number));
}

static Json *usage_to_json(Arena *arena, const char *name, const Figures *f)
{
	const AppUsage *u = f->usage;
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_text(arena, json, "name", name);
	json = add_real(arena, json, "cpu_percent", f->cpu_percent);
	json = json_add_integer(arena, json, "cpu_time", (int64_t)u->cpu_ns);
	json = json_add_integer(arena, json, "memory", (int64_t)u->memory);
	if (u->memory_limit)
		json = json_add_integer(arena, json, "memory_limit", (int64_t)u->memory_limit);
	json = add_real(arena, json, "memory_percent", f->memory_percent);
	json = json_add_integer(arena, json, "io_read", (int64_t)u->io_read);
	json = json_add_integer(arena, json, "io_written", (int64_t)u->io_written);
	return json_add_integer(arena, json, "pids", (int64_t)u->pids);
}

typedef struct Stats {
	const StatsOptions *options;
	const CgroupHost *host;
	const Pods *pods;
	const char *const *uuids; /* NULL: all that run */
	size_t n;
	int64_t interval;
} Stats;

/* The apps of one pod as rows of the table, or as an object. */
static Json *add_pod(const Stats *s, const PodSample *before, const PodSample *pod, int64_t elapsed,
	StrBuf *table, Arena *arena)
{
	const PodManifest *m = pod->manifest;
	Json *json = json_new(arena, JSON_OBJECT), *apps = json_new(arena, JSON_ARRAY);

	json = json_add_text(arena, json, "name", pod->uuid);
	if (pod->name)
		json = json_add_text(arena, json, "pod_name", pod->name);
	for (size_t i = 0; i < m->n_apps; i++) {
		const char *name = m->apps[i].name;
		Figures f;

		compute(pod_sample_app(before, name), &pod->apps[i], elapsed, &f);
		if (s->options->format != OUTPUT_TEXT)
			apps = json_append(apps, usage_to_json(arena, name, &f));
		strbuf_printf(table, "%.*s\t%s", SHORT_UUID_LEN, pod->uuid, name);
		put_row(table, &f);
	}
	return json_add(arena, json, "apps", apps);
}

static int print(const Stats *s, const UsageSample *before, const UsageSample *now, Error *err)
{
	_cleanup_strbuf_ StrBuf table = STRBUF_INIT(TABLE_MAX);
	_cleanup_(arena_done) Arena arena = {0};
	Json *list = json_new(&arena, JSON_ARRAY);
	int64_t elapsed = now->taken_at - before->taken_at;
	int r;

	if (!s->options->no_legend)
		strbuf_puts(
			&table, "UUID\tAPP\tCPU %\tMEM USAGE / LIMIT\tMEM %\tBLOCK I/O\tPIDS\n");
	for (size_t i = 0; i < now->n; i++) {
		const PodSample *pod = &now->pods[i];
		const PodSample *earlier = usage_sample_pod(before, pod->uuid);

		/* A second look is what CPU % takes. */
		if (earlier)
			list = json_append(list, add_pod(s, earlier, pod, elapsed, &table, &arena));
	}
	if (s->options->format != OUTPUT_TEXT)
		return output_json(list, s->options->format, err);
	if (s->options->watch && isatty(STDOUT_FILENO))
		(void)fputs("\033[H\033[2J", stdout);
	r = output_table(&table, err);
	return r == 0 && fflush(stdout) != 0 ? fail_errno(err, -errno, "write to stdout") : r;
}

static void pause_for(int64_t ns)
{
	struct timespec pause = {.tv_sec = ns / NS_PER_SEC, .tv_nsec = ns % NS_PER_SEC};

	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		continue;
}

static int show(const Stats *s, Error *err)
{
	_cleanup_usage_sample_ UsageSample before = {0};
	int r = usage_sample_take(s->pods, s->host, s->uuids, s->n, &before, err);
	bool more = true;

	while (r == 0 && more) {
		UsageSample now;

		pause_for(s->interval);
		r = usage_sample_take(s->pods, s->host, s->uuids, s->n, &now, err);
		/* The last of the pods that are watched has ended. */
		if (r == 0 && s->uuids && s->options->watch && now.n == 0) {
			usage_sample_done(&now);
			return 0;
		}
		if (r == 0)
			r = print(s, &before, &now, err);
		usage_sample_done(&before);
		before = now;
		more = s->options->watch;
	}
	return r;
}

/* The pods that were named, which have to run. */
static int find_pods(
	const Invocation *inv, const Pods *pods, const char ***ret, size_t *ret_n, Error *err)
{
	const StatsOptions *options = inv->options;
	StrList words = {0};
	int r;

	*ret = NULL;
	*ret_n = 0;
	if (inv->n_args == 0 && !options->uuid_file)
		return 0;
	r = uuid_words(inv, options->uuid_file, &words, err);
	if (r != 0)
		return r;
	*ret = arena_alloc(inv->arena, words.n * sizeof **ret);
	if (!*ret)
		return fail_oom(err);
	for (size_t i = 0; i < words.n; i++) {
		_cleanup_pod_ Pod *pod = NULL;

		r = pod_open_typed(pods, words.items[i], &pod, err);
		if (r < 0)
			return r;
		if (pod->state != POD_RUNNING)
			return fail(err, -EINVAL, "pod \"%s\" is not running", pod->uuid);
		(*ret)[(*ret_n)++] = arena_strdup(inv->arena, pod->uuid);
	}
	return 0;
}

static int run(const Invocation *inv, Error *err)
{
	const StatsOptions *options = inv->options;
	_cleanup_cgroup_host_ CgroupHost host = {0};
	_cleanup_pods_ Pods pods = PODS_INIT;
	Stats s = {.options = options, .host = &host, .pods = &pods};
	const char **uuids = NULL;
	int r;

	if (duration_parse(options->interval, &s.interval) < 0 || s.interval < INTERVAL_MIN ||
		s.interval > INTERVAL_MAX)
		return fail(err, -EINVAL,
			"--interval must be a length of time from 10ms to 1h, not \"%s\"",
			options->interval);
	r = pods_open_told(inv, &pods, err);
	if (r == 0)
		r = find_pods(inv, &pods, &uuids, &s.n, err);
	if (r == 0)
		r = cgroup_host_read(&host, err);
	s.uuids = uuids;
	return r == 0 ? show(&s, err) : r;
}

const Verb verb_stats = {
	.name = "stats",
	.synopsis = "[OPTIONS] [UUID ... | --uuid-file=PATH]",
	.brief = "Show what the apps of running pods use",
	.description =
		"Prints processor time, memory, disk I/O and the number of processes and threads "
		"of each app, of the pods that are named or of all that run. CPU % is of one "
		"processor, measured over an interval. The limit is the app's own, else the "
		"memory of this machine. As JSON, cpu_time is in nanoseconds. A pod that ends "
		"meanwhile is left out. " POD_WORD_HELP "\n"
		"\n"
		"  rkt stats\n"
		"  rkt stats --watch --interval=2s web",
	.options = sets,
	.options_size = sizeof(StatsOptions),
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT,
	.run = run,
};
