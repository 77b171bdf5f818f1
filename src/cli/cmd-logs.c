/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/duration.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "cli/log-tail.h"
#include "cli/pod-args.h"

#define FOLLOW_PAUSE_NS (100 * NS_PER_MS)

typedef struct LogsOptions {
	const char *app, *lines, *since, *uuid_file;
	bool follow, timestamps;
} LogsOptions;

#define AT(member) offsetof(LogsOptions, member)

static const Option rows[] = {
	{"app", OPTION_STRING, AT(app), NULL, "NAME", "lines of this app only"},
	{"follow", OPTION_BOOL, AT(follow), "false", NULL,
		"go on as lines are printed, until the pod has ended", .letter = 'f'},
	{"lines", OPTION_STRING, AT(lines), NULL, "N",
		"of the lines that there are, print the last N only, those of all apps together; "
		"with --follow, go on from there"},
	{"since", OPTION_STRING, AT(since), NULL, "DURATION",
		"leave out lines that are older, such as 90s or 1h"},
	{"timestamps", OPTION_BOOL, AT(timestamps), "false", NULL,
		"print when each line came, to the microsecond, in front of it"},
	UUID_FILE_ROW(AT(uuid_file)),
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int parse_since(const LogsOptions *options, int64_t *ret, Error *err)
{
	int64_t ago;

	*ret = 0;
	if (!options->since)
		return 0;
	if (duration_parse(options->since, &ago) < 0 || ago < 0)
		return fail(err, -EINVAL,
			"--since must be a length of time such as 90s or 1h, not \"%s\"",
			options->since);
	*ret = timestamp_now() - ago;
	return 0;
}

static int parse_lines(const LogsOptions *options, LogTail *ret, Error *err)
{
	if (!options->lines || number_parse_u64(options->lines, UINT64_MAX, &ret->max) == 0)
		return 0;
	return fail(
		err, -EINVAL, "--lines must be a number such as 10, not \"%s\"", options->lines);
}

/* Where the apps' lines go; each to the stream that the app has used. */
typedef struct Printer {
	const LogsOptions *options;
	bool several;      /* the app's name stands in front of each line */
	bool continued[2]; /* what was printed last to stdout or stderr has no end yet */
} Printer;

static void print_line(Printer *p, const PodLogLine *line)
{
	FILE *out = line->is_stderr ? stderr : stdout;
	bool *continued = &p->continued[line->is_stderr];
	char time[TIMESTAMP_TEXT];

	/* Both may be the same file. */
	if (line->is_stderr)
		(void)fflush(stdout);
	if (p->options->timestamps && !*continued)
		(void)fprintf(out, "%s ", timestamp_format_exact(line->time, time));
	if (p->several && !*continued)
		(void)fprintf(out, "%s: ", line->app);
	(void)fwrite(line->text, 1, line->len, out);
	if (!line->goes_on)
		(void)putc('\n', out);
	*continued = line->goes_on;
}

static bool still_runs(const Pods *pods, const char *uuid)
{
	_cleanup_pod_ Pod *pod = NULL;

	return pod_open(pods, uuid, &pod, NULL) == 0 && pod->state == POD_RUNNING;
}

/* Prints the last of the lines that there are now. */
static int print_tail(PodLogs *logs, LogTail *tail, Printer *printer, Error *err)
{
	PodLogLine line;
	int r;

	while ((r = pod_logs_next(logs, &line, err)) > 0)
		if (log_tail_add(tail, &line) < 0)
			return fail_oom(err);
	for (size_t i = 0; r == 0 && i < tail->n; i++)
		print_line(printer, log_tail_at(tail, i));
	return r;
}

static int print_all(const Pods *pods, const Pod *pod, PodLogs *logs, Printer *printer, Error *err)
{
	const struct timespec pause = {.tv_nsec = FOLLOW_PAUSE_NS};
	/* Looked at before the lines are, so that none is missed. */
	bool more = printer->options->follow && still_runs(pods, pod->uuid);
	PodLogLine line;
	int r;

	for (;;) {
		while ((r = pod_logs_next(logs, &line, err)) > 0)
			print_line(printer, &line);
		if (fflush(stdout) != 0 || r < 0 || !more)
			return r;
		(void)nanosleep(&pause, NULL);
		more = still_runs(pods, pod->uuid);
	}
}

static int check_app(const PodManifest *manifest, const char *app, Error *err)
{
	if (!app)
		return 0;
	for (size_t i = 0; i < manifest->n_apps; i++)
		if (streq(manifest->apps[i].name, app))
			return 0;
	return fail(err, -ENOENT, "no app \"%s\" in the pod", app);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	const LogsOptions *options = inv->options;
	Printer printer = {.options = options};
	_cleanup_pod_logs_ PodLogs *logs = NULL;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	_cleanup_(log_tail_done) LogTail tail = {0};
	int64_t since = 0;
	int r = parse_since(options, &since, err);

	if (r == 0)
		r = parse_lines(options, &tail, err);
	if (r == 0)
		r = pods_open_told(inv, &pods, err);
	if (r == 0)
		r = pod_open_only(inv, &pods, options->uuid_file, &pod, err);
	if (r == 0)
		r = pod_read_manifest(pod, &manifest, err);
	if (r == 0)
		r = check_app(manifest, options->app, err);
	if (r == 0)
		r = pod_logs_open(pod, options->app, since, &logs, err);
	if (r != 0)
		return r;
	printer.several =
		!options->app && (manifest->n_apps > 1 || pod_manifest_is_mutable(manifest));
	if (options->lines)
		r = print_tail(logs, &tail, &printer, err);
	if (r < 0)
		return r;
	return print_all(&pods, pod, logs, &printer, err);
}

const Verb verb_logs = {
	.name = "logs",
	.synopsis = "[OPTIONS] UUID | --uuid-file=PATH",
	.brief = "Print what the apps of a pod have printed",
	.description =
		"Prints what apps wrote to stdout and stderr, each line to the same stream, for a "
		"pod that runs or has run, until it is collected. Of each app the last 8 to "
		"16 MiB are kept. What apps print to a terminal (--interactive) is not.\n\n"
		"  rkt logs --follow --lines=10 web\n",
	.options = sets,
	.options_size = sizeof(LogsOptions),
	.max_args = 1,
	.run = run,
};
